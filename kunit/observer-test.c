// SPDX-License-Identifier: GPL-2.0
/* Tests of module/observer.c: what tracepoints tell of a suspend. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/freezer.h>
#include <linux/pm.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

/* compat.h's own, by the fake that the module's sources have */
#define freezing(task) fake_freezing(task)
#include "../module/compat.h"

static struct failure_facts facts(void)
{
	struct failure_facts found = {};

	observer_tell(&xen_suspend_instance.attempt.observer, &found);
	return found;
}

static void the_first_error_of_a_device_is_kept(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_trace_refuse("dpm_suspend", 0);
	fake_trace_refuse("dpm_suspend", 1);
	KUNIT_EXPECT_EQ(test, facts().device_err, 0);
	fake_trace_refuse("dpm_suspend_late", -EBUSY);
	fake_trace_refuse("dpm_suspend_noirq", -EIO);
	KUNIT_EXPECT_EQ(test, facts().device_err, -EBUSY);
	KUNIT_EXPECT_STREQ(test, facts().device, FAKE_DEVICE);
}

static void a_device_left_out_is_none_that_refused(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_trace_refuse("dpm_prepare", -EAGAIN);
	KUNIT_EXPECT_EQ(test, facts().device_err, 0);
	fake_trace_refuse("dpm_suspend", -EAGAIN);
	KUNIT_EXPECT_EQ(test, facts().device_err, -EAGAIN);
}

static void a_device_that_does_not_wake_up_has_not_refused(struct kunit *test)
{
	static const char * const phases[] = {
		"dpm_resume_noirq", "dpm_resume_early", "dpm_resume",
		"dpm_complete", "machine_suspend",
	};
	int i;

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	for (i = 0; i < ARRAY_SIZE(phases); i++)
		fake_trace_refuse(phases[i], -EIO);
	fake_trace_device(-EIO);
	KUNIT_EXPECT_EQ(test, facts().device_err, 0);
}

static void tasks_are_looked_at_when_the_freezer_gives_up(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_TASKS;
	fake_trace.refusing = 2;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	/* pid 1 and, at the least, who loads this module */
	KUNIT_EXPECT_TRUE_MSG(test,
			      !!strstr(fake_sysfs(test, "last_error"),
				       "tasks refused to freeze"),
			      "%s", fake_sysfs(test, "last_error"));
	/* and forgotten for the next */
	KUNIT_EXPECT_EQ(test, facts().tasks, 0);
	KUNIT_EXPECT_FALSE(test, facts().thawed);
}

static void other_peoples_thawing_is_none_of_ours(struct kunit *test)
{
	char name[TASK_COMM_LEN];

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_rename_current("sh", name);
	fake_trace.refusing = 1;
	fake_trace_phase("thaw_processes", 0, true);
	fake_trace_phase("thaw_processes", 0, false);
	fake_rename_current(name, NULL);
	KUNIT_EXPECT_FALSE(test, facts().thawed);
	KUNIT_EXPECT_EQ(test, facts().tasks, 0);
	EXPECT_SYSFS(test, "stock_failed/tasks", "0");
}

static void after_a_suspend_that_went_well_tasks_are_not_looked_at(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_trace.refusing = 2;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	KUNIT_EXPECT_EQ(test, facts().tasks, 0);
	EXPECT_SYSFS(test, "stock_failed/tasks", "0");
}

static const struct lack {
	const char *text;
	const char *missing;
	int fail_at;
} lacks[] = {
	{ "no tracepoint of devices", "device_pm_callback_end", 0 },
	{ "no tracepoint of suspends", "suspend_resume", 0 },
	{ "the first probe is refused", NULL, 1 },
	{ "the second probe is refused", NULL, 2 },
};

static void lack_desc(const struct lack *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lack, lacks, lack_desc);

static void without_one_of_them_nothing_is_watched_and_nothing_left(struct kunit *test)
{
	const struct lack *row = test->param_value;

	fake_trace.missing = row->missing;
	fake_trace.fail_at = row->fail_at;
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	KUNIT_EXPECT_FALSE(test, facts().watched);
	KUNIT_EXPECT_EQ(test, fake_trace.probes, 0);
}

/* The guest's own sleeps pass the same tracepoints. */
static void another_threads_suspend_is_not_watched(struct kunit *test)
{
	char name[TASK_COMM_LEN];

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_rename_current("sh", name);
	fake_trace_refuse("dpm_suspend", -EIO);
	fake_trace_phase("dpm_resume", PM_EVENT_RESTORE, true);
	fake_rename_current(name, NULL);
	KUNIT_EXPECT_EQ(test, facts().device_err, 0);
	KUNIT_EXPECT_FALSE(test, facts().lied);
}

static void a_restore_is_a_lie_only_if_a_device_was_suspended(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_trace_refuse("dpm_suspend", -EIO);
	fake_trace_phase("dpm_resume", PM_EVENT_RESTORE, true);
	KUNIT_EXPECT_FALSE(test, facts().lied);
	fake_trace_refuse("dpm_suspend", 0);
	fake_trace_phase("dpm_resume", PM_EVENT_THAW, true);
	KUNIT_EXPECT_FALSE(test, facts().lied);
	fake_trace_phase("dpm_resume", PM_EVENT_RESTORE, true);
	KUNIT_EXPECT_TRUE(test, facts().lied);
}

static char own_name[TASK_COMM_LEN];

/* The thread whose suspends are watched */
static int observer_setup(struct kunit *test)
{
	fake_rename_current("xenwatch", own_name);
	return fake_setup(test);
}

static void observer_teardown(struct kunit *test)
{
	fake_teardown(test);
	fake_rename_current(own_name, NULL);
}

static void a_device_that_is_only_prepared_is_not_suspended(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_trace_refuse("dpm_prepare", 0);
	fake_trace_phase("dpm_resume", PM_EVENT_RESTORE, true);
	KUNIT_EXPECT_FALSE(test, facts().lied);
}

/* As freeze_task() decides. */
static void who_is_frozen_does_not_resist(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	task->pid = 1;
	fake_trace.refusing = 1;
	task->__state = TASK_INTERRUPTIBLE;
	KUNIT_EXPECT_TRUE(test, xen_suspend_resists_freezing(task));
	task->__state = TASK_FROZEN;
	KUNIT_EXPECT_FALSE(test, xen_suspend_resists_freezing(task));
	/* nor does whom the freezer does not want */
	fake_trace.refusing = 0;
	task->__state = TASK_INTERRUPTIBLE;
	KUNIT_EXPECT_FALSE(test, xen_suspend_resists_freezing(task));
}

static struct kunit_case observer_cases[] = {
	KUNIT_CASE(another_threads_suspend_is_not_watched),
	KUNIT_CASE(a_restore_is_a_lie_only_if_a_device_was_suspended),
	KUNIT_CASE(the_first_error_of_a_device_is_kept),
	KUNIT_CASE(a_device_left_out_is_none_that_refused),
	KUNIT_CASE(a_device_that_does_not_wake_up_has_not_refused),
	KUNIT_CASE(tasks_are_looked_at_when_the_freezer_gives_up),
	KUNIT_CASE(other_peoples_thawing_is_none_of_ours),
	KUNIT_CASE(after_a_suspend_that_went_well_tasks_are_not_looked_at),
	KUNIT_CASE_PARAM(without_one_of_them_nothing_is_watched_and_nothing_left,
			 lack_gen_params),
	KUNIT_CASE(a_device_that_is_only_prepared_is_not_suspended),
	KUNIT_CASE(who_is_frozen_does_not_resist),
	{}
};

struct kunit_suite observer_suite = {
	.name = "observer",
	.init = observer_setup,
	.exit = observer_teardown,
	.test_cases = observer_cases,
};
