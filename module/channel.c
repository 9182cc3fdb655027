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
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <xen/events.h>
#include <asm/xen/hypercall.h>

#include "channel.h"
#include "trace.h"

/*
 * The fast path. Interrupt context: no lock, no allocation, nothing printed.
 *
 * An event that brought nothing new is reported as spurious, so that a
 * toolstack that storms us is slowed down by the event channel code (XSA-332):
 * each one in a row doubles the time until the next is let through, up to a
 * second. A new request resets that.
 */
static irqreturn_t channel_upcall(int irq, void *dev_id)
{
	struct channel *ch = dev_id;
	u64 now = ktime_get_mono_fast_ns();
	enum hs_verdict verdict = hs_upcall(ch->hs, now);

	if (verdict == HS_NEW) {
		wake_up_process(ch->service);
		/* It costs the request nothing; see trace.h. */
		trace_request(READ_ONCE(ch->port), now);
	}
	xen_irq_lateeoi(irq, verdict == HS_NEW ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/**
 * channel_open - allocate a port for the toolstack and take its events
 * @ch:		the channel, closed
 *
 * Context: process, may sleep.
 * Return: 0, or the error of Xen (-ENOSPC: no port left) or of the kernel.
 */
int channel_open(struct channel *ch)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = ch->remote,
	};
	evtchn_port_t port;
	int irq, err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	if (err) {
		pr_err("cannot allocate an event channel for domain %u: %d\n",
		       ch->remote, err);
		return err;
	}

	port = alloc.port;
	/*
	 * IRQF_NO_SUSPEND: dpm_suspend_noirq() would otherwise keep a notify that
	 * came before the hypercall and hand it over after it, when it would be
	 * taken for a new request. IRQF_NOBALANCING: nothing is gained from
	 * moving a rare event.
	 */
	irq = bind_evtchn_to_irqhandler_lateeoi(port, channel_upcall,
						IRQF_NO_SUSPEND |
						IRQF_NOBALANCING,
						"xen-suspend", ch);
	if (irq < 0) {
		struct channel probe = { .port = port, .remote = ch->remote };
		struct evtchn_close close = { .port = port };

		pr_err("cannot bind event channel %u to an IRQ: %d\n", port,
		       irq);
		/* Some failures close the port already, others do not. */
		if (channel_peer(&probe) != PEER_GONE)
			HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
		return irq;
	}

	ch->irq = irq;
	WRITE_ONCE(ch->port, port);
	return 0;
}

/**
 * channel_close - free the IRQ and close the port, if it is still ours
 * @ch:		the channel
 *
 * The node must not hold the port any more, and the handshake be disarmed.
 *
 * Context: process, may sleep; waits for a running upcall.
 */
void channel_close(struct channel *ch)
{
	if (!ch->irq)
		return;
	unbind_from_irqhandler(ch->irq, ch);
	WRITE_ONCE(ch->port, 0);
	ch->irq = 0;
}

/**
 * channel_abandon - take no more events, but leave the port open
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
	if (!ch->irq)
		return;
	free_irq(ch->irq, ch);
	WRITE_ONCE(ch->port, 0);
	ch->irq = 0;
}

/**
 * channel_lost - this is a new domain: the port is gone
 * @ch:		the channel
 *
 * The IRQ is freed by channel_close(), which may sleep longer than a resume
 * should take.
 *
 * Context: the xenwatch thread during resume.
 */
void channel_lost(struct channel *ch)
{
	WRITE_ONCE(ch->port, 0);
}

/**
 * channel_peer - ask Xen what has become of our port
 * @ch:		the channel
 *
 * Context: any in which a hypercall may be made.
 * Return: see enum channel_peer.
 */
enum channel_peer channel_peer(const struct channel *ch)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = ch->port };

	if (!ch->port ||
	    HYPERVISOR_event_channel_op(EVTCHNOP_status, &status))
		return PEER_GONE;
	if (status.status == EVTCHNSTAT_interdomain)
		return status.u.interdomain.dom == ch->remote ? PEER_BOUND :
								PEER_GONE;
	if (status.status == EVTCHNSTAT_unbound &&
	    status.u.unbound.dom == ch->remote)
		return PEER_NONE;
	return PEER_GONE;
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
	return ch->port && irq_from_evtchn(ch->port) == ch->irq &&
	       channel_peer(ch) != PEER_GONE;
}

/**
 * channel_clear_pending - forget events that Xen holds but has not delivered
 * @ch:		the channel
 *
 * Context: stop_machine(), interrupts off.
 */
void channel_clear_pending(const struct channel *ch)
{
	if (ch->port)
		xen_clear_irq_pending(ch->irq);
}
