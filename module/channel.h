/* SPDX-License-Identifier: GPL-2.0 */
/* The suspend event channel: its ports, their IRQs, their upcall. */
#ifndef XEN_SUSPEND_CHANNEL_H
#define XEN_SUSPEND_CHANNEL_H

#include <linux/sched.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>

#include "handshake.h"

/**
 * enum channel_peer - what Xen says of a port of ours
 * @PEER_GONE:	it is not ours: closed, or another's in a new domain
 * @PEER_NONE:	open, and no toolstack has it bound at this moment
 * @PEER_BOUND:	a toolstack has it bound: it may be about to notify
 */
enum channel_peer {
	PEER_GONE,
	PEER_NONE,
	PEER_BOUND,
};

struct channel;

/**
 * struct channel_port - a port and its IRQ
 * @port:	number in this domain, 0 if closed (Xen never gives out 0)
 * @irq:	IRQ bound to it, 0 if none; outlives @port in a restore
 * @by:		its index, which the handshake knows it by
 * @earlier:	notifies that had come by this index before it was opened
 * @channel:	whose it is
 */
struct channel_port {
	evtchn_port_t port;
	int irq;
	unsigned int by;
	unsigned long earlier;
	struct channel *channel;
};

/**
 * struct channel - the event channel
 * @ports:	one is offered; the other is open as well while a toolstack may
 *		still use it
 * @offered:	index of the one that is, or was last, offered
 * @remote:	domain that may bind the other end
 * @subscribed:	Xen may be subscribed to a port of ours in this domain; service thread
 *		only
 * @asleep:	the guest sleeps by its own will: a request wakes it
 * @hs:		the handshake that the upcall drives
 * @thread:	the thread to wake for a new request; lives longer than the IRQs
 *
 * @ports and @offered are written by the service thread, which is frozen while
 * devices are suspended, and by the xenwatch thread during just that time.
 * @asleep is written by the task that puts the guest to sleep, and read by the
 * upcall after it has made its request known; see channel_sleeps().
 */
struct channel {
	struct channel_port ports[HS_PORTS];
	unsigned int offered;
	domid_t remote;
	bool subscribed;
	bool asleep;
	struct handshake *hs;
	struct task_struct *thread;
};

static inline evtchn_port_t channel_port(const struct channel *ch)
{
	return READ_ONCE(ch->ports[READ_ONCE(ch->offered)].port);
}

/* The port that was offered before, and may still be used; or 0 */
static inline evtchn_port_t channel_held(const struct channel *ch)
{
	return READ_ONCE(ch->ports[!READ_ONCE(ch->offered)].port);
}

int channel_open(struct channel *ch);
void channel_close(struct channel *ch);
bool channel_succeeded(const struct channel *ch);
void channel_close_held(struct channel *ch);
void channel_abandon(struct channel *ch);
void channel_lost(struct channel *ch);
enum channel_peer channel_peer(const struct channel *ch, unsigned int by);
enum channel_peer channel_asker(const struct channel *ch, unsigned int by);
bool channel_is_bound(const struct channel *ch);
bool channel_survived(const struct channel *ch);
void channel_clear_pending(const struct channel *ch);
void channel_sleeps(struct channel *ch, bool asleep);

#endif
