/* SPDX-License-Identifier: GPL-2.0 */
/* What an administrator can see: sysfs. */
#ifndef XEN_SUSPEND_STATUS_H
#define XEN_SUSPEND_STATUS_H

struct attribute_group;

extern const struct attribute_group *xen_suspend_groups[];

#endif
