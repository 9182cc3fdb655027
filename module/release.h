/* SPDX-License-Identifier: GPL-2.0 */
/* Giving the event channel back, when that harms nobody. */
#ifndef XEN_SUSPEND_RELEASE_H
#define XEN_SUSPEND_RELEASE_H

struct xen_suspend;

/* How often a release that waits looks again; nothing wakes it. */
#define RELEASE_POLL (HZ / 5)

void release_resumed(struct xen_suspend *xs);
void release_new_domain(struct xen_suspend *xs);
void release_try(struct xen_suspend *xs);
void release_for_unload(struct xen_suspend *xs);
void release_at_once(struct xen_suspend *xs);
void release_for_shutdown(struct xen_suspend *xs);

#endif
