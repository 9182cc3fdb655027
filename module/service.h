/* SPDX-License-Identifier: GPL-2.0 */
/* The thread that does what may sleep. */
#ifndef XEN_SUSPEND_SERVICE_H
#define XEN_SUSPEND_SERVICE_H

#include <linux/types.h>
#include <xen/xenbus.h>

struct task_struct;
struct xen_suspend;

/**
 * struct service - the service thread
 * @task:		the thread
 * @watch:		on device: the offer has changed
 *
 * The rest belongs to the thread:
 * @hurried:		it has real-time priority
 * @kicked:		request that a suspend was started for, and whether any was
 * @expired:		request that the toolstack has given up, and whether any was
 * @retrying:		that suspend has failed and is to be started again
 * @next_try:		jiffies of that
 */
struct service {
	struct task_struct *task;
	struct xenbus_watch watch;
	bool hurried;
	unsigned long kicked;
	unsigned long expired;
	bool retrying;
	unsigned long next_try;
};

int service_create(struct xen_suspend *xs);
int service_watch(struct xen_suspend *xs);
int service_negotiate(struct xen_suspend *xs);
void service_unwatch(struct xen_suspend *xs);
void service_stop(struct xen_suspend *xs);

#endif
