// SPDX-License-Identifier: GPL-2.0
/* Tests of module/status.c: what sysfs shows. */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/platform_device.h>
#include <linux/string.h>

#include "../module/status.h"
#include "fake-module.h"
#include "suites.h"

static void every_file_of_the_design_is_there_and_no_other(struct kunit *test)
{
	static const char * const names[] = {
		"mode", "state", "event_channel", "held_event_channel",
		"trigger", "requests",
		"suspends", "cancelled", "failures", "retries", "coalesced",
		"spurious", "stock_suspends", "negotiations", "replacements",
		"last_error",
		"last_signal_us", "last_suspend_us",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test,
					     xen_suspend_groups[0]->attrs[i]);
		KUNIT_EXPECT_STREQ(test, xen_suspend_groups[0]->attrs[i]->name,
				   names[i]);
		KUNIT_EXPECT_EQ(test, xen_suspend_groups[0]->attrs[i]->mode,
				(umode_t)0444);
	}
	KUNIT_EXPECT_PTR_EQ(test, (void *)xen_suspend_groups[0]->attrs[i], NULL);
}

static void every_failure_has_its_file(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	char path[40], text[16];
	int i;

	for (i = 0; i < FAILURES; i++) {
		atomic_long_set(&xs->verdict.failed.by[i], 100 + i);
		atomic_long_set(&xs->verdict.stock_failed.by[i], 200 + i);
	}
	for (i = 0; i < FAILURES; i++) {
		snprintf(path, sizeof(path), "failed/%s", failure_name(i));
		snprintf(text, sizeof(text), "%d\n", 100 + i);
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, path), text);
	}
	EXPECT_SYSFS(test, "stock_failed/tasks", "200");
	EXPECT_SYSFS(test, "stock_failed/kernel_threads", "201");
	EXPECT_SYSFS(test, "stock_failed/device", "204");
	EXPECT_SYSFS(test, "stock_failed/system", "205");
}

static void each_file_shows_its_own_value(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_COMPAT, TRIGGER_XENSTORE);
	struct handshake *hs = &xs->handshake;

	hs->ports[0].requests = 4;
	hs->ports[1].requests = 7;
	hs->ports[1].coalesced = 12;
	hs->ports[0].spurious = ULONG_MAX;
	atomic_long_set(&hs->suspends, 13);
	atomic_long_set(&hs->cancelled, 14);
	atomic_long_set(&hs->failures, 15);
	hs->last_signal_us = 16;
	hs->last_suspend_us = 17;
	xs->offer.negotiations = 18;
	xs->verdict.retry.total = 19;
	atomic_long_set(&xs->verdict.stock_suspends, 20);
	xs->offer.replacements = 21;
	EXPECT_SYSFS(test, "mode", "compat");
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "event_channel", "7");
	EXPECT_SYSFS(test, "trigger", "xenstore");
	EXPECT_SYSFS(test, "requests", "11");
	EXPECT_SYSFS(test, "coalesced", "12");
	EXPECT_SYSFS(test, "spurious", "18446744073709551615");
	EXPECT_SYSFS(test, "suspends", "13");
	EXPECT_SYSFS(test, "cancelled", "14");
	EXPECT_SYSFS(test, "failures", "15");
	EXPECT_SYSFS(test, "last_signal_us", "16");
	EXPECT_SYSFS(test, "last_suspend_us", "17");
	EXPECT_SYSFS(test, "negotiations", "18");
	EXPECT_SYSFS(test, "retries", "19");
	EXPECT_SYSFS(test, "stock_suspends", "20");
	EXPECT_SYSFS(test, "replacements", "21");
	EXPECT_SYSFS(test, "held_event_channel", "");
	EXPECT_SYSFS(test, "last_error", "0");
}

static const char *error(struct kunit *test, struct errors *errors)
{
	char *page = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	page = PTR_ALIGN(page, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, errors_show(errors, page),
			(ssize_t)strlen(page));
	return page;
}

static void the_last_error_is_the_one_shown(struct kunit *test)
{
	struct errors *errors = &xen_suspend_instance.errors;

	KUNIT_EXPECT_STREQ(test, error(test, errors), "0\n");
	errors_note(errors, ERROR_SUSPEND, -EBUSY, "a %s", "reason");
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-16 a reason\n");
	errors_note(errors, ERROR_TRIGGER, -EIO, "another");
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-5 another\n");
	errors_note(errors, ERROR_SUSPEND, -ENOENT, "a third");
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-2 a third\n");
}

static void a_success_clears_its_own_error_only(struct kunit *test)
{
	struct errors *errors = &xen_suspend_instance.errors;

	errors_note(errors, ERROR_TRIGGER, -EIO, "trigger");
	errors_note(errors, ERROR_SUSPEND, -EBUSY, "suspend");
	errors_clear(errors, ERROR_NEGOTIATE);
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-16 suspend\n");
	errors_clear(errors, ERROR_SUSPEND);
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-5 trigger\n");
	errors_clear(errors, ERROR_TRIGGER);
	KUNIT_EXPECT_STREQ(test, error(test, errors), "0\n");
}

static void the_order_of_errors_survives_their_number_wrapping(struct kunit *test)
{
	struct errors *errors = &xen_suspend_instance.errors;

	errors->stamp = UINT_MAX - 1;
	errors_note(errors, ERROR_SUSPEND, -EIO, "older");
	errors_note(errors, ERROR_TRIGGER, -EBUSY, "newer");
	KUNIT_EXPECT_EQ(test, errors->stamp, 0U);
	KUNIT_EXPECT_STREQ(test, error(test, errors), "-16 newer\n");
}

static void a_long_reason_is_cut_not_spilled(struct kunit *test)
{
	struct errors *errors = &xen_suspend_instance.errors;
	char *reason = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	const char *shown;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, reason);
	memset(reason, 'x', PAGE_SIZE - 1);
	errors_note(errors, ERROR_SUSPEND, -EIO, "%s", reason);
	shown = error(test, errors);
	KUNIT_EXPECT_EQ(test, strlen(shown),
			strlen("-5 ") + ERROR_REASON_SIZE - 1 + 1);
	KUNIT_EXPECT_EQ(test, shown[strlen(shown) - 1], '\n');
}

static void who_polls_the_state_is_woken(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int before = fake_kernel.notified;

	report_state(&xs->report);
	KUNIT_EXPECT_EQ(test, fake_kernel.notified, before + 1);
	fake_request(xs);
	before = fake_kernel.notified;
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_GT(test, fake_kernel.notified, before);
}

static void who_polls_the_state_is_woken_by_a_release(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int before = fake_kernel.notified;

	jobs_ask(&xs->jobs, JOB_RELEASE);
	fake_service_step();
	EXPECT_STATE(test, xs, "disarmed");
	KUNIT_EXPECT_GT(test, fake_kernel.notified, before);
}

static void without_a_device_nobody_is_told(struct kunit *test)
{
	struct report report = {};

	report_state(&report);
	KUNIT_EXPECT_EQ(test, fake_kernel.notified, 0);
}

static struct kunit_case status_cases[] = {
	KUNIT_CASE(every_file_of_the_design_is_there_and_no_other),
	KUNIT_CASE(every_failure_has_its_file),
	KUNIT_CASE(each_file_shows_its_own_value),
	KUNIT_CASE(the_last_error_is_the_one_shown),
	KUNIT_CASE(a_success_clears_its_own_error_only),
	KUNIT_CASE(the_order_of_errors_survives_their_number_wrapping),
	KUNIT_CASE(a_long_reason_is_cut_not_spilled),
	KUNIT_CASE(who_polls_the_state_is_woken),
	KUNIT_CASE(who_polls_the_state_is_woken_by_a_release),
	KUNIT_CASE(without_a_device_nobody_is_told),
	{}
};

struct kunit_suite status_suite = {
	.name = "status",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = status_cases,
};
