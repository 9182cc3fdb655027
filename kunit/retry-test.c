// SPDX-License-Identifier: GPL-2.0
/* Tests of module/failure.c: when a failed suspend is tried again, and how often. */
#include <kunit/test.h>
#include <linux/string.h>

#include "../module/failure.h"
#include "fake-module.h"
#include "suites.h"

#define LONG U64_MAX

static bool again(struct retry *retry, unsigned int seq, unsigned int first_ms,
		  u64 left_ns)
{
	struct patience patience = { .retry_ms = first_ms };

	return failure_retry(retry, seq, &patience, left_ns);
}

static void pauses_double_up_to_four_seconds(struct kunit *test)
{
	static const unsigned int pauses[] = { 250, 500, 1000, 2000, 4000, 4000 };
	struct retry retry = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(pauses); i++) {
		KUNIT_EXPECT_TRUE(test, again(&retry, 7, 250, LONG));
		KUNIT_EXPECT_EQ(test, retry.pause_ms, pauses[i]);
		KUNIT_EXPECT_EQ(test, retry.tries, i + 1U);
	}
}

static void a_first_pause_beyond_the_most_stays_as_it_is(struct kunit *test)
{
	struct retry retry = {};
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, again(&retry, 7, 9000, LONG));
		KUNIT_EXPECT_EQ(test, retry.pause_ms, 9000U);
	}
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, again(&retry, 8, UINT_MAX, LONG));
		KUNIT_EXPECT_EQ(test, retry.pause_ms, UINT_MAX);
	}
}

static void another_request_starts_from_scratch(struct kunit *test)
{
	struct retry retry = {};

	again(&retry, 0, 250, LONG);
	again(&retry, 0, 250, LONG);
	KUNIT_EXPECT_TRUE(test, again(&retry, 1, 250, LONG));
	KUNIT_EXPECT_EQ(test, retry.pause_ms, 250U);
	KUNIT_EXPECT_EQ(test, retry.tries, 1U);
}

static void there_has_to_be_room_for_the_pause_and_a_second(struct kunit *test)
{
	struct retry retry = {};
	u64 room = 1250 * (u64)NSEC_PER_MSEC;

	KUNIT_EXPECT_FALSE(test, again(&retry, 1, 250, room));
	KUNIT_EXPECT_TRUE(test, again(&retry, 2, 250, room + 1));
	KUNIT_EXPECT_FALSE(test, again(&retry, 3, 250, 0));
	KUNIT_EXPECT_FALSE(test, again(&retry, 4, UINT_MAX, UINT_MAX * (u64)NSEC_PER_MSEC));
}

static void zero_is_never(struct kunit *test)
{
	struct retry retry = {};

	KUNIT_EXPECT_FALSE(test, again(&retry, 1, 0, LONG));
}

/* --- in the module --- */

static struct xen_suspend *failed_once(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.end = END_TASKS;
	fake_request(xs);
	fake_try(xs);
	KUNIT_ASSERT_TRUE(test, xs->service.retrying);
	return xs;
}

static void tries_end_when_the_deadline_leaves_no_room(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);
	int i;

	/* 20 s each, of 55 */
	for (i = 0; i < 5 && xs->service.retrying; i++) {
		xs->service.next_try = fake_kernel.jiffies;
		fake_try(xs);
	}
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 3);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "retries", "2");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "failed/tasks", "3");
}

static void without_a_deadline_it_is_tried_for_as_long_as_the_toolstack_stays(struct kunit *test)
{
	struct xen_suspend *xs;
	int i;

	fake_set_parameter("deadline_ms", "0");
	xs = failed_once(test);
	for (i = 0; i < 20; i++) {
		xs->service.next_try = fake_kernel.jiffies;
		fake_try(xs);
	}
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 21);
	fake_xen_unbind_toolstack();
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 21);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "failed/deserted", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-104 the toolstack is gone: its suspend, which had failed, is not tried again");
}

static void a_request_that_waits_to_be_tried_again_expires(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);

	fake_kernel.clock_ns += 60 * NSEC_PER_SEC;
	fake_service_step();
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failed/late", "1");
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
}

static void a_notify_in_the_pause_is_the_same_request(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);

	fake_xen_notify(channel_port(&xs->channel));
	fake_suspend.end = END_CANCELLED;
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "coalesced", "1");
	EXPECT_SYSFS(test, "suspends", "1");
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
}

static void a_suspend_of_manage_c_in_the_pause_serves_the_request(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);

	fake_suspend.end = END_CANCELLED;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	EXPECT_STATE(test, xs, "armed");
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	/* the next one starts from scratch */
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 2);
}

static void a_request_that_came_meanwhile_is_not_taken_for_the_failed_one(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_KTHREADS;
	fake_suspend.good_after = 1;
	fake_request(xs);
	fake_service_step();
	/* it fails; before the thread has seen that, manage.c's own serves it */
	fake_xenwatch_manage();
	fake_xenwatch_call(&xs->trigger.watch, "control/shutdown");
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "retries", "1");
	/* and the toolstack asks again */
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_FALSE(test, xs->service.retrying);
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "2");
}

static void go_down(enum fake_point point)
{
	if (point == AT_START)
		WRITE_ONCE(xen_suspend_instance.lifecycle.going_down, true);
}

static void a_guest_that_goes_down_tries_nothing_again(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_TASKS;
	fake_suspend.at = go_down;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "retries", "0");
	EXPECT_STATE(test, xs, "armed");
}

static void every_failed_attempt_is_counted_once(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);
	long sum = 0;
	int i;

	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	fake_xen_unbind_toolstack();
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	for (i = 0; i < FAILURES; i++)
		sum += atomic_long_read(&xs->verdict.failed.by[i]);
	KUNIT_EXPECT_EQ(test, sum, 3L);
	KUNIT_EXPECT_EQ(test, sum, (long)xs->verdict.retry.total +
			atomic_long_read(&xs->handshake.failures));
}

static void the_thread_wakes_up_for_the_next_try(struct kunit *test)
{
	long slept;

	failed_once(test);
	slept = fake_service_step();
	KUNIT_EXPECT_GT(test, slept, 0L);
	KUNIT_EXPECT_LE(test, slept, (long)msecs_to_jiffies(250));
}

static void a_new_request_is_not_started_twice_for_the_old_ones_try(struct kunit *test)
{
	struct xen_suspend *xs = failed_once(test);
	int events;

	/* manage.c's own suspend serves the one that was to be tried again */
	fake_suspend.end = END_CANCELLED;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	xs->service.next_try = fake_kernel.jiffies;
	events = fake_kernel.events;
	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.events, events + 1);
}

static struct kunit_case retry_cases[] = {
	KUNIT_CASE(pauses_double_up_to_four_seconds),
	KUNIT_CASE(a_first_pause_beyond_the_most_stays_as_it_is),
	KUNIT_CASE(another_request_starts_from_scratch),
	KUNIT_CASE(there_has_to_be_room_for_the_pause_and_a_second),
	KUNIT_CASE(zero_is_never),
	KUNIT_CASE(tries_end_when_the_deadline_leaves_no_room),
	KUNIT_CASE(without_a_deadline_it_is_tried_for_as_long_as_the_toolstack_stays),
	KUNIT_CASE(a_request_that_waits_to_be_tried_again_expires),
	KUNIT_CASE(a_notify_in_the_pause_is_the_same_request),
	KUNIT_CASE(a_suspend_of_manage_c_in_the_pause_serves_the_request),
	KUNIT_CASE(a_request_that_came_meanwhile_is_not_taken_for_the_failed_one),
	KUNIT_CASE(a_guest_that_goes_down_tries_nothing_again),
	KUNIT_CASE(every_failed_attempt_is_counted_once),
	KUNIT_CASE(the_thread_wakes_up_for_the_next_try),
	KUNIT_CASE(a_new_request_is_not_started_twice_for_the_old_ones_try),
	{}
};

struct kunit_suite retry_suite = {
	.name = "retry",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = retry_cases,
};
