// SPDX-License-Identifier: GPL-2.0
/* Tests of module/power.c: the device, and going down. */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include "../module/power.h"
#include "fake-module.h"
#include "suites.h"

static void fail_driver(void) { fake_kernel.fail_driver = -EBUSY; }
static void fail_alloc(void) { fake_kernel.fail_alloc = true; }
static void fail_add(void) { fake_kernel.fail_add = -EEXIST; }
static void fail_bind(void) { fake_kernel.fail_bind = true; }
static void fail_reboot(void) { fake_kernel.fail_reboot = -EPERM; }
static void fail_pm(void) { fake_kernel.fail_pm = -ENOMEM; }

static const struct registering {
	const char *text;
	void (*fail)(void);
	int err;
} registerings[] = {
	{ "the driver", fail_driver, -EBUSY },
	{ "allocating the device", fail_alloc, -ENOMEM },
	{ "adding the device", fail_add, -EEXIST },
	{ "binding the driver to it", fail_bind, -ENODEV },
	{ "the reboot notifier", fail_reboot, -EPERM },
	{ "the PM notifier", fail_pm, -ENOMEM },
};

static void registering_desc(const struct registering *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(registering, registerings, registering_desc);

static void registering_that_fails_at_any_step_leaves_nothing(struct kunit *test)
{
	const struct registering *row = test->param_value;
	struct xen_suspend *xs = &xen_suspend_instance;

	row->fail();
	KUNIT_EXPECT_EQ(test, power_init(xs, xen_suspend_groups), row->err);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	KUNIT_EXPECT_PTR_EQ(test, (void *)xs->report.device, NULL);
	KUNIT_EXPECT_FALSE(test, fake_device_leaked());
	/* a second one finds nothing in its way */
	fake_kernel_init();
	KUNIT_EXPECT_EQ(test, power_init(xs, xen_suspend_groups), 0);
	power_exit(xs);
	power_free(xs);
}

static void the_freezers_key_is_held_while_loaded(struct kunit *test)
{
	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
#ifdef XEN_SUSPEND_HAVE_FREEZER_KEY
	KUNIT_EXPECT_EQ(test, fake_kernel.freezer_key, 1);
#else
	KUNIT_EXPECT_EQ(test, fake_kernel.freezer_key, 0);
#endif
}

static void shutting_down_gives_the_channel_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_COMPAT, TRIGGER_DIRECT);
	struct platform_device *pdev = xs->power.device;

	fake_xen_bind_toolstack();
	to_platform_driver(pdev->dev.driver)->shutdown(pdev);
	KUNIT_EXPECT_TRUE(test, lifecycle_ends(&xs->lifecycle));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
}

/* Unbound by hand, the device would hear nothing of any suspend. */
static void nobody_binds_or_unbinds_it_by_hand(struct kunit *test)
{
	static const char * const names[] = { "bind", "unbind" };
	char path[64];
	int i;

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	for (i = -1; i < (int)ARRAY_SIZE(names); i++) {
		struct file *file;

		snprintf(path, sizeof(path), "/sys/bus/platform/drivers/xen-suspend/%s",
			 i < 0 ? "uevent" : names[i]);
		file = filp_open(path, O_WRONLY, 0);
		/* the first shows that this is where they would be */
		KUNIT_EXPECT_EQ(test, IS_ERR(file) ? PTR_ERR(file) : 0L,
				i < 0 ? 0L : (long)-ENOENT);
		if (!IS_ERR(file))
			filp_close(file, NULL);
	}
}

static struct kunit_case power_cases[] = {
	KUNIT_CASE_PARAM(registering_that_fails_at_any_step_leaves_nothing,
			 registering_gen_params),
	KUNIT_CASE(the_freezers_key_is_held_while_loaded),
	KUNIT_CASE(shutting_down_gives_the_channel_back),
	KUNIT_CASE(nobody_binds_or_unbinds_it_by_hand),
	{}
};

struct kunit_suite power_suite = {
	.name = "power",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = power_cases,
};
