// SPDX-License-Identifier: GPL-2.0
/* Tests of module/service.c: what the thread does in which order, and when. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/string.h>

#include "../module/service.h"
#include "fake-module.h"
#include "suites.h"

static void the_port_is_bound_before_it_is_published(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	KUNIT_EXPECT_TRUE(test, strstarts(fake_xen.log, "WWab(rrw)"));
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "negotiations", "1");
}

static void notify_at_once(enum fake_op op)
{
	/* The toolstack is so quick that the commit has not returned yet. */
	if (op != FAKE_TX_END)
		return;
	fake_xen_bind_toolstack();
	fake_xen_notify(7);
}

static void a_notify_right_after_publishing_is_not_lost(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_NOTHING, TRIGGER_DIRECT);

	fake_xen_put(XEN_SUSPEND_NODE, "", FAKE_RW);
	fake_xen.hook = notify_at_once;
	fake_xen.next_port = 6;
	jobs_ask(&xs->jobs, JOB_LOOK);
	/* nor slept over */
	KUNIT_EXPECT_EQ(test, fake_service_step(), 0L);
	fake_xen.hook = NULL;
	EXPECT_SYSFS(test, "requests", "1");
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
}

static void a_restore_lets_go_of_the_module(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 1);
	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
}

static void idle_it_sleeps_until_it_is_woken(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
}

static void with_work_left_it_does_not_sleep(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	fake_xen_fail(FAKE_ALLOC, 1, 1, -ENOSPC);
	KUNIT_EXPECT_LE(test, fake_service_step(), msecs_to_jiffies(1000));
}

static void each_request_is_started_once(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int events = fake_kernel.events;

	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	fake_service_step();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.events, events + 1);
}

static void it_wakes_up_for_the_deadline_of_a_request(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	KUNIT_EXPECT_EQ(test, fake_service_step(), 55L * HZ + 1);
	fake_kernel.clock_ns += 54 * NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, fake_service_step(), 1L * HZ + 1);
	EXPECT_STATE(test, xs, "requested");
	fake_kernel.clock_ns += NSEC_PER_SEC + 1;
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failures", "1");
}

static void without_a_deadline_it_waits_for_ever(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	xs->patience.deadline_ms = 0;
	fake_kernel.lose_events = true;
	fake_request(xs);
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
}

static void the_deadline_may_be_any_number(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	xs->patience.deadline_ms = UINT_MAX;
	fake_kernel.lose_events = true;
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	KUNIT_EXPECT_EQ(test, fake_service_step(),
			(long)(UINT_MAX * (u64)HZ / MSEC_PER_SEC) + 1);
	xs->patience.deadline_ms = 1;
	fake_kernel.clock_ns += 2 * NSEC_PER_MSEC;
	fake_service_step();
	EXPECT_STATE(test, xs, "armed");
}

static void xenstore_failing_at_any_call_is_tried_again_until_it_works(struct kunit *test)
{
	static const enum fake_layout layouts[] = {
		LAYOUT_DEFAULT, LAYOUT_COMPAT };
	unsigned int k;
	int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (k = 1; k <= 12; k++) {
			struct xen_suspend *xs;
			int rounds;

			fake_setup(test);
			xs = fake_load(test, layouts[i], TRIGGER_DIRECT);
			fake_suspend.end = END_RESTORED;
			fake_suspend.layout = layouts[i];
			fake_do_suspend();
			fake_xen_fail(FAKE_ANY, k, 1, -EIO);
			for (rounds = 0; rounds < 4; rounds++) {
				fake_service_step();
				xs->offer.retry_at = fake_kernel.jiffies;
			}
			EXPECT_STATE(test, xs, "armed");
			KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
			KUNIT_EXPECT_NE(test, fake_xen_port(), 0U);
			KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
			EXPECT_SYSFS(test, "last_error", "0");
			fake_teardown(test);
		}
	}
}

static void the_pauses_between_tries_double_up_to_a_minute(struct kunit *test)
{
	static const unsigned int pauses[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int i;

	fake_xen_fail(FAKE_ANY, 1, UINT_MAX, -EIO);
	jobs_ask(&xs->jobs, JOB_LOOK);
	for (i = 0; i < ARRAY_SIZE(pauses); i++) {
		long slept = fake_service_step();

		KUNIT_EXPECT_EQ(test, xs->offer.retry_ms, pauses[i]);
		KUNIT_EXPECT_GT(test, slept, 0L);
		KUNIT_EXPECT_LE(test, slept, (long)msecs_to_jiffies(pauses[i]));
		xs->offer.retry_at = fake_kernel.jiffies;
	}
	KUNIT_EXPECT_TRUE(test, !!strstr(fake_sysfs(test, "last_error"),
					 "-5 cannot negotiate in"));
	/* The port that was published stays, for who has read it. */
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	EXPECT_STATE(test, xs, "armed");
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	xs->offer.retry_at = fake_kernel.jiffies;
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
	EXPECT_SYSFS(test, "last_error", "0");
}

static void a_retry_waits_for_its_time(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_fail(FAKE_ANY, 1, UINT_MAX, -EIO);
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_service_step();
	KUNIT_ASSERT_NE(test, xs->offer.retry_ms, 0U);
	xs->offer.retry_at = fake_kernel.jiffies + 1000 * HZ;
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_GT(test, fake_service_step(), 900L * HZ);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_ANY], 0U);
}

static void an_offer_that_appears_is_taken_without_a_reload(struct kunit *test)
{
	fake_load(test, LAYOUT_NOTHING, TRIGGER_DIRECT);

	EXPECT_SYSFS(test, "mode", "xenstore-only");
	EXPECT_SYSFS(test, "event_channel", "");
	EXPECT_SYSFS(test, "state", "disarmed");
	EXPECT_SYSFS(test, "last_error",
		     "-2 device/suspend/event-channel is absent and device not writable: suspending through xenstore only");
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);

	fake_xen_put(XEN_SUSPEND_NODE, "", FAKE_RO);
	fake_xenwatch_flush();
	fake_service_step();
	EXPECT_SYSFS(test, "last_error",
		     "-13 device/suspend/event-channel is not writable: suspending through xenstore only");

	fake_xen_put(XEN_SUSPEND_NODE, "", FAKE_RW);
	fake_xenwatch_flush();
	fake_service_step();
	EXPECT_SYSFS(test, "mode", "toolstack-node");
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "last_error", "0");
	KUNIT_EXPECT_NE(test, fake_xen_port(), 0U);
}

static void a_lost_offer_keeps_the_port_that_may_have_been_read(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	fake_xen_remove("device/suspend");
	fake_xenwatch_flush();
	fake_service_step();
	EXPECT_SYSFS(test, "mode", "xenstore-only");
	EXPECT_SYSFS(test, "event_channel", "7");
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "2");
}

static const struct watched {
	const char *path;
	bool ours;
} watched[] = {
	{ "device", true },
	{ "device/suspend", true },
	{ "device/suspend/event-channel", true },
	{ "@xen-suspend/request", false },
	{ "device/vif/0/state", false },
	{ "device/vbd", false },
	{ "control/shutdown", false },
	{ "", false },
};

static void watched_desc(const struct watched *row, char *desc)
{
	strscpy(desc, *row->path ? row->path : "nothing", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(watched, watched, watched_desc);

static void only_our_part_of_device_wakes_the_xenwatch_thread(struct kunit *test)
{
	const struct watched *row = test->param_value;
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	KUNIT_EXPECT_EQ(test, xs->service.watch.will_handle(&xs->service.watch, row->path, ""),
			row->ours);
}

static void a_watch_event_before_the_first_look_asks_for_none(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	service_create(xs);
	/* it fires at once */
	service_watch(xs);
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, xs->jobs.todo, 0UL);
	service_unwatch(xs);
}

static void one_under_the_first_look_asks_for_another(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	/* It has looked, and has not said so yet. */
	clear_bit(JOB_LOOK, &xs->jobs.done);
	fake_xenwatch_call(&xs->service.watch, XEN_SUSPEND_NODE);
	fake_xenwatch_flush();
	KUNIT_EXPECT_TRUE(test, jobs_asked(&xs->jobs, JOB_LOOK));
	fake_service_step();
}

static void our_own_write_does_not_go_round_in_circles(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	fake_xenwatch_call(&xs->service.watch, XEN_SUSPEND_NODE);
	fake_xenwatch_flush();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], 0U);
	EXPECT_SYSFS(test, "negotiations", "1");
}

/* Or each suspend would wait for it, and give up. */
static void it_can_be_frozen_asleep_and_between_two_jobs(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, fake_kernel.slept_freezable);
	KUNIT_EXPECT_TRUE(test, fake_kernel.freezes);
}

static void without_a_thread_there_is_no_service(struct kunit *test)
{
	fake_kernel.fail_thread = -EINTR;
	KUNIT_EXPECT_EQ(test, service_create(&xen_suspend_instance), -EINTR);
}

static bool real_time;

static void note_priority(enum fake_op op)
{
	real_time |= fake_is_realtime(current);
}

/* The only thing that is, apart from sleeping: it wakes up so. */
static void only_a_start_is_real_time(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	KUNIT_EXPECT_TRUE(test, fake_is_realtime(current));
	real_time = false;
	fake_xen.hook = note_priority;
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_service_step();
	fake_xen.hook = NULL;
	KUNIT_EXPECT_FALSE(test, real_time);
	KUNIT_EXPECT_TRUE(test, fake_is_realtime(current));
}

static void writing_to_xenstore_is_not_real_time(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	real_time = false;
	fake_request(xs);
	fake_xen.hook = note_priority;
	fake_service_step();
	fake_xen.hook = NULL;
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	KUNIT_EXPECT_FALSE(test, real_time);
}

static struct kunit_case service_cases[] = {
	KUNIT_CASE(the_port_is_bound_before_it_is_published),
	KUNIT_CASE(a_notify_right_after_publishing_is_not_lost),
	KUNIT_CASE(a_restore_lets_go_of_the_module),
	KUNIT_CASE(idle_it_sleeps_until_it_is_woken),
	KUNIT_CASE(with_work_left_it_does_not_sleep),
	KUNIT_CASE(each_request_is_started_once),
	KUNIT_CASE(it_wakes_up_for_the_deadline_of_a_request),
	KUNIT_CASE(without_a_deadline_it_waits_for_ever),
	KUNIT_CASE(the_deadline_may_be_any_number),
	KUNIT_CASE(xenstore_failing_at_any_call_is_tried_again_until_it_works),
	KUNIT_CASE(the_pauses_between_tries_double_up_to_a_minute),
	KUNIT_CASE(a_retry_waits_for_its_time),
	KUNIT_CASE(an_offer_that_appears_is_taken_without_a_reload),
	KUNIT_CASE(a_lost_offer_keeps_the_port_that_may_have_been_read),
	KUNIT_CASE_PARAM(only_our_part_of_device_wakes_the_xenwatch_thread,
			 watched_gen_params),
	KUNIT_CASE(a_watch_event_before_the_first_look_asks_for_none),
	KUNIT_CASE(one_under_the_first_look_asks_for_another),
	KUNIT_CASE(our_own_write_does_not_go_round_in_circles),
	KUNIT_CASE(it_can_be_frozen_asleep_and_between_two_jobs),
	KUNIT_CASE(without_a_thread_there_is_no_service),
	KUNIT_CASE(only_a_start_is_real_time),
	KUNIT_CASE(writing_to_xenstore_is_not_real_time),
	{}
};

struct kunit_suite service_suite = {
	.name = "service",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = service_cases,
};
