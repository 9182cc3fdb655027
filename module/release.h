/* SPDX-License-Identifier: GPL-2.0 */
/* Giving the event channel back, when that harms nobody. */
#ifndef XEN_SUSPEND_RELEASE_H
#define XEN_SUSPEND_RELEASE_H

struct service;
struct xen_suspend;

void release_pin(struct xen_suspend *xs);
void release_unpin(struct service *svc);
void release_try(struct xen_suspend *xs);
void release_for_unload(struct service *svc);
void release_at_once(struct service *svc);
void release_for_shutdown(struct service *svc);

#endif
