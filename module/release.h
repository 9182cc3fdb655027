/* SPDX-License-Identifier: GPL-2.0 */
/* Giving the event channel back, when that harms nobody. */
#ifndef XEN_SUSPEND_RELEASE_H
#define XEN_SUSPEND_RELEASE_H

#include <linux/types.h>

struct xen_suspend;

/* How often a release that waits looks again; nothing wakes it. */
#define RELEASE_POLL (HZ / 5)

/**
 * struct release - whether the module may go
 * @pinned:	we hold a reference to our own module: Xen may be subscribed
 * @noted:	jiffies of the last log line about an unload that waits
 * @requests_before: requests there had been before this domain
 *
 * Belongs to the service thread.
 */
struct release {
	bool pinned;
	unsigned long noted;
	unsigned long requests_before;
};

void release_resumed(struct xen_suspend *xs);
void release_new_domain(struct xen_suspend *xs);
void release_try(struct xen_suspend *xs);
void release_for_unload(struct xen_suspend *xs);
void release_at_once(struct xen_suspend *xs);
void release_for_shutdown(struct xen_suspend *xs);

#endif
