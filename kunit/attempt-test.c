// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/attempt.c: every way out of a suspend, and what becomes of its
 * request.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/pm.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

static const struct ending {
	const char *text;
	enum fake_end end;
	int device_err;
	const char *reason;		/* in failed/ and stock_failed/ */
	int err;
	const char *says;
	bool seen;			/* also of a suspend of manage.c's own */
	bool passes;
} endings[] = {
	{ "another transition", END_LOCKED, 0, "transition", -EBUSY,
	  "another power transition is under way", false, true },
	{ "helpers do not end", END_HELPERS, 0, "helpers", -EAGAIN,
	  "a program that the kernel has started does not end", false, true },
	{ "tasks do not freeze", END_TASKS, 0, "tasks", -EBUSY,
	  "1 task refused to freeze: the kernel log names it", true, true },
	{ "kernel threads do not freeze", END_KTHREADS, 0, "kernel_threads",
	  -EBUSY, "a kernel thread or work queue refused", true, true },
	{ "a device fails in prepare", END_PREPARE, -EBUSY, "device", -EBUSY,
	  "device " FAKE_DEVICE " refused to suspend", true, true },
	{ "a device fails before ours", END_PREPARED, -ENOMEM, "device",
	  -ENOMEM, "device " FAKE_DEVICE " refused to suspend", true, true },
	{ "a device fails after ours", END_FROZEN, -EIO, "device", -EIO,
	  "device " FAKE_DEVICE " refused to suspend", true, false },
	{ "a device fails in prepare after ours", END_PREPARE_AFTER, -EBUSY,
	  "device", -EBUSY, "device " FAKE_DEVICE " refused to suspend", true, true },
	/* others were frozen, and are told of a restore */
	{ "a device is busy after ours", END_FROZEN, -EBUSY, "device", -EBUSY,
	  "device " FAKE_DEVICE " refused to suspend", true, false },
	{ "a device fails late", END_LATE, -ETIMEDOUT, "device", -ETIMEDOUT,
	  "device " FAKE_DEVICE " refused to suspend", true, false },
	{ "the system core fails", END_SYSCORE, 0, "system", -EBUSY,
	  "the system core refused to suspend", true, true },
};

static void ending_desc(const struct ending *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ending, endings, ending_desc);

static const char *file(struct kunit *test, const char *dir, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fake_sysfs(test, path);
}

static void expect_error(struct kunit *test, const struct ending *row)
{
	const char *shown = fake_sysfs(test, "last_error");
	char err[16];

	snprintf(err, sizeof(err), "%d ", row->err);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(shown, err), "%s", shown);
	KUNIT_EXPECT_TRUE_MSG(test, !!strstr(shown, row->says), "%s", shown);
}

static struct xen_suspend *load(struct kunit *test, enum trigger_kind trigger,
				const struct ending *row)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, trigger);

	/* A guest that has run for longer than any of it takes. */
	fake_kernel.clock_ns = 1000 * NSEC_PER_SEC;
	fake_suspend.end = row->end;
	fake_suspend.device_err = row->device_err;
	return xs;
}

static void every_way_out_ends_armed_with_the_same_port(struct kunit *test)
{
	const struct ending *row = test->param_value;
	enum trigger_kind trigger;

	for (trigger = TRIGGER_XENSTORE; trigger <= TRIGGER_DIRECT; trigger++) {
		struct xen_suspend *xs;
		char count[] = "0\n";
		int i;

		fake_teardown(test);
		fake_setup(test);
		xs = load(test, trigger, row);
		/* twice: the first leaves nothing behind for the second */
		for (i = 0; i < 2; i++) {
			fake_request(xs);
			fake_try(xs);
			count[0]++;
			EXPECT_SYSFS(test, "state", "armed");
			EXPECT_SYSFS(test, "event_channel", "7");
			KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
			EXPECT_SYSFS(test, "suspends", "0");
			EXPECT_SYSFS(test, "retries", "0");
			KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "failures"),
					   count);
			KUNIT_EXPECT_STREQ(test, file(test, "failed", row->reason),
					   count);
			expect_error(test, row);
			EXPECT_SYSFS(test, "negotiations", "1");
		}
		/* and a success clears it */
		fake_suspend.end = END_CANCELLED;
		fake_request(xs);
		fake_try(xs);
		EXPECT_SYSFS(test, "suspends", "1");
		EXPECT_SYSFS(test, "cancelled", "1");
		EXPECT_SYSFS(test, "stock_suspends", "0");
		EXPECT_SYSFS(test, "last_error", "0");
	}
}

static void a_suspend_of_manage_c_that_fails_is_counted_apart(struct kunit *test)
{
	const struct ending *row = test->param_value;
	static const enum fake_layout layouts[] = { LAYOUT_DEFAULT, LAYOUT_NOTHING };
	int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, layouts[i], TRIGGER_DIRECT);
		errors_clear(&xs->errors, ERROR_NEGOTIATE);
		fake_set_parameter("retry_ms", "250");
		fake_suspend.end = row->end;
		fake_suspend.device_err = row->device_err;
		fake_xenwatch_manage();
		fake_xenwatch_flush();
		fake_service_step();
		EXPECT_STATE(test, xs, i ? "disarmed" : "armed");
		EXPECT_SYSFS(test, "suspends", "0");
		EXPECT_SYSFS(test, "failures", "0");
		EXPECT_SYSFS(test, "retries", "0");
		KUNIT_EXPECT_STREQ(test, file(test, "failed", row->reason), "0\n");
		if (!row->seen)
			continue;
		KUNIT_EXPECT_STREQ(test, file(test, "stock_failed", row->reason),
				   "1\n");
		expect_error(test, row);
		/* nobody's request: nothing to try again */
		KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
		fake_suspend.end = END_CANCELLED;
		fake_xenwatch_manage();
		fake_xenwatch_flush();
		EXPECT_SYSFS(test, "stock_suspends", "1");
		EXPECT_SYSFS(test, "last_error", "0");
	}
}

static void what_may_pass_is_tried_again_and_is_one_suspend(struct kunit *test)
{
	const struct ending *row = test->param_value;
	enum trigger_kind trigger;

	for (trigger = TRIGGER_XENSTORE; trigger <= TRIGGER_DIRECT; trigger++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = load(test, trigger, row);
		fake_set_parameter("retry_ms", "250");
		fake_suspend.good_after = 1;
		fake_request(xs);
		fake_try(xs);
		EXPECT_STATE(test, xs, row->passes ? "requested" : "armed");
		if (row->end == END_FROZEN || row->end == END_LATE)
			KUNIT_EXPECT_TRUE(test, !!strstr(fake_sysfs(test, "last_error"),
							 "not trying again"));
		KUNIT_EXPECT_EQ(test, atomic_long_read(&xs->handshake.failures),
				row->passes ? 0L : 1L);
		KUNIT_EXPECT_STREQ(test, file(test, "failed", row->reason), "1\n");
		expect_error(test, row);
		if (!row->passes)
			continue;
		EXPECT_SYSFS(test, "retries", "1");
		/* not before the pause is over */
		KUNIT_EXPECT_GT(test, fake_service_step(), 0L);
		fake_xenwatch_flush();
		KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
		xs->service.next_try = fake_kernel.jiffies;
		fake_try(xs);
		EXPECT_SYSFS(test, "state", "armed");
		EXPECT_SYSFS(test, "requests", "1");
		EXPECT_SYSFS(test, "suspends", "1");
		EXPECT_SYSFS(test, "failures", "0");
		EXPECT_SYSFS(test, "retries", "1");
		EXPECT_SYSFS(test, "last_error", "0");
		/* and that was all */
		fake_service_step();
		fake_xenwatch_flush();
		KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	}
}

static void without_tracepoints_it_fails_and_is_tried_again_or_not_as_well(struct kunit *test)
{
	const struct ending *row = test->param_value;
	bool lied = row->end == END_FROZEN || row->end == END_LATE;
	enum trigger_kind trigger;

	/* Nobody can tell then that the hypercall was not made. */
	if (row->end == END_SYSCORE)
		kunit_skip(test, "needs tracepoints");
	for (trigger = TRIGGER_XENSTORE; trigger <= TRIGGER_DIRECT; trigger++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		fake_trace.missing = "suspend_resume";
		xs = load(test, trigger, row);
		fake_request(xs);
		fake_try(xs);
		EXPECT_STATE(test, xs, "armed");
		EXPECT_SYSFS(test, "failures", "1");
		KUNIT_EXPECT_TRUE(test, strstarts(fake_sysfs(test, "last_error"),
						  "-16 "));
		/* of what went before nothing is left */
		fake_set_parameter("retry_ms", "250");
		fake_suspend.good_after = 2;
		fake_request(xs);
		fake_try(xs);
		if (lied) {
			EXPECT_STATE(test, xs, "armed");
			continue;
		}
		EXPECT_STATE(test, xs, "requested");
		xs->service.next_try = fake_kernel.jiffies;
		fake_try(xs);
		EXPECT_SYSFS(test, "suspends", "1");
	}
}

/* What si.cancelled happens to hold: devices thaw, and may refuse again. */
static void a_refusal_that_devices_are_told_of_truly_is_tried_again(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.uninitialised = PM_EVENT_THAW;
	fake_suspend.end = END_FROZEN;
	fake_suspend.good_after = 1;
	fake_request(xs);
	fake_try(xs);
	EXPECT_STATE(test, xs, "requested");
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "failures", "0");
}

static void what_one_suspend_failed_of_is_not_the_next_ones(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	/* a device; and then manage.c's, of which nothing tells that it begins */
	fake_suspend.end = END_FROZEN;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "failed/device", "1");
	fake_suspend.end = END_SYSCORE;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "stock_failed/device", "0");
	EXPECT_SYSFS(test, "stock_failed/system", "1");
}

/* What manage.c meets; and then ours, which never comes to freezing anything. */
static void why_the_freezer_gave_up_is_not_the_next_ones_reason(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	int i;

	fake_kernel.clock_ns = NSEC_PER_SEC;
	for (i = 0; i < 2; i++) {
		fake_suspend.end = END_KTHREADS;
		if (i)
			fake_request(xs);
		else
			fake_xenwatch_manage();
		fake_xenwatch_flush();
		fake_try(xs);
		fake_suspend.end = END_LOCKED;
		fake_request(xs);
		fake_try(xs);
		KUNIT_EXPECT_EQ(test,
				atomic_long_read(&xs->verdict.failed.by[FAILURE_TRANSITION]),
				i + 1L);
	}
}

/* Of which a device told of a restore would be the end of trying again. */
static void devices_suspended_once_are_not_lied_to_the_next_time(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
	/* none is suspended this time, and none told of anything */
	fake_suspend.end = END_PREPARED;
	fake_request(xs);
	fake_try(xs);
	EXPECT_STATE(test, xs, "requested");
	EXPECT_SYSFS(test, "retries", "1");
}

static struct xen_suspend *suspended_once(struct kunit *test,
					  enum trigger_kind trigger)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, trigger);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
	return xs;
}

static void a_suspend_that_went_well_has_no_part_in_the_next_ones_reason(struct kunit *test)
{
	struct xen_suspend *xs = suspended_once(test, TRIGGER_XENSTORE);

	fake_suspend.end = END_LOCKED;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "failed/transition", "1");
}

/* Nor has the suspend before it. */
static void how_long_a_try_took_counts_from_asking_for_it(struct kunit *test)
{
	struct xen_suspend *xs = suspended_once(test, TRIGGER_DIRECT);

	fake_kernel.clock_ns = 30 * NSEC_PER_SEC;
	xs->trigger.kind = TRIGGER_XENSTORE;
	fake_suspend.end = END_LOCKED;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "failed/transition", "1");
}

static struct kunit_case attempt_cases[] = {
	KUNIT_CASE(a_suspend_that_went_well_has_no_part_in_the_next_ones_reason),
	KUNIT_CASE(how_long_a_try_took_counts_from_asking_for_it),
	KUNIT_CASE_PARAM(every_way_out_ends_armed_with_the_same_port,
			 ending_gen_params),
	KUNIT_CASE_PARAM(a_suspend_of_manage_c_that_fails_is_counted_apart,
			 ending_gen_params),
	KUNIT_CASE_PARAM(what_may_pass_is_tried_again_and_is_one_suspend,
			 ending_gen_params),
	KUNIT_CASE_PARAM(without_tracepoints_it_fails_and_is_tried_again_or_not_as_well,
			 ending_gen_params),
	KUNIT_CASE(a_refusal_that_devices_are_told_of_truly_is_tried_again),
	KUNIT_CASE(what_one_suspend_failed_of_is_not_the_next_ones),
	KUNIT_CASE(why_the_freezer_gave_up_is_not_the_next_ones_reason),
	KUNIT_CASE(devices_suspended_once_are_not_lied_to_the_next_time),
	{}
};

struct kunit_suite attempt_suite = {
	.name = "attempt",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = attempt_cases,
};
