// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/attempt.c: was it suspended, and is this a new domain? Neither is
 * what devices are told.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/pm.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

/* Kernels that call .suspend and .resume from do_suspend(), as Qubes' may */
static void a_suspend_is_judged_by_the_hypercall_not_by_the_callback(struct kunit *test)
{
	static const enum fake_end ends[] = { END_CANCELLED, END_RESTORED,
					      END_FROZEN, END_SYSCORE };
	int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		bool good = ends[i] <= END_RESTORED;
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		fake_suspend.by_suspend = true;
		fake_suspend.end = ends[i];
		fake_request(xs);
		fake_try(xs);
		fake_service_step();
		EXPECT_STATE(test, xs, "armed");
		KUNIT_EXPECT_EQ(test, atomic_long_read(&xs->handshake.suspends),
				good ? 1L : 0L);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&xs->handshake.failures),
				good ? 0L : 1L);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&xs->handshake.cancelled),
				ends[i] == END_CANCELLED ? 1L : 0L);
		KUNIT_EXPECT_EQ(test, xs->offer.negotiations,
				ends[i] == END_RESTORED ? 2UL : 1UL);
		KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
	}
}

static void a_restore_negotiates_anew(struct kunit *test)
{
	static const char * const modes[] = {
		"toolstack-node\n", "compat\n", "xenstore-only\n",
		"xenstore-only\n" };
	int layout;

	for (layout = LAYOUT_DEFAULT; layout <= LAYOUT_READ_ONLY; layout++) {
		struct xen_suspend *xs;

		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		fake_suspend.end = END_RESTORED;
		fake_suspend.layout = layout;
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		EXPECT_STATE(test, xs, "disarmed");
		EXPECT_SYSFS(test, "event_channel", "");
		fake_service_step();
		fake_service_step();
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "mode"), modes[layout]);
		KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
		EXPECT_SYSFS(test, "suspends", "1");
		EXPECT_SYSFS(test, "cancelled", "0");
		EXPECT_SYSFS(test, "negotiations", "2");
		KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
		fake_teardown(test);
	}
}

static void a_suspend_of_manage_c_that_is_restored_negotiates_anew_too(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_RESTORED;
	fake_do_suspend();
	EXPECT_STATE(test, xs, "disarmed");
	fake_service_step();
	fake_service_step();
	EXPECT_STATE(test, xs, "armed");
	KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
	EXPECT_SYSFS(test, "suspends", "0");
}

/* Then there is nothing but what devices are told. */
static void without_a_port_a_restore_is_not_the_next_suspends_too(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_NOTHING, TRIGGER_DIRECT);

	fake_suspend.end = END_RESTORED;
	fake_suspend.layout = LAYOUT_NOTHING;
	fake_do_suspend();
	KUNIT_EXPECT_TRUE(test, jobs_asked(&xs->jobs, JOB_RESTORED));
	fake_service_step();
	fake_suspend.end = END_CANCELLED;
	fake_do_suspend();
	KUNIT_EXPECT_FALSE(test, jobs_asked(&xs->jobs, JOB_RESTORED));
	EXPECT_SYSFS(test, "stock_suspends", "2");
}

static void a_port_that_xen_says_nothing_of_is_kept_when_devices_thaw(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	fake_xen_fail(FAKE_STATUS, 1, UINT_MAX, -ESRCH);
	fake_service_step();
	fake_xenwatch_flush();
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "event_channel", "7");
	EXPECT_SYSFS(test, "cancelled", "1");
}

static int (*told)(struct device *dev);

/* Another power transition, which do_suspend() did not keep out */
static void somebody_tells(enum fake_point point)
{
	char name[TASK_COMM_LEN];

	if (point != AT_FROZEN)
		return;
	fake_rename_current("sh", name);
	told(fake_device());
	fake_rename_current(name, NULL);
}

static void what_others_tell_devices_in_the_middle_of_it_is_no_news(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	const struct dev_pm_ops *ops = fake_device()->driver->pm;

	fake_suspend.at = somebody_tells;
	told = ops->thaw;
	fake_suspend.end = END_RESTORED;
	fake_do_suspend();
	KUNIT_EXPECT_TRUE(test, jobs_asked(&xs->jobs, JOB_RESTORED));
	/* and where there is nothing else to go by */
	fake_teardown(test);
	fake_setup(test);
	xs = fake_load(test, LAYOUT_NOTHING, TRIGGER_DIRECT);
	fake_suspend.at = somebody_tells;
	told = ops->restore;
	fake_do_suspend();
	KUNIT_EXPECT_FALSE(test, jobs_asked(&xs->jobs, JOB_RESTORED));
}

static struct kunit_case restore_cases[] = {
	KUNIT_CASE(a_restore_negotiates_anew),
	KUNIT_CASE(a_suspend_of_manage_c_that_is_restored_negotiates_anew_too),
	KUNIT_CASE(a_suspend_is_judged_by_the_hypercall_not_by_the_callback),
	KUNIT_CASE(without_a_port_a_restore_is_not_the_next_suspends_too),
	KUNIT_CASE(a_port_that_xen_says_nothing_of_is_kept_when_devices_thaw),
	KUNIT_CASE(what_others_tell_devices_in_the_middle_of_it_is_no_news),
	{}
};

struct kunit_suite restore_suite = {
	.name = "restore",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = restore_cases,
};
