/* SPDX-License-Identifier: GPL-2.0 */
/* Which port the toolstack is offered, and when it gets another one. */
#ifndef XEN_SUSPEND_OFFER_H
#define XEN_SUSPEND_OFFER_H

#include <linux/types.h>

struct xen_suspend;

/**
 * struct offer - what the toolstack of this domain is offered
 * @negotiations: how often something was agreed
 * @replacements: how often a port was replaced that a toolstack had not given back
 * @fresh_port_ms: how long after a resume that is done, 0 for never; a parameter
 * @err:	result of the last negotiation
 * @suspends:	how often the guest had been suspended when that was last looked at
 * @replace:	the port offered may have to be replaced
 * @replace_at:	jiffies of that
 * @replaced:	it has been, and the new one is still to be published
 * @retry_ms:	pause before the next negotiation, 0 if none failed
 * @retry_at:	jiffies of it
 *
 * Belongs to the service thread; sysfs reads the counters and writes the
 * parameter.
 */
struct offer {
	unsigned long negotiations;
	unsigned long replacements;
	unsigned int fresh_port_ms;
	int err;
	unsigned long suspends;
	bool replace;
	unsigned long replace_at;
	bool replaced;
	unsigned int retry_ms;
	unsigned long retry_at;
};

bool offer_look(struct xen_suspend *xs);
void offer_resumed(struct xen_suspend *xs);
void offer_when_due(struct xen_suspend *xs);
void offer_new_domain(struct xen_suspend *xs);
long offer_timeout(const struct offer *offer, long timeout);

#endif
