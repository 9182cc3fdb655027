// SPDX-License-Identifier: GPL-2.0
/* Power management: the device, syscore callbacks, wake-ups, CPU 0's tick. */
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/reboot.h>

#include "../module/compat.h"
#include "fake-power.h"
#include "fake-trace.h"

/* --- the device --- */

/* The last one, held to see whether anybody else still does */
static struct platform_device *last_device;

/** fake_device - the module's device, NULL if there never was one */
struct device *fake_device(void)
{
	return last_device ? &last_device->dev : NULL;
}

/** fake_device_leaked - has the module not given its last device back? */
bool fake_device_leaked(void)
{
	bool leaked;

	if (!last_device)
		return false;
	leaked = kref_read(&last_device->dev.kobj.kref) > 1;
	put_device(&last_device->dev);
	last_device = NULL;
	return leaked;
}

struct platform_device *fake_platform_device_alloc(const char *name, int id)
{
	if (fake_kernel.fail_alloc)
		return NULL;
	fake_device_leaked();
	last_device = platform_device_alloc(name, id);
	if (last_device)
		get_device(&last_device->dev);
	return last_device;
}

int fake_platform_device_add(struct platform_device *pdev)
{
	int err = fake_kernel.fail_add ?: platform_device_add(pdev);

	/* As the driver core leaves a device that it could not bind. */
	if (!err && fake_kernel.fail_bind)
		device_release_driver(&pdev->dev);
	return err;
}

int fake_platform_driver_register(struct platform_driver *drv)
{
	return fake_kernel.fail_driver ?:
	       __platform_driver_register(drv, THIS_MODULE);
}

static RAW_NOTIFIER_HEAD(reboot_chain);

int fake_register_reboot_notifier(struct notifier_block *nb)
{
	return fake_kernel.fail_reboot ?:
	       raw_notifier_chain_register(&reboot_chain, nb);
}

int fake_unregister_reboot_notifier(struct notifier_block *nb)
{
	return raw_notifier_chain_unregister(&reboot_chain, nb);
}

/** fake_reboot - as kernel_restart_prepare(): all are told, in their order */
void fake_reboot(unsigned long action)
{
	raw_notifier_call_chain(&reboot_chain, action, NULL);
}

int fake_register_pm_notifier(struct notifier_block *nb)
{
	if (fake_kernel.fail_pm)
		return fake_kernel.fail_pm;
	fake_kernel.pm_nb = nb;
	return 0;
}

int fake_unregister_pm_notifier(struct notifier_block *nb)
{
	fake_kernel.pm_nb = NULL;
	return 0;
}

/** fake_pm_notify - as pm_notifier_call_chain() */
void fake_pm_notify(unsigned long action)
{
	if (fake_kernel.pm_nb)
		fake_kernel.pm_nb->notifier_call(fake_kernel.pm_nb, action, NULL);
}

/* --- syscore --- */

struct list_head fake_syscore_list;

static int somebody_suspend(XEN_SUSPEND_SYSCORE_ARG)
{
	return fake_kernel.syscore_err;
}

static void somebody_resume(XEN_SUSPEND_SYSCORE_ARG)
{
}

static int timekeeping_suspend(XEN_SUSPEND_SYSCORE_ARG)
{
	fake_kernel.cpu0_tick = false;
	return 0;
}

static void timekeeping_resume(XEN_SUSPEND_SYSCORE_ARG)
{
	fake_kernel.cpu0_tick = true;
}

XEN_SUSPEND_DEFINE_SYSCORE(somebody, somebody_suspend, somebody_resume);
XEN_SUSPEND_DEFINE_SYSCORE(timekeeping, timekeeping_suspend, timekeeping_resume);

/** fake_callbacks_suspend - call one's suspend callback */
int fake_callbacks_suspend(struct fake_syscore *callbacks)
{
	int err = 0;

#ifdef XEN_SUSPEND_HAVE_SYSCORE
	if (callbacks->ops->suspend)
		err = callbacks->ops->suspend(callbacks->data);
#else
	if (callbacks->suspend)
		err = callbacks->suspend();
#endif
	if (callbacks == fake_kernel.syscore)
		fake_kernel.gate_err = err;
	return err;
}

/** fake_callbacks_resume - call one's resume callback */
void fake_callbacks_resume(struct fake_syscore *callbacks)
{
#ifdef XEN_SUSPEND_HAVE_SYSCORE
	if (callbacks->ops->resume)
		callbacks->ops->resume(callbacks->data);
#else
	if (callbacks->resume)
		callbacks->resume();
#endif
}

/* As the kernel's; may be called from within a callback. */
int fake_syscore_suspend(void)
{
	struct fake_syscore *callbacks;
	int err = 0;

	WARN_ON_ONCE(!irqs_disabled());
	fake_trace_phase("syscore_suspend", 0, true);
	if (fake_kernel.wakeup_pending)
		return -EBUSY;
	list_for_each_entry_reverse(callbacks, &fake_syscore_list, node) {
		err = fake_callbacks_suspend(callbacks);
		if (err)
			break;
	}
	if (!err) {
		fake_trace_phase("syscore_suspend", 0, false);
		return 0;
	}
	list_for_each_entry_continue(callbacks, &fake_syscore_list, node)
		fake_callbacks_resume(callbacks);
	return err;
}

void fake_syscore_resume(void)
{
	struct fake_syscore *callbacks;

	WARN_ON_ONCE(!irqs_disabled());
	list_for_each_entry(callbacks, &fake_syscore_list, node)
		fake_callbacks_resume(callbacks);
}

void fake_register_syscore(struct fake_syscore *callbacks)
{
	fake_kernel.syscore = callbacks;
	list_add_tail(&callbacks->node, &fake_syscore_list);
}

void fake_unregister_syscore(struct fake_syscore *callbacks)
{
	if (fake_kernel.syscore == callbacks)
		fake_kernel.syscore = NULL;
	list_del(&callbacks->node);
}

/* --- wake-ups and the tick --- */

void fake_pm_system_wakeup(void)
{
	WRITE_ONCE(fake_kernel.wakeups, fake_kernel.wakeups + 1);
	WRITE_ONCE(fake_kernel.wakeup_pending, true);
}

/** fake_freeze_tasks - as freeze_processes(): earlier wake-ups are forgotten */
void fake_freeze_tasks(void)
{
	fake_kernel.wakeup_pending = false;
}

/** fake_stop_ticks - as xen_arch_suspend(), on CPU 0 */
void fake_stop_ticks(void)
{
	fake_kernel.cpu0_tick = false;
}

/** fake_expect_tick - a suspend is over: is there a tick? */
void fake_expect_tick(void)
{
	fake_kernel.ticks_lost += !fake_kernel.cpu0_tick;
	fake_kernel.cpu0_tick = true;
}

/** fake_power_init - nobody but the kernel has registered anything */
void fake_power_init(void)
{
	INIT_LIST_HEAD(&fake_syscore_list);
	list_add_tail(&somebody.node, &fake_syscore_list);
	list_add_tail(&timekeeping.node, &fake_syscore_list);
}
