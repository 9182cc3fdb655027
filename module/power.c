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
 *
 * Refusing is done in syscore and not in .freeze for the same reason: there it
 * unwinds as cancelled. But only as the last of the syscore callbacks: do_suspend()
 * has stopped the tick of CPU 0 by then (xen_vcpu_notify_suspend()) and leaves it
 * to timekeeping_resume() to start it again (xen_vcpu_notify_restore()), which is
 * called if timekeeping_suspend() was. A guest whose suspend the first syscore
 * callback refuses runs on without timers, which is to say, not for long. So the
 * gate is moved from the end of the list, where a module's callbacks are put, to
 * its start: called last before the hypercall and first after it.
 *
 * The syscore callbacks also run for other kinds of sleep (ACPI S3); those do
 * not call .freeze, so the stage tells.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/stop_machine.h>

#include "compat.h"
#include "xen-suspend.h"

static int power_prepare(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	xs->power.start_ns = ktime_get_mono_fast_ns();
	xs->power.stage = STAGE_PREPARED;
	xs->power.restored = false;
	return 0;
}

static int power_freeze(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	hs_freeze(&xs->handshake, xs->power.start_ns);
	xs->power.stage = STAGE_FROZEN;
	status_state_changed(&xs->status);
	return 0;
}

static int power_gate(XEN_SUSPEND_SYSCORE_ARG)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	int err;

	if (xs->power.stage != STAGE_FROZEN)
		return 0;
	/* timekeeping is suspended: this is the time at which it was */
	err = hs_gate(&xs->handshake, ktime_get_mono_fast_ns(),
		      xs->power.may_refuse ? xen_suspend_deadline_ns() : 0);
	if (err)
		return err;
	/*
	 * A notify not delivered yet came before the hypercall and belongs to
	 * this suspend.
	 */
	channel_clear_pending(&xs->channel);
	xs->power.stage = STAGE_GATED;
	return 0;
}

static void power_crossed(XEN_SUSPEND_SYSCORE_ARG)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	if (xs->power.stage != STAGE_GATED)
		return;
	hs_crossed(&xs->handshake);
	xs->power.stage = STAGE_CROSSED;
}

XEN_SUSPEND_DEFINE_SYSCORE(power_syscore, power_gate, power_crossed);

/* Is a list whole, seen from one of its nodes? */
static bool list_is_whole(const struct list_head *node)
{
	const struct list_head *at = node;

	do {
		if (at->next->prev != at || at->prev->next != at)
			return false;
		at = at->next;
	} while (at != node);
	return true;
}

/*
 * Runs in stop_machine(): nobody walks the list or changes it, except that a
 * thread may have been stopped in the middle of adding or removing a node. Then
 * the list is not whole, and is left alone.
 */
static int gate_to_front(void *data)
{
	struct list_head *head = data;

	if (power_syscore.node.next != head ||
	    !list_is_whole(&power_syscore.node))
		return -EAGAIN;
	list_move(&power_syscore.node, head);
	return 0;
}

/*
 * The list's head is not known by name, but a node just added is the last and
 * points to it. Unless somebody else has added one at the same time; adding ours
 * a second time then shows another node in that place.
 */
static bool register_gate(void)
{
	struct list_head *first;
	int tries;

	xen_suspend_register_syscore(&power_syscore);
	for (tries = 0; tries < 10; tries++) {
		first = power_syscore.node.next;
		xen_suspend_unregister_syscore(&power_syscore);
		xen_suspend_register_syscore(&power_syscore);
		if (power_syscore.node.next == first &&
		    !stop_machine(gate_to_front, first, NULL))
			return true;
	}
	pr_warn("cannot refuse a suspend that is too late at the last gate\n");
	return false;
}

static int power_thaw(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	status_state_changed(&xs->status);
	return 0;
}

static int power_restore(struct device *dev)
{
	struct xen_suspend *xs = dev_get_drvdata(dev);

	if (xs->power.stage == STAGE_CROSSED &&
	    !channel_survived(&xs->channel)) {
		xs->power.restored = true;
		channel_lost(&xs->channel);
	}
	status_state_changed(&xs->status);
	return 0;
}

static void power_complete(struct device *dev)
{
	power_end(dev_get_drvdata(dev));
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
	platform_set_drvdata(pdev, xs);
	xs->power.device = pdev;
	xs->status.device = &pdev->dev;
	err = platform_device_add(pdev);
	if (err)
		goto err_device;

	xs->power.reboot_nb.notifier_call = power_reboot;
	/* Before manage.c's, so that neither trigger starts in between. */
	xs->power.reboot_nb.priority = 1;
	err = register_reboot_notifier(&xs->power.reboot_nb);
	if (err)
		goto err_added;

	xs->power.may_refuse = register_gate();
	xen_suspend_hold_freezer_key();
	return 0;

err_added:
	platform_device_del(pdev);
err_device:
	xs->status.device = NULL;
	platform_device_put(pdev);
err_driver:
	platform_driver_unregister(&power_driver);
	return err;
}

/**
 * power_exit - undo power_init()
 * @xs:		the module, disarmed
 *
 * Context: process, may sleep.
 */
void power_exit(struct xen_suspend *xs)
{
	xen_suspend_release_freezer_key();
	xen_suspend_unregister_syscore(&power_syscore);
	unregister_reboot_notifier(&xs->power.reboot_nb);
	platform_device_unregister(xs->power.device);
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

/**
 * power_begin - the direct trigger is about to call do_suspend()
 * @xs:		the module
 *
 * Context: the xenwatch thread.
 */
void power_begin(struct xen_suspend *xs)
{
	xs->power.stage = STAGE_NONE;
	xs->power.restored = false;
}

static void power_report_failure(struct xen_suspend *xs)
{
	const char *reason;
	int err = -EBUSY;

	if (xs->handshake.attempt.late) {
		err = -ETIME;
		reason = "too late at the last gate (deadline_ms): the toolstack has given up";
	} else if (xs->power.stage == STAGE_NONE) {
		reason = "tasks or kernel threads refused to freeze: see the kernel log";
	} else if (xs->power.stage == STAGE_PREPARED) {
		reason = "a device refused to suspend: see the kernel log";
	} else {
		reason = "a device or the system core refused to suspend late: see the kernel log";
	}
	status_error(&xs->status, ERROR_SUSPEND, err, "%s", reason);
}

/**
 * power_end - the suspend is over, one way or the other
 * @xs:		the module
 *
 * Context: the xenwatch thread: from .complete, and after do_suspend() in case
 * it never came that far.
 */
void power_end(struct xen_suspend *xs)
{
	bool restored = xs->power.restored;

	switch (hs_end(&xs->handshake, restored)) {
	case HS_FAILED:
		power_report_failure(xs);
		break;
	case HS_CANCELLED:
	case HS_RESTORED:
		status_clear_error(&xs->status, ERROR_SUSPEND);
		break;
	default:
		break;
	}
	xs->power.stage = STAGE_NONE;
	xs->power.restored = false;
	status_state_changed(&xs->status);
	service_resumed(&xs->service, restored);
}
