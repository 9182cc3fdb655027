/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's power management tells us. */
#ifndef XEN_SUSPEND_POWER_H
#define XEN_SUSPEND_POWER_H

struct attribute_group;
struct xen_suspend;

int power_init(struct xen_suspend *xs, const struct attribute_group **groups);
void power_exit(struct xen_suspend *xs);
void power_free(struct xen_suspend *xs);

#endif
