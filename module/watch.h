/* SPDX-License-Identifier: GPL-2.0 */
/* Watches on xenstore. */
#ifndef XEN_SUSPEND_WATCH_H
#define XEN_SUSPEND_WATCH_H

#include <linux/jiffies.h>

struct xenbus_watch;

/*
 * How often a task that waits for the xenwatch thread looks whether it is to
 * freeze: xenwatch may be in a suspend, and wait for just that.
 */
#define FREEZE_POLL (HZ / 50)

int xen_suspend_watch(struct xenbus_watch *watch);
void xen_suspend_unwatch(struct xenbus_watch *watch);

#endif
