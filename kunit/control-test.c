// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/control.c: what is written into control/shutdown for a request,
 * read by manage.c, taken back, or in vain.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/control.h"
#include "../module/trigger.h"
#include "fake-module.h"
#include "suites.h"

static struct handshake pending;

static int write_for(unsigned int seq)
{
	atomic_set(&pending.word, (int)(seq << HS_SEQ_SHIFT) | HS_REQUEST | HS_ARMED);
	return control_write(&xen_suspend_instance.control, &pending, seq);
}

static void it_is_known_for_which_request_it_was_written(struct kunit *test)
{
	struct control *control = &xen_suspend_instance.control;

	KUNIT_EXPECT_FALSE(test, control_is_for(control, 0));
	KUNIT_EXPECT_EQ(test, write_for(0), 0);
	KUNIT_EXPECT_TRUE(test, control_is_written(control));
	KUNIT_EXPECT_TRUE(test, control_is_for(control, 0));
	KUNIT_EXPECT_FALSE(test, control_is_for(control, 1));
	KUNIT_EXPECT_EQ(test, write_for(1), 0);
	KUNIT_EXPECT_FALSE(test, control_is_for(control, 0));
	KUNIT_EXPECT_TRUE(test, control_is_for(control, 1));
	control_forget(control);
	KUNIT_EXPECT_FALSE(test, control_is_written(control));
}

static void what_could_not_be_written_is_not_waited_for(struct kunit *test)
{
	struct control *control = &xen_suspend_instance.control;

	fake_xen_fail(FAKE_WRITE, 1, 1, -EACCES);
	KUNIT_EXPECT_EQ(test, write_for(1), -EACCES);
	KUNIT_EXPECT_FALSE(test, control_is_written(control));
	KUNIT_EXPECT_FALSE(test, control_was_read(control, 1));
}

static void the_xenstore_trigger_asks_manage_c(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	fake_xen_put("control/shutdown", "", FAKE_RW);
	fake_do_suspend();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "failures", "0");
	/* manage.c's write comes back to us after its suspend: nothing to say */
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "failures", "0");
}

static void a_shutdown_node_not_writable_fails_the_request(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_xen_put("control/shutdown", "", FAKE_RO);
	fake_request(xs);
	fake_service_step();
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-13 cannot write control/shutdown: ask the toolstack's administrator for its permissions");
}

static void a_suspend_that_manage_c_took_and_gave_up_is_a_failure(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	/* our own write */
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "state", "requested");
	/* xenstore fails: nothing is known */
	fake_xen_put("control/shutdown", "", FAKE_NONE);
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "state", "requested");
	fake_suspend.end = END_KTHREADS;
	fake_xenwatch_manage();
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-16 a kernel thread or work queue refused to freeze: the kernel log names it");
}

static void an_event_for_a_request_not_yet_written_says_nothing(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "state", "requested");
	EXPECT_SYSFS(test, "failures", "0");
}

static void a_request_nobody_began_in_time_expires(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_service_step();
	fake_kernel.clock_ns = NSEC_PER_SEC * 57;
	fake_service_step();
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

static void what_the_toolstack_wrote_meanwhile_is_not_taken_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	fake_xen_put("control/shutdown", "poweroff", FAKE_RW);
	trigger_expire(xs, 1, false);
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "poweroff");
	EXPECT_SYSFS(test, "failures", "1");
}

static void power_off_meanwhile(enum fake_op op)
{
	if (op != FAKE_WRITE)
		return;
	fake_xen.hook = NULL;
	fake_xen_put("control/shutdown", "poweroff", FAKE_RW);
}

/* Between our look and our write: the transaction conflicts, and looks again. */
static void what_the_toolstack_writes_in_the_middle_of_it_stays(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	fake_xen.hook = power_off_meanwhile;
	KUNIT_EXPECT_TRUE(test, control_revoke(&xs->control, 1));
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "poweroff");
}

static void a_request_expires_even_if_xenstore_fails(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	fake_xen_fail(FAKE_READ, 1, 1, -EIO);
	trigger_expire(xs, 1, false);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
}

static void a_direct_request_that_expires_touches_no_xenstore(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	trigger_expire(xs, 1, false);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_TX_START], 0U);
	EXPECT_SYSFS(test, "failures", "1");
}

/* What is nobody's business here does not wake the xenwatch thread. */
static void control_shutdown_is_watched_only_while_we_have_written_it(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	struct xenbus_watch *watch = &xs->trigger.watch;

	KUNIT_EXPECT_TRUE(test, watch->will_handle(watch, "@xen-suspend/request", ""));
	KUNIT_EXPECT_TRUE(test, watch->will_handle(watch, "@xen-suspend/self-test", ""));
	KUNIT_EXPECT_FALSE(test, watch->will_handle(watch, "control/shutdown", ""));
	trigger_free(xs);
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_TRUE(test, watch->will_handle(watch, "control/shutdown", ""));
}

/* Without an event at hand; and manage.c fails before .prepare. */
static void directs_fallback_to_xenstore_has_the_watch_behind_it(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	trigger_free(xs);
	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_manage();
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/kernel_threads", "1");
}

static void ask_when_it_starts(enum fake_point point)
{
	if (point != AT_START)
		return;
	fake_suspend.at = NULL;
	fake_request(&xen_suspend_instance);
	fake_service_step();
}

/* While a stock suspend freezes tasks; it serves the request, well or not. */
static void what_we_wrote_for_a_request_served_otherwise_is_taken_back(struct kunit *test)
{
	static const enum fake_end ends[] = { END_CANCELLED, END_RESTORED,
					      END_FROZEN, END_SYSCORE };
	int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
		fake_suspend.end = ends[i];
		fake_suspend.at = ask_when_it_starts;
		fake_do_suspend();
		KUNIT_EXPECT_EQ(test, hs_requests(&xs->handshake), 1UL);
		KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
		KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
		KUNIT_EXPECT_FALSE(test, hs_word(&xs->handshake) & HS_REQUEST);
	}
}

static bool noted, read_meanwhile;

static void look_while_writing(enum fake_op op)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	unsigned int reads;
	int i;

	if (op != FAKE_WRITE)
		return;
	fake_xen.hook = NULL;
	noted = control_is_for(&xs->control, 1);
	/* An older change of control/shutdown: its answer says nothing of ours. */
	reads = READ_ONCE(fake_xen.calls[FAKE_READ]);
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	for (i = 0; i < 50; i++) {
		usleep_range(1000, 2000);
		read_meanwhile |= READ_ONCE(fake_xen.calls[FAKE_READ]) != reads;
	}
}

static void what_is_being_written_is_noted_and_not_yet_looked_for(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	noted = false;
	read_meanwhile = false;
	fake_request(xs);
	fake_xen.hook = look_while_writing;
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_TRUE(test, noted);
	KUNIT_EXPECT_FALSE(test, read_meanwhile);
	EXPECT_STATE(test, xs, "requested");
	EXPECT_SYSFS(test, "failures", "0");
}

/* manage.c has read our request; and then the toolstack gives up. */
static struct xen_suspend *given_up_under_manage_c(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_service_step();
	fake_xen_put("control/shutdown", "", FAKE_RW);
	fake_kernel.clock_ns = NSEC_PER_SEC * 57;
	return xs;
}

/* The freezer holds it up; the gate, or its failure, ends the request. */
static void a_request_that_manage_c_has_read_does_not_expire_under_it(struct kunit *test)
{
	struct xen_suspend *xs = given_up_under_manage_c(test);

	KUNIT_EXPECT_GT(test, fake_service_step(), 59L * HZ);
	EXPECT_STATE(test, xs, "requested");
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ETIME);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/late", "1");
}

/* xenstore failed as it was to be read that manage.c had tried, and in vain. */
static void a_request_whose_end_nobody_has_told_is_over_at_last(struct kunit *test)
{
	struct xen_suspend *xs = given_up_under_manage_c(test);

	fake_service_step();
	EXPECT_STATE(test, xs, "requested");
	fake_kernel.clock_ns = NSEC_PER_SEC * 118;
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/late", "1");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

/* manage.c has answered what was written for it; the next change is another's. */
static void before_another_try_a_change_says_nothing(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_try(xs);
	EXPECT_STATE(test, xs, "requested");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "retries", "1");
	EXPECT_SYSFS(test, "failed/kernel_threads", "1");
}

static bool gone_when_frozen;

static void ask_again_when_crossed(enum fake_point point)
{
	if (point == AT_FROZEN)
		gone_when_frozen = !*fake_xen_text("control/shutdown");
	else if (point == AT_CROSSED)
		fake_xen_put("control/shutdown", "suspend", FAKE_RW);
}

/* Ours is taken back before it, since after it what is there is another's. */
static void what_the_toolstack_wrote_after_the_suspend_is_left(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	fake_suspend.at = ask_again_when_crossed;
	gone_when_frozen = false;
	fake_do_suspend();
	KUNIT_EXPECT_TRUE(test, gone_when_frozen);
	EXPECT_SYSFS(test, "suspends", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
}

static struct kunit_case control_cases[] = {
	KUNIT_CASE(it_is_known_for_which_request_it_was_written),
	KUNIT_CASE(what_could_not_be_written_is_not_waited_for),
	KUNIT_CASE(the_xenstore_trigger_asks_manage_c),
	KUNIT_CASE(a_shutdown_node_not_writable_fails_the_request),
	KUNIT_CASE(a_suspend_that_manage_c_took_and_gave_up_is_a_failure),
	KUNIT_CASE(an_event_for_a_request_not_yet_written_says_nothing),
	KUNIT_CASE(control_shutdown_is_watched_only_while_we_have_written_it),
	KUNIT_CASE(directs_fallback_to_xenstore_has_the_watch_behind_it),
	KUNIT_CASE(what_is_being_written_is_noted_and_not_yet_looked_for),
	KUNIT_CASE(what_we_wrote_for_a_request_served_otherwise_is_taken_back),
	KUNIT_CASE(a_request_nobody_began_in_time_expires),
	KUNIT_CASE(what_the_toolstack_wrote_meanwhile_is_not_taken_back),
	KUNIT_CASE(what_the_toolstack_writes_in_the_middle_of_it_stays),
	KUNIT_CASE(a_request_expires_even_if_xenstore_fails),
	KUNIT_CASE(a_direct_request_that_expires_touches_no_xenstore),
	KUNIT_CASE(a_request_that_manage_c_has_read_does_not_expire_under_it),
	KUNIT_CASE(a_request_whose_end_nobody_has_told_is_over_at_last),
	KUNIT_CASE(before_another_try_a_change_says_nothing),
	KUNIT_CASE(what_the_toolstack_wrote_after_the_suspend_is_left),
	{}
};

struct kunit_suite control_suite = {
	.name = "control",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = control_cases,
};
