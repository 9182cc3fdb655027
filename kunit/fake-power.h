/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Power management: the module's device, its syscore callbacks among others',
 * wake-ups. What is set and seen of it is in struct fake_kernel.
 */
#ifndef XEN_SUSPEND_FAKE_POWER_H
#define XEN_SUSPEND_FAKE_POWER_H

#include <linux/platform_device.h>

#include "fake-kernel.h"

/*
 * The kernel's order: somebody else's, timekeeping's, and last those of modules,
 * which a suspend calls first.
 */
extern struct list_head fake_syscore_list;

/* for tests */
void fake_power_init(void);
struct device *fake_device(void);
bool fake_device_leaked(void);
int fake_callbacks_suspend(struct fake_syscore *callbacks);
void fake_callbacks_resume(struct fake_syscore *callbacks);
void fake_pm_notify(unsigned long action);
void fake_reboot(unsigned long action);
void fake_freeze_tasks(void);
void fake_stop_ticks(void);
void fake_expect_tick(void);

/* for the module's sources, see seam.h */
struct platform_device *fake_platform_device_alloc(const char *name, int id);
int fake_platform_device_add(struct platform_device *pdev);
int fake_platform_driver_register(struct platform_driver *drv);
int fake_register_reboot_notifier(struct notifier_block *nb);
int fake_unregister_reboot_notifier(struct notifier_block *nb);
int fake_register_pm_notifier(struct notifier_block *nb);
int fake_unregister_pm_notifier(struct notifier_block *nb);
void fake_register_syscore(struct fake_syscore *callbacks);
void fake_unregister_syscore(struct fake_syscore *callbacks);
int fake_syscore_suspend(void);
void fake_syscore_resume(void);
void fake_pm_system_wakeup(void);

#endif
