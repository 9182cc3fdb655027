// SPDX-License-Identifier: GPL-2.0
/*
 * Which port the toolstack is offered: the first one in each domain, and another
 * one when a toolstack does not give the first one back.
 *
 * libxl_domain_suspend_only() (libvirt's dompmsuspend, xl suspend) binds the port
 * and never unbinds it. While its process lives, the next to bind that port would
 * fail, and with it the next suspend, save or migration. So after a resume in place
 * a port that is still bound is replaced in the node by a new one; channel.c has
 * what becomes of the old one.
 *
 * At once, for the next call may follow at once: xl save unbinds before it resumes
 * the guest, so who has it bound then keeps it. And by a write, not a transaction:
 * Remus keeps its port as well, and asks again in a moment, and do_suspend() waits
 * for what is under way. That is once for each port: Remus goes on using its own,
 * which is not the one offered any more.
 *
 * A toolstack that is not known to give the port back is a step ahead of even that:
 * it may call again before the guest's tasks are thawed. For its next call another
 * port is offered as soon as it has asked.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "offer.h"
#include "trace.h"
#include "xen-suspend.h"

/* libxl waits for 60 s; deadline_ms is 55 s for that reason. */
#define PATIENCE_MARGIN_MS 5000
#define RETRY_FIRST_MS 1000
#define RETRY_MOST_MS 60000

static void retry_later(struct offer *offer)
{
	offer->retry_ms = offer->retry_ms ?
			  min(offer->retry_ms * 2, (unsigned int)RETRY_MOST_MS) :
			  RETRY_FIRST_MS;
	offer->retry_at = jiffies + msecs_to_jiffies(offer->retry_ms);
}

/* If the node may hold the port it stays open, for the next try. */
static void close_unpublished(struct xen_suspend *xs)
{
	if (negotiate_withdraw(&xs->agreed))
		return;
	if (hs_disarm(&xs->handshake))
		channel_close(&xs->channel);
}

/* Armed before publishing: a notify may follow at once. */
static int publish(struct xen_suspend *xs)
{
	int err = channel_port(&xs->channel) ? 0 : channel_open(&xs->channel);

	if (err)
		return err;
	hs_arm(&xs->handshake);
	return negotiate_publish(&xs->agreed, channel_port(&xs->channel));
}

/* Is the port offered one that the next toolstack cannot bind? */
static bool is_held(const struct xen_suspend *xs)
{
	const struct channel *ch = &xs->channel;

	return xs->agreed.published && !channel_held(ch) &&
	       channel_peer(ch, ch->offered) == PEER_BOUND;
}

/* Replace it if it is still held by then */
static void replace_later(struct xen_suspend *xs, unsigned int patience_ms)
{
	struct offer *offer = &xs->offer;
	unsigned int ms = READ_ONCE(offer->fresh_port_ms);

	offer->replace = ms && is_held(xs);
	/* Rounded down: less than a tick is at once. */
	offer->replace_at = jiffies +
			    div_u64(((u64)ms + patience_ms) * HZ, MSEC_PER_SEC);
}

/**
 * offer_look - find out what the toolstack offers, and make it so
 * @xs:		the module
 *
 * Context: the service thread, may sleep for xenstored.
 * Return: true if there is news; after a failure, also that all is as it was.
 */
bool offer_look(struct xen_suspend *xs)
{
	struct offer *offer = &xs->offer;
	bool fresh = !channel_port(&xs->channel);
	bool again = offer->retry_ms;
	int ret = publish(xs);

	offer->err = min(ret, 0);
	if (ret < 0) {
		errors_note(&xs->errors, ERROR_NEGOTIATE, ret,
			    "cannot negotiate in %s: suspending through xenstore only, trying again",
			    XEN_SUSPEND_NODE);
		if (fresh)
			close_unpublished(xs);
		retry_later(offer);
		return false;
	}
	offer->retry_ms = 0;
	if (ret && !offer->replaced) {
		WRITE_ONCE(offer->negotiations, offer->negotiations + 1);
		trace_negotiated(negotiate_mode_name(xs->agreed.mode),
				 xs->agreed.published, xs->agreed.refusal);
	}
	offer->replaced = false;
	/* Taken away and given back, it may be bound already. */
	if (ret && !offer->replace)
		replace_later(xs, 0);
	/* A port once published may have been read: that one stays open. */
	if (fresh && !xs->agreed.published)
		close_unpublished(xs);
	report_state(&xs->report);
	return ret || again;
}

/* Has the guest been suspended since this was last asked? */
static bool was_suspended(struct xen_suspend *xs)
{
	unsigned long suspends = atomic_long_read(&xs->handshake.suspends) +
			atomic_long_read(&xs->verdict.stock_suspends);
	bool more = suspends != xs->offer.suspends;

	xs->offer.suspends = suspends;
	return more;
}

/* A toolstack whose request has failed waits for its minute before it leaves. */
static unsigned int patience_ms(struct xen_suspend *xs)
{
	if (was_suspended(xs))
		return 0;
	return READ_ONCE(xs->patience.deadline_ms) + PATIENCE_MARGIN_MS;
}

/* Has the toolstack that asked given its port back by now? */
static void learn(struct xen_suspend *xs)
{
	unsigned int by = hs_by(hs_word(&xs->handshake));
	unsigned long requests = hs_requests(&xs->handshake);

	if (requests != xs->offer.requests)
		xs->offer.gives_back = channel_peer(&xs->channel, by) !=
				       PEER_BOUND;
	xs->offer.requests = requests;
}

/**
 * offer_resumed - a request or a suspend is over, in the same domain
 * @xs:		the module
 *
 * Context: the service thread.
 */
void offer_resumed(struct xen_suspend *xs)
{
	learn(xs);
	if (channel_held(&xs->channel) && channel_succeeded(&xs->channel))
		channel_close_held(&xs->channel);
	replace_later(xs, patience_ms(xs));
}

static void replace(struct xen_suspend *xs)
{
	struct offer *offer = &xs->offer;
	int err = channel_open(&xs->channel);

	if (err) {
		errors_note(&xs->errors, ERROR_NEGOTIATE, err,
			    "a toolstack holds event channel %u and there is no other: the next suspend may fail until it is given back",
			    channel_port(&xs->channel));
		/* No request may ever come by that one, to look again after it. */
		offer->replace = true;
		offer->replace_at = jiffies +
				    msecs_to_jiffies(RETRY_MOST_MS);
		return;
	}
	WRITE_ONCE(offer->replacements, offer->replacements + 1);
	if (negotiate_replace(&xs->agreed, channel_port(&xs->channel))) {
		offer->replaced = true;
		jobs_ask(&xs->jobs, JOB_LOOK);
	} else {
		errors_clear(&xs->errors, ERROR_NEGOTIATE);
	}
}

static void replace_if_held(struct xen_suspend *xs)
{
	int word = hs_word(&xs->handshake);

	/* Whatever has begun since then ends in offer_resumed() again. */
	if (hs_base(word) == HS_ARMED && !(word & HS_REQUEST) && is_held(xs))
		replace(xs);
}

/**
 * offer_ahead - a suspend has been started: offer another port for the next
 * @xs:		the module
 * @by:		index of the port by which it was asked for
 *
 * While tasks are being frozen, since who resumes the guest may call again sooner
 * than its tasks are thawed. The suspend waits for xenstored to have answered: so
 * not for a toolstack that is known to give the port back.
 *
 * Context: the service thread, may sleep for xenstored.
 */
void offer_ahead(struct xen_suspend *xs, unsigned int by)
{
	struct channel *ch = &xs->channel;

	if (xs->offer.gives_back || !READ_ONCE(xs->offer.fresh_port_ms) ||
	    !xs->agreed.published || by != ch->offered ||
	    channel_peer(ch, by) != PEER_BOUND)
		return;
	/* Its toolstack has subscribed to the port offered. */
	if (channel_held(ch))
		channel_close_held(ch);
	replace(xs);
}

/**
 * offer_when_due - do what was put off, if it is time
 * @xs:		the module
 *
 * Context: the service thread, may sleep for xenstored.
 */
void offer_when_due(struct xen_suspend *xs)
{
	struct offer *offer = &xs->offer;

	if (offer->replace && time_after_eq(jiffies, offer->replace_at)) {
		offer->replace = false;
		replace_if_held(xs);
	}
	if (offer->retry_ms && time_after_eq(jiffies, offer->retry_at))
		jobs_ask(&xs->jobs, JOB_LOOK);
}

/**
 * offer_new_domain - what was agreed was agreed in another domain
 * @xs:		the module
 *
 * Context: the service thread.
 */
void offer_new_domain(struct xen_suspend *xs)
{
	channel_close(&xs->channel);
	was_suspended(xs);
	/* Another toolstack, perhaps. */
	xs->offer.gives_back = false;
	xs->agreed = (struct negotiation){};
	xs->offer.replace = false;
	xs->offer.replaced = false;
	xs->offer.retry_ms = 0;
}

/**
 * offer_timeout - how long the service thread may sleep
 * @offer:	the offer
 * @timeout:	how long it may as far as others are concerned, in jiffies
 *
 * Context: the service thread.
 * Return: jiffies, at least 1.
 */
long offer_timeout(const struct offer *offer, long timeout)
{
	if (offer->replace)
		timeout = min_t(long, timeout,
				max_t(long, offer->replace_at - jiffies, 1));
	if (offer->retry_ms)
		timeout = min_t(long, timeout,
				max_t(long, offer->retry_at - jiffies, 1));
	return timeout;
}
