// SPDX-License-Identifier: GPL-2.0
/*
 * A suspend as the kernel's power management shows it, whoever began it:
 *
 *   .prepare		tasks are frozen; this suspend absorbs a pending request
 *   syscore suspend	inside stop_machine(): the gate. Too late? Then refuse.
 *   -- SCHEDOP_shutdown --
 *   syscore resume	the line is crossed: a notify is a new request from now on
 *   .thaw or .restore	what devices are told of it
 *   .complete		over: armed again, or negotiating anew
 *
 * The guest's own power transitions (suspend to idle, hibernation, kexec jump,
 * pm_test) call the same callbacks. They run in the thread of whoever began the
 * transition, and Xen's begin in the xenwatch thread: all others change nothing
 * here. A request that comes during one of those is served after it; and from
 * suspend to idle, which might last for ever, it wakes the guest.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/suspend.h>

#include "compat.h"
#include "power.h"
#include "release.h"
#include "xen-suspend.h"
#include "xenwatch.h"

static int power_prepare(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	if (in_xenwatch())
		attempt_prepare(&xs->attempt, ktime_get_mono_fast_ns());
	else if (pm_suspend_target_state == PM_SUSPEND_TO_IDLE)
		channel_sleeps(&xs->channel, true);
	return 0;
}

static int power_thaw(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	if (in_xenwatch())
		attempt_thaw(&xs->attempt);
	return 0;
}

static int power_restore(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	if (in_xenwatch())
		attempt_restore(&xs->attempt);
	return 0;
}

static void power_complete(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	if (in_xenwatch())
		attempt_complete(&xs->attempt);
	else
		channel_sleeps(&xs->channel, false);
}

static const struct dev_pm_ops power_pm_ops = {
	.prepare = power_prepare,
	.complete = power_complete,
	.thaw = power_thaw,
	.restore = power_restore,
};

/*
 * kexec, reboot, power-off. The next kernel would not answer our port, so it is
 * withdrawn. Xen may stay subscribed to it, soft reset or not, until the next
 * toolstack subscribes to another.
 */
static void power_shutdown(struct platform_device *pdev)
{
	struct xen_suspend *xs = platform_get_drvdata(pdev);

	lifecycle_end(&xs->lifecycle);
	release_for_shutdown(xs);
}

static struct platform_driver power_driver = {
	.driver = {
		.name = "xen-suspend",
		.pm = &power_pm_ops,
		/* The device is bound for as long as the module is loaded. */
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	.shutdown = power_shutdown,
};

/**
 * power_free - give the device's memory back
 * @xs:		the module, with no thread of its own any more
 *
 * Context: process.
 */
void power_free(struct xen_suspend *xs)
{
	xs->report.device = NULL;
	/* Its release would kfree() that. */
	xs->power.device->dev.platform_data = NULL;
	platform_device_put(xs->power.device);
}

static int add_device(struct xen_suspend *xs,
		      const struct attribute_group **groups)
{
	struct platform_device *pdev;
	int err;

	pdev = platform_device_alloc("xen-suspend", PLATFORM_DEVID_NONE);
	if (!pdev)
		return -ENOMEM;
	pdev->dev.groups = groups;
	/*
	 * For the attributes, which are there before and after the driver is
	 * bound: then the driver core takes the driver's data away.
	 */
	pdev->dev.platform_data = xs;
	platform_set_drvdata(pdev, xs);
	xs->power.device = pdev;
	xs->report.device = &pdev->dev;
	err = platform_device_add(pdev);
	/*
	 * That its driver could not be bound to it is no error, but the device
	 * would hear nothing of any suspend.
	 */
	if (!err && !platform_get_drvdata(pdev)) {
		platform_device_del(pdev);
		err = -ENODEV;
	}
	if (err)
		power_free(xs);
	return err;
}

/**
 * power_init - register the device and all that tells of a suspend
 * @xs:		the module
 * @groups:	the device's files
 *
 * Context: process, may sleep.
 * Return: 0 or an error, with nothing left registered.
 */
int power_init(struct xen_suspend *xs, const struct attribute_group **groups)
{
	int err;

	err = platform_driver_register(&power_driver);
	if (err)
		return err;
	err = add_device(xs, groups);
	if (err)
		goto err_driver;
	err = lifecycle_init(&xs->lifecycle);
	if (err)
		goto err_device;
	gate_init(&xs->attempt.gate);
	xen_suspend_hold_freezer_key();
	return 0;

err_device:
	platform_device_del(xs->power.device);
	power_free(xs);
err_driver:
	platform_driver_unregister(&power_driver);
	return err;
}

/**
 * power_exit - undo power_init(), but for the memory of the device
 * @xs:		the module, disarmed
 *
 * Nobody calls back after that; who does not know yet that the device is gone
 * may still use it.
 *
 * Context: process, may sleep.
 */
void power_exit(struct xen_suspend *xs)
{
	xen_suspend_release_freezer_key();
	gate_exit();
	lifecycle_exit(&xs->lifecycle);
	platform_device_del(xs->power.device);
	platform_driver_unregister(&power_driver);
}
