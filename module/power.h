/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's power management tells us of a suspend under way. */
#ifndef XEN_SUSPEND_POWER_H
#define XEN_SUSPEND_POWER_H

#include <linux/notifier.h>
#include <linux/types.h>

struct platform_device;
struct xen_suspend;

/**
 * struct power - the callbacks
 * @device:	carries them and the sysfs files
 * @may_refuse:	the gate is the last before the hypercall; set at load
 * @going_down:	the guest powers off or reboots; never cleared
 * @reboot_nb:	tells us so
 *
 * @going_down is a flag that only ever gets set.
 */
struct power {
	struct platform_device *device;
	bool may_refuse;
	bool going_down;
	struct notifier_block reboot_nb;
};

int power_init(struct xen_suspend *xs);
void power_exit(struct xen_suspend *xs);
void power_free(struct xen_suspend *xs);
bool power_going_down(const struct xen_suspend *xs);

#endif
