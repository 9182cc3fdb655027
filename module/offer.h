/* SPDX-License-Identifier: GPL-2.0 */
/* Which port the toolstack is offered, and when it gets another one. */
#ifndef XEN_SUSPEND_OFFER_H
#define XEN_SUSPEND_OFFER_H

#include <linux/types.h>

struct offer;
struct xen_suspend;

bool offer_look(struct xen_suspend *xs);
void offer_ahead(struct xen_suspend *xs, unsigned int by);
void offer_resumed(struct xen_suspend *xs);
void offer_when_due(struct xen_suspend *xs);
void offer_new_domain(struct xen_suspend *xs);
long offer_timeout(const struct offer *offer, long timeout);

#endif
