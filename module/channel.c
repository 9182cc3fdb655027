// SPDX-License-Identifier: GPL-2.0
/*
 * The suspend event channel.
 *
 * The guest allocates an unbound port for the toolstack's domain; libxl binds
 * it interdomain for the time of one save, subscribes to it (so that Xen
 * signals the same port when the domain has suspended), and unbinds it. The
 * port stays ours through all that and through suspends resumed in place. A
 * restore into a new domain takes it away: the kernel zaps its IRQ mapping
 * (xen_irq_resume()), and only the IRQ is left to free.
 *
 * Not every toolstack unbinds it. A port that is still bound cannot be bound by
 * the next, so another one is opened and offered in its place. The old one stays
 * open: its toolstack may use it again (Remus does), and Xen is subscribed to it
 * until another toolstack subscribes to the new one. A request by the new one
 * says that this has happened, and then the old one is closed.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/suspend.h>
#include <xen/events.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "channel.h"
#include "trace.h"

/*
 * The fast path. Interrupt context: no lock, no allocation, nothing printed.
 *
 * An event that brought nothing new is reported as spurious, so that a
 * toolstack that storms us is slowed down by the event channel code (XSA-332),
 * which puts off the next after the second in a row. A new request resets that.
 */
static irqreturn_t channel_upcall(int irq, void *dev_id)
{
	struct channel_port *port = dev_id;
	struct channel *ch = port->channel;
	u64 now = ktime_get_mono_fast_ns();
	enum hs_verdict verdict = hs_upcall(ch->hs, port->by, now);

	if (verdict == HS_NEW) {
		wake_up_process(ch->thread);
		/* The thread is frozen then: the guest has to wake up first. */
		if (READ_ONCE(ch->asleep))
			pm_system_wakeup();
		/* It costs the request nothing; see trace.h. */
		trace_request(READ_ONCE(port->port), now);
	}
	xen_irq_lateeoi(irq, verdict == HS_NEW ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static int port_alloc(domid_t remote, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = remote,
	};
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	if (!err)
		*port = alloc.port;
	return err;
}

/* How often a toolstack has asked by this port, also for what was asked already */
static unsigned long notifies(const struct channel *ch, unsigned int by)
{
	const struct hs_port *port = &ch->hs->ports[by];

	return READ_ONCE(port->requests) + READ_ONCE(port->coalesced);
}

static bool asked_since_opened(const struct channel *ch, unsigned int by)
{
	return notifies(ch, by) != ch->ports[by].earlier;
}

static enum channel_peer port_peer(evtchn_port_t port, domid_t remote)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	if (!port || HYPERVISOR_event_channel_op(EVTCHNOP_status, &status))
		return PEER_GONE;
	if (status.status == EVTCHNSTAT_interdomain)
		return status.u.interdomain.dom == remote ? PEER_BOUND :
							    PEER_GONE;
	if (status.status == EVTCHNSTAT_unbound &&
	    status.u.unbound.dom == remote)
		return PEER_NONE;
	return PEER_GONE;
}

/**
 * channel_open - open a port for the toolstack, which is the one to offer
 * @ch:		the channel; if one port is open, that one is held from now on
 *
 * Context: process, may sleep.
 * Return: 0, -EBUSY if both ports are open, or the error of Xen (-ENOSPC: no port
 * left) or of the kernel, and then all is as it was.
 */
int channel_open(struct channel *ch)
{
	unsigned int by = channel_port(ch) ? !ch->offered : ch->offered;
	struct channel_port *slot = &ch->ports[by];
	evtchn_port_t port;
	int irq, err;

	if (slot->irq)
		return -EBUSY;
	err = port_alloc(ch->remote, &port);
	if (err) {
		pr_err("cannot allocate an event channel for domain %u: %d\n",
		       ch->remote, err);
		return err;
	}

	slot->by = by;
	slot->channel = ch;
	slot->earlier = notifies(ch, by);
	/*
	 * IRQF_NO_SUSPEND: dpm_suspend_noirq() would otherwise keep a notify that
	 * came before the hypercall and hand it over after it, when it would be
	 * taken for a new request; and a guest asleep could not be woken.
	 * IRQF_NOBALANCING: nothing is gained from moving a rare event.
	 */
	irq = bind_evtchn_to_irqhandler_lateeoi(port, channel_upcall,
						IRQF_NO_SUSPEND |
						IRQF_NOBALANCING,
						"xen-suspend", slot);
	if (irq < 0) {
		struct evtchn_close close = { .port = port };

		pr_err("cannot bind event channel %u to an IRQ: %d\n", port,
		       irq);
		/* Some failures close the port already, others do not. */
		if (port_peer(port, ch->remote) != PEER_GONE)
			HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
		return irq;
	}

	slot->irq = irq;
	WRITE_ONCE(slot->port, port);
	WRITE_ONCE(ch->offered, by);
	return 0;
}

static void close_slot(struct channel_port *slot)
{
	if (!slot->irq)
		return;
	/* Closes the port, too, unless it went away in a restore. */
	unbind_from_irqhandler(slot->irq, slot);
	WRITE_ONCE(slot->port, 0);
	slot->irq = 0;
}

/**
 * channel_close - free the IRQs and close the ports that are still ours
 * @ch:		the channel
 *
 * The node must not hold a port any more, and the handshake be disarmed.
 *
 * Context: process, may sleep; waits for a running upcall.
 */
void channel_close(struct channel *ch)
{
	close_slot(&ch->ports[0]);
	close_slot(&ch->ports[1]);
}

/**
 * channel_succeeded - has a toolstack asked by the port that is offered?
 * @ch:		the channel
 *
 * Then Xen is subscribed to that one, and nobody needs the one held, unless the
 * pending request came by it.
 *
 * Context: process.
 */
bool channel_succeeded(const struct channel *ch)
{
	unsigned int offered = ch->offered;
	int word = hs_word(ch->hs);

	return asked_since_opened(ch, offered) &&
	       !((word & HS_REQUEST) && hs_by(word) != offered);
}

/**
 * channel_close_held - close the port that was offered before
 * @ch:		the channel
 *
 * Context: process, may sleep; waits for a running upcall.
 */
void channel_close_held(struct channel *ch)
{
	close_slot(&ch->ports[!ch->offered]);
}

/**
 * channel_abandon - take no more events, but leave the ports open
 * @ch:		the channel
 *
 * For a node that cannot be withdrawn: a toolstack that finds a closed port in
 * it aborts the save, one that finds an open port that nobody answers gives up
 * after a minute and the next administrator has a port to look at.
 *
 * Context: process, may sleep; waits for a running upcall.
 */
void channel_abandon(struct channel *ch)
{
	struct channel_port *slot;

	for (slot = ch->ports; slot < ch->ports + HS_PORTS; slot++) {
		if (slot->irq)
			free_irq(slot->irq, slot);
		WRITE_ONCE(slot->port, 0);
		slot->irq = 0;
	}
}

/**
 * channel_lost - this is a new domain: the ports are gone
 * @ch:		the channel
 *
 * The IRQs are freed by channel_close(), which may sleep longer than a resume
 * should take.
 *
 * Context: the xenwatch thread during resume.
 */
void channel_lost(struct channel *ch)
{
	WRITE_ONCE(ch->ports[0].port, 0);
	WRITE_ONCE(ch->ports[1].port, 0);
}

/**
 * channel_peer - ask Xen what has become of a port of ours
 * @ch:		the channel
 * @by:		index of the port
 *
 * Context: any in which a hypercall may be made.
 * Return: see enum channel_peer.
 */
enum channel_peer channel_peer(const struct channel *ch, unsigned int by)
{
	return port_peer(READ_ONCE(ch->ports[by].port), ch->remote);
}

/**
 * channel_asker - ask Xen what has become of whoever asked for the pending request
 * @ch:		the channel
 * @by:		index of the port by which it came
 *
 * Another may have asked since, by the port that was offered ahead: its notify is
 * part of the same request.
 *
 * Context: any in which a hypercall may be made.
 * Return: see enum channel_peer.
 */
enum channel_peer channel_asker(const struct channel *ch, unsigned int by)
{
	unsigned int offered = ch->offered;

	if (by != offered &&
	    asked_since_opened(ch, offered) &&
	    channel_peer(ch, offered) == PEER_BOUND)
		return PEER_BOUND;
	return channel_peer(ch, by);
}

/**
 * channel_is_bound - does a toolstack have any of our ports bound?
 * @ch:		the channel
 *
 * Context: any in which a hypercall may be made.
 */
bool channel_is_bound(const struct channel *ch)
{
	return channel_peer(ch, 0) == PEER_BOUND ||
	       channel_peer(ch, 1) == PEER_BOUND;
}

/**
 * channel_survived - is the port still ours after a resume?
 * @ch:		the channel, open before the suspend
 *
 * Xen's word alone does not do: in a new domain another frontend may by now
 * have been given a port of the same number for the same toolstack domain. The
 * kernel's word does: xen_irq_resume() forgets every mapping in a new domain,
 * and our IRQ stays allocated, so no other port can have come to map to it.
 *
 * Context: process; the xenwatch thread during resume.
 * Return: true if this is the same domain.
 */
bool channel_survived(const struct channel *ch)
{
	const struct channel_port *slot = &ch->ports[ch->offered];

	return slot->port && irq_from_evtchn(slot->port) == slot->irq &&
	       channel_peer(ch, ch->offered) != PEER_GONE;
}

/**
 * channel_clear_pending - forget events that Xen holds but has not delivered
 * @ch:		the channel
 *
 * Context: stop_machine(), interrupts off.
 */
void channel_clear_pending(const struct channel *ch)
{
	int by;

	for (by = 0; by < HS_PORTS; by++)
		if (ch->ports[by].port)
			xen_clear_irq_pending(ch->ports[by].irq);
}

/**
 * channel_sleeps - the guest goes to sleep by its own will, or has woken up
 * @ch:		the channel
 * @asleep:	it goes to sleep: from now on a request wakes it, and so does one
 *		that is pending already
 *
 * The barrier here and the upcall's exchange make sure that either the upcall
 * sees @asleep or this function sees its request.
 *
 * Context: process.
 */
void channel_sleeps(struct channel *ch, bool asleep)
{
	WRITE_ONCE(ch->asleep, asleep);
	smp_mb(); /* pairs with the exchange in hs_upcall() */
	if (asleep && hs_is_requested(hs_word(ch->hs)))
		pm_system_wakeup();
}
