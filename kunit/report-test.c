// SPDX-License-Identifier: GPL-2.0
/* Tests of module/report.c: the status node and uevents. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

#define NODE REPORT_DIR "/" REPORT_NODE

static void later(void)
{
	fake_pass(1000);
}

#define REFUSED "device " FAKE_DEVICE \
	" refused to suspend: see what its driver says in the kernel log"

#define EXPECT_NODE(test, text) \
	KUNIT_EXPECT_STREQ(test, fake_xen_text(NODE), text)

static void a_suspend_that_goes_well_writes_nothing_before_it_is_over(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	unsigned int writes = fake_xen.calls[FAKE_WRITE];
	int i;

	for (i = 0; i < 3; i++) {
		fake_request(xs);
		fake_service_step();
		KUNIT_EXPECT_EQ(test, fake_trace.delay, (unsigned long)HZ);
		fake_xenwatch_flush();
		fake_service_step();
		/* put off until no other has come for a second */
		KUNIT_EXPECT_EQ(test, fake_trace.delay, (unsigned long)HZ);
		KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes);
	}
	later();
	EXPECT_NODE(test, "resumed");
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes + 1);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 0);
}

static void one_that_takes_its_time_says_so(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_request(xs);
	fake_service_step();
	later();
	EXPECT_NODE(test, "suspending");
}

static void pass_a_second(enum fake_point point)
{
	if (point == AT_FROZEN)
		later();
}

/* A slow device; with a write under way the suspend would wait for xenstored. */
static void once_tasks_are_frozen_nothing_is_written(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	unsigned int writes = fake_xen.calls[FAKE_WRITE];

	fake_suspend.at = pass_a_second;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes);
	later();
	EXPECT_NODE(test, "resumed");
}

static const char *words;

static void note_word(enum fake_point point)
{
	if (point == AT_FROZEN) {
		fake_work_run();
		words = fake_xen_text(NODE);
	}
}

static unsigned long delay;

static void note_delay(enum fake_point point)
{
	if (point == AT_FROZEN)
		delay = fake_trace.delay;
}

static void one_that_is_tried_again_tells_its_whole_story(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_KTHREADS;
	fake_suspend.good_after = 2;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_trace.delay, 0UL);
	fake_work_run();
	EXPECT_NODE(test,
		    "retrying 1: a kernel thread or work queue refused to freeze: the kernel log names it");
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	fake_work_run();
	EXPECT_NODE(test,
		    "retrying 2: a kernel thread or work queue refused to freeze: the kernel log names it");
	/* the last word before the hypercall */
	fake_suspend.at = note_word;
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	KUNIT_EXPECT_STREQ(test, words ?: "(none)", "suspended");
	KUNIT_EXPECT_EQ(test, fake_trace.delay, (unsigned long)HZ);
	later();
	EXPECT_NODE(test, "resumed");
	/* it went well in the end: no uevent */
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 0);
	words = NULL;
	/* the next is none in trouble: nothing is due before it is over */
	fake_suspend.at = note_delay;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, delay, (unsigned long)HZ);
}

static void a_failure_is_told_at_once_to_both(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_FROZEN;
	fake_suspend.device_err = -EIO;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_trace.delay, 0UL);
	fake_work_run();
	EXPECT_NODE(test, "failed 5: " REFUSED);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
	KUNIT_EXPECT_STREQ(test, fake_trace.uevent,
			   "XEN_SUSPEND=failed\n"
			   "XEN_SUSPEND_ERROR=-5\n"
			   "XEN_SUSPEND_REASON=device\n"
			   "XEN_SUSPEND_TEXT=" REFUSED "\n");
	/* once, whatever else there is to tell */
	fake_suspend.end = END_CANCELLED;
	fake_request(xs);
	fake_try(xs);
	later();
	EXPECT_NODE(test, "resumed");
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
}

static void a_failure_is_told_however_quickly_requests_come(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_FROZEN;
	fake_suspend.device_err = -EIO;
	fake_suspend.good_after = 1;
	fake_request(xs);
	fake_try(xs);
	/* before the work had its turn */
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
	KUNIT_EXPECT_EQ(test, fake_trace.delay, 0UL);
	fake_work_run();
	EXPECT_NODE(test, "failed 5: " REFUSED);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
	/* and what is due later comes later */
	KUNIT_EXPECT_GT(test, fake_trace.delay, 0UL);
	later();
	EXPECT_NODE(test, "resumed");
}

static void a_request_that_is_dropped_is_told_too(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	WRITE_ONCE(xs->lifecycle.going_down, true);
	fake_request(xs);
	fake_try(xs);
	fake_work_run();
	EXPECT_NODE(test, "failed 108: the guest is powering off or rebooting");
	KUNIT_EXPECT_TRUE(test, !!strstr(fake_trace.uevent,
					 "XEN_SUSPEND_REASON=shutdown\n"));
}

static void a_failed_suspend_of_manage_c_is_told_too(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_suspend.end = END_KTHREADS;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	fake_service_step();
	fake_work_run();
	EXPECT_NODE(test,
		    "failed 16: a kernel thread or work queue refused to freeze: the kernel log names it");
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
}

static void fail(struct kunit *test, struct xen_suspend *xs)
{
	fake_suspend.end = END_FROZEN;
	fake_suspend.device_err = -EIO;
	fake_request(xs);
	fake_try(xs);
	fake_work_run();
}

static void where_the_node_is_not_ours_nothing_is_written(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	unsigned int writes;

	fake_xen_put("data", "", FAKE_RO);
	fail(test, xs);
	writes = fake_xen.calls[FAKE_WRITE];
	fail(test, xs);
	EXPECT_NODE(test, "(none)");
	/* tried once in a domain */
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], writes);
	/* the guest's own monitoring is told all the same */
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 2);
	KUNIT_EXPECT_TRUE(test, strstarts(fake_sysfs(test, "last_error"),
					  "-5 device"));
}

static void in_a_new_domain_it_is_tried_again(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_put("data", "", FAKE_RO);
	fail(test, xs);
	fake_suspend.end = END_RESTORED;
	fake_suspend.layout = LAYOUT_DEFAULT;
	fake_request(xs);
	fake_try(xs);
	EXPECT_NODE(test, "(none)");
	later();
	EXPECT_NODE(test, "resumed");
}

static void unloading_takes_the_node_away(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fail(test, xs);
	report_exit(&xs->report);
	EXPECT_NODE(test, "(none)");
	/* and leaves one alone that it has not written */
	fake_xen_put(NODE, "somebody's", FAKE_RW);
	report_exit(&xs->report);
	EXPECT_NODE(test, "somebody's");
}

static void what_was_written_before_a_restore_is_not_taken_away_after_it(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fail(test, xs);
	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	fake_try(xs);
	fake_xen_put(NODE, "somebody's", FAKE_RW);
	report_exit(&xs->report);
	EXPECT_NODE(test, "somebody's");
}

static void a_failure_takes_the_place_of_what_was_due_later(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	/* Before .prepare, where what is due later is forgotten as well */
	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_try(xs);
	fake_work_run();
	KUNIT_EXPECT_TRUE(test, strstarts(fake_xen_text(NODE), "failed 16: "));
	later();
	KUNIT_EXPECT_TRUE(test, strstarts(fake_xen_text(NODE), "failed 16: "));
}

static void what_is_due_later_is_not_told_once_it_is_gone(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, fake_trace.work);
	fake_unload(test);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_trace.work, NULL);
	EXPECT_NODE(test, "(none)");
}

static void what_is_due_is_told_before_unloading(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 0);
	report_flush(&xs->report);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(a_suspend_that_goes_well_writes_nothing_before_it_is_over),
	KUNIT_CASE(one_that_takes_its_time_says_so),
	KUNIT_CASE(once_tasks_are_frozen_nothing_is_written),
	KUNIT_CASE(one_that_is_tried_again_tells_its_whole_story),
	KUNIT_CASE(a_failure_is_told_at_once_to_both),
	KUNIT_CASE(a_failure_is_told_however_quickly_requests_come),
	KUNIT_CASE(a_request_that_is_dropped_is_told_too),
	KUNIT_CASE(a_failed_suspend_of_manage_c_is_told_too),
	KUNIT_CASE(where_the_node_is_not_ours_nothing_is_written),
	KUNIT_CASE(in_a_new_domain_it_is_tried_again),
	KUNIT_CASE(unloading_takes_the_node_away),
	KUNIT_CASE(what_was_written_before_a_restore_is_not_taken_away_after_it),
	KUNIT_CASE(a_failure_takes_the_place_of_what_was_due_later),
	KUNIT_CASE(what_is_due_later_is_not_told_once_it_is_gone),
	KUNIT_CASE(what_is_due_is_told_before_unloading),
	{}
};

struct kunit_suite report_suite = {
	.name = "report",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = report_cases,
};
