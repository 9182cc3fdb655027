// SPDX-License-Identifier: GPL-2.0
/* Tests of module/main.c: loading, or refusing to, and its parameters. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

static int main_setup(struct kunit *test)
{
	fake_setup(test);
	fake_kernel.real_thread = true;
	return fake_xenwatch_start();
}

static void loaded_and_unloaded_it_leaves_nothing(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "trigger", "direct");
	EXPECT_SYSFS(test, "mode", "toolstack-node");
	KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
	fake_module_exit();
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	KUNIT_EXPECT_FALSE(test, fake_xen_watched(&xs->service.watch));
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
}

static void with_nothing_offered_it_is_loaded_and_harmless(struct kunit *test)
{
	fake_xen_init(LAYOUT_NOTHING);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	EXPECT_SYSFS(test, "mode", "xenstore-only");
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
	fake_module_exit();
}

static void a_suspend_goes_through_real_threads(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	fake_request(xs);
	KUNIT_EXPECT_TRUE(test,
			  eventually(atomic_long_read(&xs->handshake.cancelled)));
	EXPECT_SYSFS(test, "suspends", "1");
	/* A restore lets go of the module. */
	fake_suspend.end = END_RESTORED;
	fake_request(xs);
	KUNIT_EXPECT_TRUE(test,
			  eventually(atomic_long_read(&xs->handshake.suspends) == 2));
	fake_module_exit();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
}

/* Or else a failure shortly before it would be told to nobody. */
static void what_is_to_be_told_is_told_before_it_is_gone(struct kunit *test)
{
	struct xen_suspend *xs;

	fake_kernel.real_thread = false;
	fake_xenwatch_exit();
	xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	fake_suspend.end = END_KTHREADS;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 0);
	fake_unload(test);
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 1);
	KUNIT_EXPECT_STREQ(test, fake_xen_text("data/suspend-status"), "(none)");
}

static void no_xen(void)
{
	fake_kernel.xen_domain = false;
}

static void dom0(void) { fake_kernel.initial_domain = true; }
static void no_xenstore(void) { fake_kernel.no_xenstore = true; }
static void no_thread(void) { fake_kernel.fail_thread = -ENOMEM; }
static void no_device(void) { fake_kernel.fail_add = -EEXIST; }
static void no_watch(void) { fake_xen_fail(FAKE_WATCH, 1, 1, -EIO); }
static void no_control(void) { fake_xen_remove("control"); }
static void no_port(void) { fake_xen_fail(FAKE_ALLOC, 1, 1, -ENOSPC); }

static void no_second_watch(void)
{
	fake_kernel.no_kprobe = true;
	fake_xen_fail(FAKE_WATCH, 2, 1, -EIO);
}

static void bad_trigger(void) { fake_set_parameter("trigger", "fast"); }
static void no_trigger(void) { fake_set_parameter("trigger", ""); }
static void dom_self(void) { fake_set_parameter("toolstack_domid", "32752"); }

static void a_huge_domid(void)
{
	fake_set_parameter("toolstack_domid", "4294967295");
}

static const struct refusal {
	const char *text;
	void (*make)(void);
	int err;
} refusals[] = {
	/* First: main.c remembers that it has seen a xenstore. */
	{ "no xenstore", no_xenstore, -ENODEV },
	{ "not a Xen guest", no_xen, -ENODEV },
	{ "dom0", dom0, -ENODEV },
	{ "trigger=fast", bad_trigger, -EINVAL },
	{ "trigger=", no_trigger, -EINVAL },
	{ "toolstack_domid=DOMID_SELF", dom_self, -EINVAL },
	{ "toolstack_domid=4294967295", a_huge_domid, -EINVAL },
	{ "no thread", no_thread, -ENOMEM },
	{ "no device", no_device, -EEXIST },
	{ "no watch", no_watch, -EIO },
	{ "no watch for the xenstore trigger", no_second_watch, -EIO },
	{ "no control/", no_control, -ENODEV },
	{ "no event channel", no_port, -ENOSPC },
};

static void refusal_desc(const struct refusal *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refusal, refusals, refusal_desc);

static void where_it_cannot_work_it_is_not_loaded_and_leaves_nothing(struct kunit *test)
{
	const struct refusal *row = test->param_value;
	struct xen_suspend *xs = &xen_suspend_instance;

	row->make();
	KUNIT_EXPECT_EQ(test, fake_module_init(), row->err);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	KUNIT_EXPECT_FALSE(test, fake_xen_watched(&xs->service.watch));
	KUNIT_EXPECT_FALSE(test, fake_xen_watched(&xs->trigger.watch));
	KUNIT_EXPECT_PTR_EQ(test, (void *)xs->trigger.event, NULL);
	fake_xen_expect_clean(test);
}

static void parameters_that_are_no_numbers_are_refused_by_the_kernel(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fake_set_parameter("deadline_ms", "-1"), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_set_parameter("deadline_ms", "soon"), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_set_parameter("deadline_ms", "4294967296"),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, fake_set_parameter("toolstack_domid", "zero"), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_set_parameter("toolstack_domid", "-1"), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_suspend_instance.patience.deadline_ms, 55000U);
}

static void the_largest_deadline_does_not_overflow(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fake_set_parameter("deadline_ms", "4294967295"), 0);
	KUNIT_EXPECT_EQ(test, attempt_deadline_ns(&xen_suspend_instance.attempt),
			4294967295ULL * NSEC_PER_MSEC);
}

static void the_toolstack_may_live_in_another_domain(struct kunit *test)
{
	fake_set_parameter("toolstack_domid", "32751");
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	KUNIT_EXPECT_EQ(test, (int)fake_xen.ports[7].remote, 32751);
	fake_module_exit();
}

static void each_word_of_trigger_chooses_it(struct kunit *test)
{
	static const char * const words[] = { "auto", "direct", "xenstore" };
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		fake_teardown(test);
		main_setup(test);
		fake_set_parameter("trigger", words[i]);
		KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
		KUNIT_EXPECT_STREQ(test,
				   trigger_name(xen_suspend_instance.trigger.kind),
				   i == 2 ? "xenstore" : "direct");
		fake_module_exit();
	}
}

static void shutting_down_asks_the_thread_and_waits_for_it(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	struct platform_device *pdev;

	fake_xen_init(LAYOUT_COMPAT);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	fake_xen_bind_toolstack();
	pdev = xs->power.device;
	to_platform_driver(pdev->dev.driver)->shutdown(pdev);
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
	fake_xen_unbind_toolstack();
	fake_module_exit();
}

static struct kunit_case main_cases[] = {
	KUNIT_CASE_PARAM(where_it_cannot_work_it_is_not_loaded_and_leaves_nothing,
			 refusal_gen_params),
	KUNIT_CASE(loaded_and_unloaded_it_leaves_nothing),
	KUNIT_CASE(with_nothing_offered_it_is_loaded_and_harmless),
	KUNIT_CASE(a_suspend_goes_through_real_threads),
	KUNIT_CASE(what_is_to_be_told_is_told_before_it_is_gone),
	KUNIT_CASE(parameters_that_are_no_numbers_are_refused_by_the_kernel),
	KUNIT_CASE(the_largest_deadline_does_not_overflow),
	KUNIT_CASE(the_toolstack_may_live_in_another_domain),
	KUNIT_CASE(each_word_of_trigger_chooses_it),
	KUNIT_CASE(shutting_down_asks_the_thread_and_waits_for_it),
	{}
};

struct kunit_suite main_suite = {
	.name = "main",
	.init = main_setup,
	.exit = fake_teardown,
	.test_cases = main_cases,
};
