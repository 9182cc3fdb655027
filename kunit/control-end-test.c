// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/control.c and its callers: what was, or is being, written into
 * control/shutdown for a request that ends just then. Left there, it would suspend
 * a guest that nobody resumes.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/mutex.h>

#include "../module/attempt.h"
#include "../module/control.h"
#include "../module/trigger.h"
#include "fake-module.h"
#include "suites.h"

/* A request, and what is written for it. Return: its number */
static unsigned int write_for_a_request(struct xen_suspend *xs)
{
	fake_request(xs);
	fake_service_step();
	return hs_seq(hs_word(&xs->handshake));
}

/* It freezes tasks, or is about to. */
static void manage_c_reads(void)
{
	fake_xen_put("control/shutdown", "", FAKE_RW);
}

/* A failed try is noted, and its toolstack is gone at the time of the next one. */
static void next_try_without_a_toolstack(struct xen_suspend *xs, unsigned int seq)
{
	xs->verdict.retry.seq = seq;
	xs->verdict.retry.pause_ms = 0;
	jobs_ask(&xs->jobs, JOB_RETRY);
	fake_service_step();
	fake_xen_unbind_toolstack();
	fake_service_step();
}

/* The first request is dropped while its event waits for the xenwatch thread. */
static void a_late_event_leaves_a_request_to_manage_c(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	trigger_free(xs);
	write_for_a_request(xs);
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 0);
	EXPECT_STATE(test, xs, "requested");
	/* Nor is it dropped here, where nobody takes back what was written. */
	xs->lifecycle.going_down = true;
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	fake_xenwatch_flush();
	EXPECT_STATE(test, xs, "requested");
	xs->lifecycle.going_down = false;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
}

/* The service thread saw the request pending, and has written by now. */
static void write_late(struct xen_suspend *xs)
{
	fake_xen_put("control/shutdown", "suspend", FAKE_RW);
	WRITE_ONCE(xs->control.written, BIT(31) | hs_seq(hs_word(&xs->handshake)));
}

static void write_when_it_starts(enum fake_point point)
{
	if (point == AT_START)
		write_late(&xen_suspend_instance);
}

/* The service thread had no event, and writes while a late one is acted on. */
static void what_was_written_under_a_direct_attempt_is_taken_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_TASKS;
	fake_suspend.at = write_when_it_starts;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
	EXPECT_SYSFS(test, "failed/tasks", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

/* Kept for another try, it is kept for manage.c, too, who makes that try now. */
static void what_was_written_for_a_request_that_is_kept_stays(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_KTHREADS;
	fake_suspend.at = write_when_it_starts;
	fake_request(xs);
	fake_try(xs);
	EXPECT_STATE(test, xs, "requested");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	fake_suspend.end = END_CANCELLED;
	fake_suspend.at = NULL;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "stock_suspends", "0");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

static void for_a_request_that_is_over_nothing_is_written(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int writes;

	fake_request(xs);
	writes = fake_xen.calls[FAKE_WRITE];
	/* of another one, which was dropped meanwhile */
	trigger_write(xs, hs_seq(hs_word(&xs->handshake)) - 1);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes);
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
	EXPECT_STATE(test, xs, "requested");
}

static void for_a_request_whose_suspend_has_begun_nothing_is_written(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int writes;

	fake_request(xs);
	KUNIT_ASSERT_TRUE(test, hs_begin(&xs->handshake, 0));
	writes = fake_xen.calls[FAKE_WRITE];
	trigger_write(xs, hs_seq(hs_word(&xs->handshake)));
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes);
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
	hs_end(&xs->handshake, false, false);
}

/* manage.c has read ours: what is there after that is the toolstack's. */
static void what_a_toolstack_writes_as_a_try_fails_stays(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int seq = write_for_a_request(xs);

	attempt_not_prepared(&xs->attempt, seq);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failures", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

/* It was dropped, and another has come, before xenwatch was told of its answer. */
static void an_answer_to_an_earlier_request_says_nothing_of_this_one(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int seq = write_for_a_request(xs);

	attempt_not_prepared(&xs->attempt, seq - 1);
	EXPECT_STATE(test, xs, "requested");
	EXPECT_SYSFS(test, "failures", "0");
	KUNIT_EXPECT_TRUE(test, control_is_for(&xs->control, seq));
}

/* A late event finds the guest shutting down while the service thread writes. */
static void what_is_written_for_a_request_that_a_late_event_drops_is_taken_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	unsigned int seq;

	fake_request(xs);
	seq = hs_seq(hs_word(&xs->handshake));
	xs->lifecycle.going_down = true;
	mutex_lock(&xs->control.writing);
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	KUNIT_EXPECT_TRUE(test, eventually(!hs_is_pending(hs_word(&xs->handshake), seq)));
	write_late(xs);
	mutex_unlock(&xs->control.writing);
	fake_xenwatch_flush();
	xs->lifecycle.going_down = false;
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/shutdown", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	KUNIT_EXPECT_FALSE(test, control_is_written(&xs->control));
}

/* A request that came in a sleep of the guest's own is found twice as it ends. */
static void manage_c_is_asked_once_for_a_request(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	write_for_a_request(xs);
	manage_c_reads();
	jobs_ask(&xs->jobs, JOB_AWAKE);
	fake_service_step();
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	EXPECT_STATE(test, xs, "requested");
}

/* Found again as the guest wakes up, to go down: the gate, or its attempt, ends it. */
static void a_request_that_manage_c_has_read_is_not_dropped_when_going_down(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	write_for_a_request(xs);
	manage_c_reads();
	xs->lifecycle.going_down = true;
	jobs_ask(&xs->jobs, JOB_AWAKE);
	fake_service_step();
	fake_service_step();
	EXPECT_STATE(test, xs, "requested");
	xs->lifecycle.going_down = false;
}

static void what_was_written_for_another_request_is_not_forgotten(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int seq = write_for_a_request(xs);

	KUNIT_EXPECT_TRUE(test, control_revoke(&xs->control, seq + 1));
	KUNIT_EXPECT_TRUE(test, control_is_for(&xs->control, seq));
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
}

/* Nor is a guest frozen for one that nobody waits for any more. */
static void what_manage_c_has_not_read_is_taken_back_from_a_deserted_request(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	next_try_without_a_toolstack(xs, write_for_a_request(xs));
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/deserted", "1");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
}

/* Found again as the guest woke up, while its failed try was being noted. */
static void a_request_that_manage_c_has_read_is_not_dropped_as_deserted(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	unsigned int seq = write_for_a_request(xs);

	manage_c_reads();
	next_try_without_a_toolstack(xs, seq);
	EXPECT_STATE(test, xs, "requested");
	/* The gate ends it. */
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ECONNRESET);
	EXPECT_SYSFS(test, "failed/deserted", "1");
}

static struct kunit_case control_end_cases[] = {
	KUNIT_CASE(a_late_event_leaves_a_request_to_manage_c),
	KUNIT_CASE(what_was_written_under_a_direct_attempt_is_taken_back),
	KUNIT_CASE(what_was_written_for_a_request_that_is_kept_stays),
	KUNIT_CASE(for_a_request_that_is_over_nothing_is_written),
	KUNIT_CASE(for_a_request_whose_suspend_has_begun_nothing_is_written),
	KUNIT_CASE(what_a_toolstack_writes_as_a_try_fails_stays),
	KUNIT_CASE(an_answer_to_an_earlier_request_says_nothing_of_this_one),
	KUNIT_CASE(what_is_written_for_a_request_that_a_late_event_drops_is_taken_back),
	KUNIT_CASE(manage_c_is_asked_once_for_a_request),
	KUNIT_CASE(a_request_that_manage_c_has_read_is_not_dropped_when_going_down),
	KUNIT_CASE(what_was_written_for_another_request_is_not_forgotten),
	KUNIT_CASE(what_manage_c_has_not_read_is_taken_back_from_a_deserted_request),
	KUNIT_CASE(a_request_that_manage_c_has_read_is_not_dropped_as_deserted),
	{}
};

struct kunit_suite control_end_suite = {
	.name = "control_end",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = control_end_cases,
};
