/* SPDX-License-Identifier: GPL-2.0 */
/* The suspend event channel: its port, its IRQ, its upcall. */
#ifndef XEN_SUSPEND_CHANNEL_H
#define XEN_SUSPEND_CHANNEL_H

#include <linux/sched.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>

#include "handshake.h"

/**
 * enum channel_peer - what Xen says of our port
 * @PEER_GONE:	the port is not ours: closed, or another's in a new domain
 * @PEER_NONE:	open, and no toolstack has it bound at this moment
 * @PEER_BOUND:	a toolstack has it bound: it may be about to notify
 */
enum channel_peer {
	PEER_GONE,
	PEER_NONE,
	PEER_BOUND,
};

/**
 * struct channel - the event channel
 * @port:	port number in this domain, 0 if closed (Xen never gives out 0)
 * @irq:	IRQ bound to it, 0 if none; outlives @port in a restore
 * @remote:	domain that may bind the other end
 * @hs:		the handshake that the upcall drives
 * @service:	the thread to wake for a new request; lives longer than the IRQ
 *
 * @port and @irq are written by the service thread, which is frozen while
 * devices are suspended, and by the xenwatch thread during just that time.
 */
struct channel {
	evtchn_port_t port;
	int irq;
	domid_t remote;
	struct handshake *hs;
	struct task_struct *service;
};

int channel_open(struct channel *ch);
void channel_close(struct channel *ch);
void channel_abandon(struct channel *ch);
void channel_lost(struct channel *ch);
enum channel_peer channel_peer(const struct channel *ch);
bool channel_survived(const struct channel *ch);
void channel_clear_pending(const struct channel *ch);

#endif
