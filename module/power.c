// SPDX-License-Identifier: GPL-2.0
/*
 * A suspend as the kernel's power management shows it, whoever began it:
 *
 *   .prepare		tasks are frozen, all devices are asked to get ready
 *   .freeze		devices stop; this suspend absorbs a pending request
 *   syscore suspend	inside stop_machine(): the gate. Too late? Then refuse.
 *   -- SCHEDOP_shutdown --
 *   syscore resume	the line is crossed: a notify is a new request from now on
 *   .thaw or .restore	resumed in place, or in a new domain
 *   .complete		over: armed again, or negotiating anew
 *
 * .restore alone does not say that this is a new domain: do_suspend() also ends
 * with PMSG_RESTORE when devices failed to suspend (si.cancelled uninitialised,
 * or 0 after dpm_suspend_end()). It is one if the hypercall was made and the
 * kernel and Xen no longer know our port.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>

#include "compat.h"
#include "gate.h"
#include "xen-suspend.h"

static int power_prepare(struct device *dev)
{
	attempt_prepare(dev_get_drvdata(dev), ktime_get_mono_fast_ns());
	return 0;
}

static int power_freeze(struct device *dev)
{
	attempt_freeze(dev_get_drvdata(dev));
	return 0;
}

static int power_thaw(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	status_state_changed(&xs->status);
	return 0;
}

static int power_restore(struct device *dev)
{
	attempt_restore(dev_get_drvdata(dev));
	return 0;
}

static void power_complete(struct device *dev)
{
	attempt_complete(dev_get_drvdata(dev));
}

static const struct dev_pm_ops power_pm_ops = {
	.prepare = power_prepare,
	.complete = power_complete,
	.freeze = power_freeze,
	.thaw = power_thaw,
	.restore = power_restore,
};

/*
 * kexec, reboot, power-off. The next kernel would not know what to do with our
 * port, so xenstore is left as it was found.
 */
static void power_shutdown(struct platform_device *pdev)
{
	struct xen_suspend *xs = platform_get_drvdata(pdev);

	WRITE_ONCE(xs->power.going_down, true);
	release_for_shutdown(&xs->service);
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

static int power_reboot(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct power *power = container_of(nb, struct power, reboot_nb);

	WRITE_ONCE(power->going_down, true);
	return NOTIFY_DONE;
}

/**
 * power_free - give the device's memory back
 * @xs:		the module, with no thread of its own any more
 *
 * Context: process.
 */
void power_free(struct xen_suspend *xs)
{
	xs->status.device = NULL;
	/* Its release would kfree() that. */
	xs->power.device->dev.platform_data = NULL;
	platform_device_put(xs->power.device);
}

/**
 * power_init - register the device and all that tells of a suspend
 * @xs:		the module
 *
 * Context: process, may sleep.
 * Return: 0 or an error, with nothing left registered.
 */
int power_init(struct xen_suspend *xs)
{
	struct platform_device *pdev;
	int err;

	err = platform_driver_register(&power_driver);
	if (err)
		return err;

	pdev = platform_device_alloc("xen-suspend", PLATFORM_DEVID_NONE);
	if (!pdev) {
		err = -ENOMEM;
		goto err_driver;
	}
	pdev->dev.groups = xen_suspend_groups;
	/*
	 * For the attributes, which are there before and after the driver is
	 * bound: then the driver core takes the driver's data away.
	 */
	pdev->dev.platform_data = xs;
	platform_set_drvdata(pdev, xs);
	xs->power.device = pdev;
	xs->status.device = &pdev->dev;
	err = platform_device_add(pdev);
	if (err)
		goto err_device;
	/*
	 * That its driver could not be bound to it is no error, but the device
	 * would hear nothing of any suspend.
	 */
	if (!platform_get_drvdata(pdev)) {
		err = -ENODEV;
		goto err_added;
	}

	xs->power.reboot_nb.notifier_call = power_reboot;
	/* Before manage.c's, so that neither trigger starts in between. */
	xs->power.reboot_nb.priority = 1;
	err = register_reboot_notifier(&xs->power.reboot_nb);
	if (err)
		goto err_added;

	gate_init(xs);
	xen_suspend_hold_freezer_key();
	return 0;

err_added:
	platform_device_del(pdev);
err_device:
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
	unregister_reboot_notifier(&xs->power.reboot_nb);
	platform_device_del(xs->power.device);
	platform_driver_unregister(&power_driver);
}

/**
 * power_going_down - is it too late for a suspend?
 * @xs:		the module
 *
 * Context: any.
 * Return: true once the guest powers off, reboots or halts.
 */
bool power_going_down(const struct xen_suspend *xs)
{
	return READ_ONCE(xs->power.going_down) ||
	       system_state != SYSTEM_RUNNING;
}
