/* SPDX-License-Identifier: GPL-2.0 */
/* The thread that does what may sleep. */
#ifndef XEN_SUSPEND_SERVICE_H
#define XEN_SUSPEND_SERVICE_H

struct xen_suspend;

int service_create(struct xen_suspend *xs);
int service_watch(struct xen_suspend *xs);
int service_negotiate(struct xen_suspend *xs);
void service_unwatch(struct xen_suspend *xs);
void service_stop(struct xen_suspend *xs);

#endif
