// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the fakes themselves, where they follow the kernel: in which order it
 * calls a device for each kind of suspend and sleep, in which thread, and what
 * becomes of CPU 0's tick.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/string.h>

#include "../module/compat.h"
#include "fake-module.h"
#include "suites.h"

/* --- a device that notes what it is called for --- */

static char noted[32];
static char in_thread[TASK_COMM_LEN];
static int resumed_for;		/* PM_EVENT_... of the last dpm_resume */
static bool kthreads_frozen;

static int note(char letter)
{
	size_t len = strlen(noted);

	noted[len] = letter;
	noted[len + 1] = '\0';
	strscpy(in_thread, current->comm, sizeof(in_thread));
	return 0;
}

static int prepare(struct device *dev) { return note('p'); }
static int freeze(struct device *dev) { return note('F'); }
static int freeze_noirq(struct device *dev) { return note('f'); }
static int thaw(struct device *dev) { return note('T'); }
static int restore(struct device *dev) { return note('R'); }
static int suspend(struct device *dev) { return note('S'); }
static int suspend_late(struct device *dev) { return note('l'); }
static int suspend_noirq(struct device *dev) { return note('n'); }
static int resume_noirq(struct device *dev) { return note('N'); }
static int resume_early(struct device *dev) { return note('L'); }
static int resume(struct device *dev) { return note('U'); }

static void complete_device(struct device *dev) { note('c'); }

static const struct dev_pm_ops noting_ops = {
	.prepare = prepare,
	.freeze = freeze,
	.freeze_noirq = freeze_noirq,
	.thaw = thaw,
	.restore = restore,
	.suspend = suspend,
	.suspend_late = suspend_late,
	.suspend_noirq = suspend_noirq,
	.resume_noirq = resume_noirq,
	.resume_early = resume_early,
	.resume = resume,
	.complete = complete_device,
};

static struct platform_driver noting_driver = {
	.driver = { .name = "xen-suspend-noting", .pm = &noting_ops },
};

static void note_phase(void *data, const char *action, int val, bool start)
{
	if (!strcmp(action, "dpm_resume"))
		resumed_for = val;
}

static struct tracepoint *phases;

static void find_phases(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "suspend_resume"))
		phases = tp;
}

static void look_at_freezer(enum fake_point point)
{
	if (point == AT_PREPARED)
		kthreads_frozen = mutex_is_locked(&fake_freezer);
}

static struct platform_device *pdev;

static int fakes_setup(struct kunit *test)
{
	fake_setup(test);
	*noted = '\0';
	resumed_for = 0;
	kthreads_frozen = false;
	fake_suspend.at = look_at_freezer;
	fake_walk_tracepoints(find_phases, NULL);
	fake_probe_register(phases, note_phase, NULL);
	KUNIT_ASSERT_EQ(test, fake_platform_driver_register(&noting_driver), 0);
	pdev = fake_platform_device_alloc("xen-suspend-noting",
					  PLATFORM_DEVID_NONE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	return fake_platform_device_add(pdev);
}

static void fakes_teardown(struct kunit *test)
{
	platform_device_unregister(pdev);
	platform_driver_unregister(&noting_driver);
	fake_probe_unregister(phases, note_phase, NULL);
	fake_teardown(test);
}

/* --- do_suspend() --- */

static const struct way {
	const char *text;
	enum fake_end end;
	const char *calls;
	int event;
} ways[] = {
	{ "resumed in place", END_CANCELLED, "pFfTc", PM_EVENT_THAW },
	{ "restored", END_RESTORED, "pFfRc", PM_EVENT_RESTORE },
	{ "tasks do not freeze", END_TASKS, "", 0 },
	{ "another device refuses .prepare", END_PREPARE, "", PM_EVENT_RESTORE },
	{ "after ours", END_PREPARE_AFTER, "pc", PM_EVENT_RESTORE },
	{ "another refuses .freeze", END_PREPARED, "pc", PM_EVENT_RESTORE },
	{ "after ours", END_FROZEN, "pFRc", PM_EVENT_RESTORE },
	{ "another refuses to the last", END_LATE, "pFfRc", PM_EVENT_RESTORE },
	{ "a syscore callback refuses", END_SYSCORE, "pFfTc", PM_EVENT_THAW },
};

static void way_desc(const struct way *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_desc);

static void do_suspend_has_these_ways_out(struct kunit *test)
{
	const struct way *row = test->param_value;

	fake_suspend.end = row->end;
	fake_do_suspend();
	KUNIT_EXPECT_STREQ(test, noted, row->calls);
	KUNIT_EXPECT_EQ(test, resumed_for, row->event);
	if (*noted)
		KUNIT_EXPECT_STREQ(test, in_thread, "xenwatch");
	KUNIT_EXPECT_NE(test, strcmp(current->comm, "xenwatch"), 0);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls,
			row->end == END_CANCELLED || row->end == END_RESTORED);
}

static void what_is_uninitialised_may_say_thaw(struct kunit *test)
{
	fake_suspend.uninitialised = PM_EVENT_THAW;
	fake_suspend.end = END_FROZEN;
	fake_do_suspend();
	KUNIT_EXPECT_STREQ(test, noted, "pFTc");
	KUNIT_EXPECT_EQ(test, resumed_for, PM_EVENT_THAW);
}

static void some_kernels_call_suspend_and_resume(struct kunit *test)
{
	fake_suspend.by_suspend = true;
	fake_suspend.end = END_RESTORED;
	fake_do_suspend();
	KUNIT_EXPECT_STREQ(test, noted, "pSlnNLUc");
	KUNIT_EXPECT_EQ(test, resumed_for, PM_EVENT_RESUME);
}

static void wake_up_early(enum fake_point point)
{
	if (point == AT_PREPARED)
		fake_pm_system_wakeup();
}

static void a_wake_up_stops_devices_before_ours(struct kunit *test)
{
	fake_suspend.at = wake_up_early;
	fake_do_suspend();
	KUNIT_EXPECT_STREQ(test, noted, "pc");
	KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, 1);
}

/* --- the tick --- */

static bool refuse, start_tick;

static int tail_suspend(XEN_SUSPEND_SYSCORE_ARG)
{
	static bool nested;

	if (!refuse || nested)
		return 0;
	nested = true;
	if (start_tick && !fake_syscore_suspend())
		fake_syscore_resume();
	nested = false;
	return -ETIME;
}

static void tail_resume(XEN_SUSPEND_SYSCORE_ARG)
{
}

XEN_SUSPEND_DEFINE_SYSCORE(tail, tail_suspend, tail_resume);

static void refusing_first_leaves_cpu_0_without_its_tick(struct kunit *test)
{
	struct list_head *last = fake_syscore_list.prev;

	fake_register_syscore(&tail);
	KUNIT_EXPECT_PTR_EQ(test, tail.node.prev, last);
	refuse = true;
	start_tick = false;
	fake_do_suspend();
	KUNIT_EXPECT_STREQ(test, noted, "pFfTc");
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ETIME);
	KUNIT_EXPECT_EQ(test, fake_kernel.ticks_lost, 1);
	/* and a round through all of them starts it again */
	start_tick = true;
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ETIME);
	KUNIT_EXPECT_EQ(test, fake_kernel.ticks_lost, 1);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	fake_kernel.ticks_lost = 0;
	fake_unregister_syscore(&tail);
}

static void wake_up_late(enum fake_point point)
{
	if (point == AT_STOPPED)
		fake_pm_system_wakeup();
}

static void so_does_a_wake_up_after_devices_are_suspended(struct kunit *test)
{
	fake_suspend.at = wake_up_late;
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_kernel.ticks_lost, 1);
	fake_kernel.ticks_lost = 0;
}

/* --- the guest's own sleeps --- */

static const struct sleep {
	enum fake_sleep kind;
	const char *calls;
	int event;
} sleeps[] = {
	{ SLEEP_IDLE, "pSlnNLUc", PM_EVENT_RESUME },
	{ SLEEP_IDLE_TEST, "pSUc", PM_EVENT_RESUME },
	{ SLEEP_SNAPSHOT, "pFfTc", PM_EVENT_THAW },
	{ SLEEP_SNAPSHOT_REFUSED, "pFRc", PM_EVENT_RESTORE },
	{ SLEEP_SNAPSHOT_TEST, "pFRc", PM_EVENT_RESTORE },
	{ SLEEP_SNAPSHOT_CORE, "pFfRc", PM_EVENT_RESTORE },
	{ SLEEP_KEXEC_JUMP, "pFfRc", PM_EVENT_RESTORE },
};

static void sleep_desc(const struct sleep *row, char *desc)
{
	strscpy(desc, fake_sleep_name(row->kind), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sleep, sleeps, sleep_desc);

static void each_sleep_calls_a_device_like_this(struct kunit *test)
{
	const struct sleep *row = test->param_value;

	fake_sleep(row->kind);
	KUNIT_EXPECT_STREQ(test, noted, row->calls);
	KUNIT_EXPECT_EQ(test, resumed_for, row->event);
	KUNIT_EXPECT_STREQ(test, in_thread, "sh");
	KUNIT_EXPECT_EQ(test, kthreads_frozen, row->kind != SLEEP_KEXEC_JUMP);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	KUNIT_EXPECT_EQ(test, (int)fake_kernel.system_state, (int)SYSTEM_RUNNING);
	KUNIT_EXPECT_EQ(test, (int)fake_kernel.target_state, (int)PM_SUSPEND_ON);
}

static struct kunit_case fakes_cases[] = {
	KUNIT_CASE_PARAM(do_suspend_has_these_ways_out, way_gen_params),
	KUNIT_CASE(what_is_uninitialised_may_say_thaw),
	KUNIT_CASE(some_kernels_call_suspend_and_resume),
	KUNIT_CASE(a_wake_up_stops_devices_before_ours),
	KUNIT_CASE(refusing_first_leaves_cpu_0_without_its_tick),
	KUNIT_CASE(so_does_a_wake_up_after_devices_are_suspended),
	KUNIT_CASE_PARAM(each_sleep_calls_a_device_like_this, sleep_gen_params),
	{}
};

struct kunit_suite fakes_suite = {
	.name = "fakes",
	.init = fakes_setup,
	.exit = fakes_teardown,
	.test_cases = fakes_cases,
};
