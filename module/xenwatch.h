/* SPDX-License-Identifier: GPL-2.0 */
/* The xenwatch thread, in which do_suspend() and all watch callbacks run. */
#ifndef XEN_SUSPEND_XENWATCH_H
#define XEN_SUSPEND_XENWATCH_H

#include <linux/sched.h>
#include <linux/string.h>

/*
 * How often a task that waits for the xenwatch thread looks whether it is to
 * freeze: xenwatch may be in a suspend, and wait for just that.
 */
#define FREEZE_POLL (HZ / 50)

/**
 * in_xenwatch - is this the xenwatch thread?
 *
 * Nothing else tells a suspend of Xen's from a power transition of the guest's
 * own. The name is enough: users can rename their threads, not kernel threads.
 *
 * Context: any.
 */
static inline bool in_xenwatch(void)
{
	return (current->flags & PF_KTHREAD) && !strcmp(current->comm, "xenwatch");
}

#endif
