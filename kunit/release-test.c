// SPDX-License-Identifier: GPL-2.0
/* Tests of module/release.c: giving the channel back, or not yet. */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "../module/release.h"
#include "fake-module.h"
#include "suites.h"

static void ask(struct xen_suspend *xs)
{
	jobs_ask(&xs->jobs, JOB_RELEASE);
	fake_service_step();
}

static void xenstore_is_left_as_it_was_found(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_COMPAT, TRIGGER_DIRECT);

	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value("device/suspend"), NULL);
	EXPECT_SYSFS(test, "state", "disarmed");
	fake_xen_expect_clean(test);
}

static void the_node_is_withdrawn_before_the_port_is_closed(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen.logged = 0;
	memset(fake_xen.log, 0, sizeof(fake_xen.log));
	ask(xs);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "s(rw)su");
}

static void without_an_offer_there_is_nothing_to_give_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_NOTHING, TRIGGER_DIRECT);

	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
}

static void a_toolstack_that_has_bound_the_port_is_waited_for(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_bind_toolstack();
	jobs_ask(&xs->jobs, JOB_RELEASE);
	KUNIT_EXPECT_EQ(test, fake_service_step(), (long)RELEASE_POLL);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	/* Xen goes on signalling that port: not before a restore */
	fake_xen_unbind_toolstack();
	fake_service_step();
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	fake_suspend.end = END_RESTORED;
	fake_do_suspend();
	fake_service_step();
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	fake_xen_expect_clean(test);
}

/* Its request is over, and nobody has looked yet; see release_resumed(). */
static void a_toolstack_that_has_asked_and_gone_is_still_subscribed(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	hs_drop(&xs->handshake, hs_seq(hs_word(&xs->handshake)));
	fake_xen_unbind_toolstack();
	ask(xs);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
}

static void bind_late(enum fake_op op)
{
	/* The node was read before; the bind comes after the withdrawal. */
	if (op == FAKE_TX_END)
		fake_xen_bind_toolstack();
}

static void a_toolstack_that_binds_while_we_withdraw_finds_the_port_open(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen.hook = bind_late;
	ask(xs);
	fake_xen.hook = NULL;
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	/* and the node gets it back, for the next one */
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
}

static void a_pending_request_is_served_first(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_xen_notify(7);
	ask(xs);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
}

static void a_used_channel_pins_the_module_until_a_restore(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int i;

	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
	for (i = 0; i < 3; i++) {
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		fake_service_step();
		KUNIT_EXPECT_EQ(test, fake_kernel.pins, 1);
	}
	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
}

static void a_suspend_by_xenstore_with_the_port_bound_pins_too(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_do_suspend();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
	fake_xen_bind_toolstack();
	fake_do_suspend();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 1);
}

static void a_pin_that_is_not_to_be_had_still_keeps_the_port(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.fail_pin = true;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	fake_service_step();
	fake_xen_unbind_toolstack();
	ask(xs);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
}

static void a_node_that_cannot_be_withdrawn_keeps_the_port_open(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_fail(FAKE_TX_START, 1, 1, -EIO);
	ask(xs);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	EXPECT_SYSFS(test, "last_error",
		     "-5 cannot withdraw event channel 7 from device/suspend/event-channel");
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
}

static void forced_with_xenstore_failing_the_port_stays_open_unanswered(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_fail(FAKE_TX_START, 1, 1, -EIO);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
	/* for the others */
	fake_xen_new_domain(LAYOUT_DEFAULT);
}

static void forced_a_pending_request_is_dropped_and_the_port_closed(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	EXPECT_SYSFS(test, "failures", "1");
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
	fake_xen_expect_clean(test);
}

/* Reboot, kexec or a killed rmmod, while a task does not freeze */
static void forced_under_a_suspend_it_withdraws_and_waits_for_its_end(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_COMPAT, TRIGGER_DIRECT);
	int i;

	hs_absorb(&xs->handshake, 0);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
		/* no other toolstack comes; this one finds its port open */
		KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
		KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
		/* and it sleeps: a real-time thread in a loop would be the end */
		KUNIT_EXPECT_EQ(test, fake_service_step(), (long)RELEASE_POLL);
	}
	hs_end(&xs->handshake, false, false);
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
	EXPECT_SYSFS(test, "last_error", "0");
	fake_xen_expect_clean(test);
}

static void forced_what_we_wrote_into_control_shutdown_is_taken_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
}

/* Forced while manage.c, which has read our request, freezes tasks or is about to */
static struct xen_suspend *force_under_manage_c(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_service_step();
	fake_xen_put("control/shutdown", "", FAKE_RW);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	return xs;
}

/* The suspend would have nobody to wait for it. */
static void forced_what_manage_c_has_read_is_waited_for(struct kunit *test)
{
	struct xen_suspend *xs = force_under_manage_c(test);

	EXPECT_STATE(test, xs, "requested");
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	fake_do_suspend();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "stock_suspends", "0");
	KUNIT_EXPECT_GT(test, fake_service_step(), 0L);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
}

/* Its attempt is over by then, or hangs; who unloads does not wait for ever. */
static void forced_it_does_not_wait_for_manage_c_for_ever(struct kunit *test)
{
	struct xen_suspend *xs = force_under_manage_c(test);

	fake_kernel.clock_ns = NSEC_PER_SEC * 57;
	fake_service_step();
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	fake_kernel.clock_ns = NSEC_PER_SEC * 117;
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
}

static void once_released_it_negotiates_no_more(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	ask(xs);
	jobs_ask(&xs->jobs, JOB_LOOK);
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
}

static int unload(void *data)
{
	allow_signal(SIGKILL);
	release_for_unload(data);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void an_unload_that_waits_can_be_interrupted(struct kunit *test)
{
	struct xen_suspend *xs;
	struct task_struct *task;
	unsigned int asked;

	fake_kernel.real_thread = true;
	xs = &xen_suspend_instance;
	fake_xen_init(LAYOUT_DEFAULT);
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	fake_xen_bind_toolstack();
	task = kthread_run(unload, xs, "unload");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	/* It has looked whether the port is free, and looked again. */
	asked = READ_ONCE(fake_xen.calls[FAKE_STATUS]);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(fake_xen.calls[FAKE_STATUS]) >=
					   asked + 2));
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	send_sig(SIGKILL, task, 1);
	KUNIT_EXPECT_TRUE(test, eventually(jobs_done(&xs->jobs, JOB_RELEASE)));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	kthread_stop(task);
	fake_module_exit();
}

static bool xenstored_hangs, asked_in_vain;

static void hang(enum fake_op op)
{
	WRITE_ONCE(asked_in_vain, true);
	while (READ_ONCE(xenstored_hangs))
		msleep(20);
}

static void a_shutdown_does_not_wait_for_ever_for_xenstored(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_kernel.real_thread = true;
	fake_xen_init(LAYOUT_DEFAULT);
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	xenstored_hangs = true;
	fake_xen.hook = hang;
	asked_in_vain = false;
	release_for_shutdown(xs);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(asked_in_vain));
	KUNIT_EXPECT_FALSE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	WRITE_ONCE(xenstored_hangs, false);
	fake_module_exit();
	fake_xen.hook = NULL;
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
}

static void in_a_new_domain_what_came_before_pins_nothing(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	fake_try(xs);
	fake_suspend.end = END_CANCELLED;
	fake_do_suspend();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
}

static void forced_under_a_suspend_nothing_is_published_again(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	hs_absorb(&xs->handshake, 0);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], 0U);
	hs_end(&xs->handshake, false, false);
}

static void who_goes_does_not_wake_up_to_negotiate(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_fail(FAKE_ANY, 1, UINT_MAX, -EIO);
	jobs_ask(&xs->jobs, JOB_LOOK);
	KUNIT_EXPECT_GT(test, fake_service_step(), (long)RELEASE_POLL);
	KUNIT_ASSERT_NE(test, xs->offer.retry_ms, 0U);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	hs_absorb(&xs->handshake, 0);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	ask(xs);
	/* It was to be tried again by now. */
	fake_kernel.jiffies += 2 * HZ;
	KUNIT_EXPECT_EQ(test, fake_service_step(), (long)RELEASE_POLL);
	hs_end(&xs->handshake, false, false);
}

static struct kunit_case release_cases[] = {
	KUNIT_CASE(xenstore_is_left_as_it_was_found),
	KUNIT_CASE(the_node_is_withdrawn_before_the_port_is_closed),
	KUNIT_CASE(without_an_offer_there_is_nothing_to_give_back),
	KUNIT_CASE(a_toolstack_that_has_bound_the_port_is_waited_for),
	KUNIT_CASE(a_toolstack_that_has_asked_and_gone_is_still_subscribed),
	KUNIT_CASE(a_toolstack_that_binds_while_we_withdraw_finds_the_port_open),
	KUNIT_CASE(a_pending_request_is_served_first),
	KUNIT_CASE(a_used_channel_pins_the_module_until_a_restore),
	KUNIT_CASE(a_suspend_by_xenstore_with_the_port_bound_pins_too),
	KUNIT_CASE(a_pin_that_is_not_to_be_had_still_keeps_the_port),
	KUNIT_CASE(a_node_that_cannot_be_withdrawn_keeps_the_port_open),
	KUNIT_CASE(forced_with_xenstore_failing_the_port_stays_open_unanswered),
	KUNIT_CASE(forced_a_pending_request_is_dropped_and_the_port_closed),
	KUNIT_CASE(forced_under_a_suspend_it_withdraws_and_waits_for_its_end),
	KUNIT_CASE(forced_what_we_wrote_into_control_shutdown_is_taken_back),
	KUNIT_CASE(forced_what_manage_c_has_read_is_waited_for),
	KUNIT_CASE(forced_it_does_not_wait_for_manage_c_for_ever),
	KUNIT_CASE(once_released_it_negotiates_no_more),
	KUNIT_CASE(an_unload_that_waits_can_be_interrupted),
	KUNIT_CASE(a_shutdown_does_not_wait_for_ever_for_xenstored),
	KUNIT_CASE(in_a_new_domain_what_came_before_pins_nothing),
	KUNIT_CASE(forced_under_a_suspend_nothing_is_published_again),
	KUNIT_CASE(who_goes_does_not_wake_up_to_negotiate),
	{}
};

struct kunit_suite release_suite = {
	.name = "release",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = release_cases,
};
