// SPDX-License-Identifier: GPL-2.0
/* Tests of module/story.c: what is remembered of each way a suspend can end. */
#include <kunit/test.h>
#include <linux/string.h>

#include "fake-module.h"
#include "show.h"
#include "suites.h"

/* The clock goes on by so much, in ms, on the way. */
#define TO_BEGIN 3
#define TO_GATE 5
#define TO_END 20

static void clock_on(unsigned int ms)
{
	fake_kernel.clock_ns += ms * (u64)NSEC_PER_MSEC;
}

static void time_passes(enum fake_point point)
{
	if (point == AT_FROZEN)
		clock_on(TO_GATE);
	else if (point == AT_CROSSED)
		clock_on(TO_END);
}

static struct xen_suspend *load(struct kunit *test, enum fake_end end)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.end = end;
	fake_suspend.at = time_passes;
	return xs;
}

static void request(struct xen_suspend *xs)
{
	fake_request(xs);
	clock_on(TO_BEGIN);
	fake_service_step();
	fake_xenwatch_flush();
	fake_service_step();
}

/* Line number @number of the history, from 1 on; NULL if there is none */
static const char *line(struct kunit *test, struct xen_suspend *xs, int number)
{
	struct seq_file *m = show_file(test);
	char *text, *found = NULL;
	int i;

	history_show(&xs->story.history, m);
	text = show_text(test, m);
	for (i = 0; i <= number; i++)
		found = strsep(&text, "\n");
	return found && *found ? found : NULL;
}

static void expect_line(struct kunit *test, struct xen_suspend *xs, int number,
			const char *start)
{
	const char *found = line(test, xs, number);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, found);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(found, start), "%s", found);
}

static unsigned long sum(const unsigned long *column)
{
	unsigned long total = 0;
	int i;

	for (i = 0; i < LATENCY_BUCKETS; i++)
		total += column[i];
	return total;
}

static void a_suspend_is_remembered_with_its_times(struct kunit *test)
{
	static const enum fake_end ends[] = { END_CANCELLED, END_RESTORED };
	static const char * const lines[] = {
		"1.000000 cancelled 1 3000 8000 28000 -",
		"1.000000 restored 1 3000 8000 28000 -",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = load(test, ends[i]);
		request(xs);
		KUNIT_EXPECT_STREQ(test, line(test, xs, 1), lines[i]);
		KUNIT_EXPECT_PTR_EQ(test, (void *)line(test, xs, 2), NULL);
		EXPECT_SYSFS(test, "last_signal_us", "3000");
		EXPECT_SYSFS(test, "last_suspend_us", "8000");
		KUNIT_EXPECT_EQ(test, xs->story.latency.signal[latency_bucket(3000)],
				1UL);
		KUNIT_EXPECT_EQ(test, xs->story.latency.suspend[latency_bucket(8000)],
				1UL);
		KUNIT_EXPECT_EQ(test, sum(xs->story.latency.signal), 1UL);
		KUNIT_EXPECT_EQ(test, sum(xs->story.latency.suspend), 1UL);
	}
}

static void notify_when_crossed(enum fake_point point)
{
	time_passes(point);
	if (point == AT_CROSSED)
		fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static void a_request_that_comes_meanwhile_does_not_change_the_times(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_CANCELLED);

	fake_xen_bind_toolstack();
	fake_suspend.at = notify_when_crossed;
	fake_request(xs);
	clock_on(TO_BEGIN);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_STREQ(test, line(test, xs, 1),
			   "1.000000 cancelled 1 3000 8000 28000 -");
	fake_suspend.at = time_passes;
	fake_try(xs);
	KUNIT_EXPECT_STREQ(test, line(test, xs, 2),
			   "1.028000 cancelled 1 0 5000 25000 -");
}

static void a_failure_is_remembered_with_its_reason(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_TASKS);
	const char *found;

	request(xs);
	found = line(test, xs, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, found);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(found, "1.000000 failed 1 3000 - 20003000 "),
			      "%s", found);
	KUNIT_EXPECT_TRUE_MSG(test, !!strstr(found, "refused to freeze"), "%s",
			      found);
	/* as last_signal_us and last_suspend_us: of suspends only */
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.signal), 0UL);
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.suspend), 0UL);
}

static void each_attempt_of_a_request_is_counted(struct kunit *test)
{
	enum trigger_kind trigger;

	for (trigger = TRIGGER_XENSTORE; trigger <= TRIGGER_DIRECT; trigger++) {
		struct xen_suspend *xs;
		int i;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, trigger);
		fake_kernel.clock_ns = NSEC_PER_SEC;
		fake_suspend.end = END_TASKS;
		fake_set_parameter("retry_ms", "250");
		fake_suspend.good_after = 2;
		fake_request(xs);
		for (i = 0; i < 3; i++) {
			KUNIT_EXPECT_PTR_EQ(test, (void *)line(test, xs, 1), NULL);
			fake_try(xs);
			xs->service.next_try = fake_kernel.jiffies;
		}
		expect_line(test, xs, 1, "1.000000 cancelled 3 ");
		KUNIT_EXPECT_EQ(test, xs->story.tries, 0U);
		/* and the next request begins with one */
		fake_request(xs);
		fake_try(xs);
		expect_line(test, xs, 2, "41.000000 cancelled 1 ");
	}
}

static void a_request_that_nobody_waits_for_is_dropped_with_its_attempts(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_TASKS);

	/* too late before it began */
	fake_request(xs);
	clock_on(56000);
	fake_service_step();
	fake_xenwatch_flush();
	/* by the thread that was the first to see it */
	expect_line(test, xs, 1, "1.000000 dropped 0 - - 56000000 the ");
	/* gone between two attempts */
	fake_set_parameter("retry_ms", "250");
	fake_request(xs);
	fake_try(xs);
	fake_xen_unbind_toolstack();
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	expect_line(test, xs, 2,
		    "57.000000 dropped 1 - - 20000000 the toolstack is gone: its");
}

static void a_request_that_cannot_be_served_has_failed(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_CANCELLED);

	fake_kernel.system_state = SYSTEM_POWER_OFF;
	request(xs);
	KUNIT_EXPECT_STREQ(test, line(test, xs, 1),
			   "1.000000 failed 0 - - 3000 the guest is powering off or rebooting");
}

static void stock(struct kunit *test, enum fake_end end, const char *expected)
{
	struct xen_suspend *xs;

	fake_teardown(test);
	fake_setup(test);
	xs = load(test, end);
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	fake_service_step();
	expect_line(test, xs, 1, expected);
	KUNIT_EXPECT_PTR_EQ(test, (void *)line(test, xs, 2), NULL);
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.signal), 0UL);
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.suspend), 0UL);
}

static void suspends_of_the_toolstacks_own_are_remembered_apart(struct kunit *test)
{
	stock(test, END_CANCELLED, "1.000000 stock-cancelled 1 - - - -");
	stock(test, END_RESTORED, "1.000000 stock-restored 1 - - - -");
	/* not prepared: first seen when the freezer has given up, after 20 s */
	stock(test, END_TASKS, "21.000000 stock-failed 1 - - - ");
	/* prepared, and then a device fails */
	stock(test, END_SYSCORE, "1.000000 stock-failed 1 - - - ");
}

static enum fake_point notify_point;

static void notify_then(enum fake_point point)
{
	time_passes(point);
	if (point == notify_point)
		fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static void a_stock_suspend_that_serves_a_request_is_the_requests(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_CANCELLED);

	fake_xen_bind_toolstack();
	notify_point = AT_FROZEN;
	fake_suspend.at = notify_then;
	fake_do_suspend();
	/* it did not start for it: no signal time, as in sysfs */
	KUNIT_EXPECT_STREQ(test, line(test, xs, 1),
			   "1.005000 cancelled 1 - 0 20000 -");
	EXPECT_SYSFS(test, "stock_suspends", "0");
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.signal), 0UL);
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.suspend), 1UL);
}

static void what_an_attempt_has_left_is_not_counted_again(struct kunit *test)
{
	struct xen_suspend *xs = load(test, END_CANCELLED);

	request(xs);
	/* It comes to its end, but the handshake never sees it. */
	fake_suspend.end = END_PREPARED;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "stock_failed/device", "1");
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.signal), 1UL);
	KUNIT_EXPECT_EQ(test, sum(xs->story.latency.suspend), 1UL);
}

static void expect_told(struct kunit *test, const char *told)
{
	KUNIT_EXPECT_STREQ(test, fake_trace.told, told);
	*fake_trace.told = '\0';
}

static void each_attempt_is_traced_from_its_beginning_to_its_end(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	expect_told(test, "negotiated 7");
	fake_request(xs);
	expect_told(test, "request 7");
	fake_try(xs);
	/* STORY_DIRECT, STORY_CANCELLED */
	expect_told(test, "begin 0, frozen 0, end 1");
	trigger_free(xs);
	fake_request(xs);
	fake_service_step();
	/* STORY_XENSTORE, before it is known how long manage.c takes */
	expect_told(test, "request 7, begin 1");
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	expect_told(test, "frozen 1, end 1");
	/* STORY_STOCK, STORY_STOCK_CANCELLED */
	fake_service_step();
	fake_do_suspend();
	expect_told(test, "begin 2, frozen 2, end 6");
	/* STORY_FAILED */
	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_try(xs);
	expect_told(test, "request 7, begin 0, end 2");
}

static struct kunit_case story_cases[] = {
	KUNIT_CASE(a_suspend_is_remembered_with_its_times),
	KUNIT_CASE(a_request_that_comes_meanwhile_does_not_change_the_times),
	KUNIT_CASE(a_failure_is_remembered_with_its_reason),
	KUNIT_CASE(each_attempt_of_a_request_is_counted),
	KUNIT_CASE(a_request_that_nobody_waits_for_is_dropped_with_its_attempts),
	KUNIT_CASE(a_request_that_cannot_be_served_has_failed),
	KUNIT_CASE(suspends_of_the_toolstacks_own_are_remembered_apart),
	KUNIT_CASE(a_stock_suspend_that_serves_a_request_is_the_requests),
	KUNIT_CASE(what_an_attempt_has_left_is_not_counted_again),
	KUNIT_CASE(each_attempt_is_traced_from_its_beginning_to_its_end),
	{}
};

struct kunit_suite story_suite = {
	.name = "story",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = story_cases,
};
