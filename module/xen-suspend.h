/* SPDX-License-Identifier: GPL-2.0 */
/* The module as a whole. */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include <xen/xenbus.h>

#include "channel.h"
#include "handshake.h"
#include "negotiate.h"
#include "power.h"
#include "release.h"
#include "service.h"
#include "status.h"
#include "trigger.h"

/**
 * struct xen_suspend - everything there is; one, since a guest has one channel
 * @handshake:	the state machine
 * @channel:	the event channel
 * @negotiation: what is agreed in xenstore
 * @negotiations: how often something was agreed; written by the service thread
 * @trigger:	how do_suspend() gets called; set before the first request can come
 * @event:	the direct trigger's event for the next request; service thread only
 * @written:	request that control/shutdown was written for; see trigger.c
 * @watch:	on device: the offer has changed, or an event of our own making
 * @shutdown_watch: on control/shutdown, for the xenstore trigger
 * @power:	PM callbacks
 * @service:	the thread that does what may sleep
 * @status:	last errors
 */
struct xen_suspend {
	struct handshake handshake;
	struct channel channel;
	struct negotiation negotiation;
	unsigned long negotiations;
	enum trigger_kind trigger;
	struct made_event *event;
	unsigned long written;
	struct xenbus_watch watch;
	struct xenbus_watch shutdown_watch;
	struct power power;
	struct service service;
	struct status status;
};

extern struct xen_suspend xen_suspend_instance;
extern unsigned int xen_suspend_deadline_ms;

static inline u64 xen_suspend_deadline_ns(void)
{
	return (u64)READ_ONCE(xen_suspend_deadline_ms) * NSEC_PER_MSEC;
}

#endif
