// SPDX-License-Identifier: GPL-2.0
/* Tests of module/lifecycle.c: going down, and sleeping by its own will. */
#include <kunit/test.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "../module/lifecycle.h"
#include "fake-module.h"
#include "suites.h"

static void each_transition_of_its_own_is_a_sleep(struct kunit *test)
{
	static const unsigned long actions[][2] = {
		{ PM_SUSPEND_PREPARE, PM_POST_SUSPEND },
		{ PM_HIBERNATION_PREPARE, PM_POST_HIBERNATION },
		{ PM_RESTORE_PREPARE, PM_POST_RESTORE },
	};
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		KUNIT_EXPECT_FALSE(test, lifecycle_sleeps(&xs->lifecycle));
		fake_pm_notify(actions[i][0]);
		KUNIT_EXPECT_TRUE(test, lifecycle_sleeps(&xs->lifecycle));
		KUNIT_EXPECT_FALSE(test, jobs_asked(&xs->jobs, JOB_AWAKE));
		fake_pm_notify(actions[i][1]);
		KUNIT_EXPECT_FALSE(test, lifecycle_sleeps(&xs->lifecycle));
		KUNIT_EXPECT_TRUE(test, jobs_take(&xs->jobs, JOB_AWAKE));
	}
	KUNIT_EXPECT_FALSE(test, lifecycle_ends(&xs->lifecycle));
}

static void going_down_has_no_end(struct kunit *test)
{
	static const unsigned long actions[] = {
		SYS_RESTART, SYS_HALT, SYS_POWER_OFF };
	struct xen_suspend *xs;
	int i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		KUNIT_EXPECT_FALSE(test, lifecycle_ends(&xs->lifecycle));
		fake_reboot(actions[i]);
		KUNIT_EXPECT_TRUE(test, lifecycle_ends(&xs->lifecycle));
	}
}

static bool known_by_then;

static int note_end(struct notifier_block *nb, unsigned long action, void *data)
{
	known_by_then = lifecycle_ends(&xen_suspend_instance.lifecycle);
	return NOTIFY_DONE;
}

/* Its is as old as the kernel, and after it there is no suspend either way. */
static void the_end_is_known_before_manage_c_knows_of_it(struct kunit *test)
{
	struct notifier_block manage = { .notifier_call = note_end };
	struct xen_suspend *xs;

	known_by_then = false;
	fake_register_reboot_notifier(&manage);
	xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_reboot(SYS_RESTART);
	KUNIT_EXPECT_TRUE(test, lifecycle_ends(&xs->lifecycle));
	KUNIT_EXPECT_TRUE(test, known_by_then);
	fake_unregister_reboot_notifier(&manage);
}

static struct kunit_case lifecycle_cases[] = {
	KUNIT_CASE(each_transition_of_its_own_is_a_sleep),
	KUNIT_CASE(going_down_has_no_end),
	KUNIT_CASE(the_end_is_known_before_manage_c_knows_of_it),
	{}
};

struct kunit_suite lifecycle_suite = {
	.name = "lifecycle",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = lifecycle_cases,
};
