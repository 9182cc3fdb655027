// SPDX-License-Identifier: GPL-2.0
/*
 * Release: giving the event channel back on unload and shutdown.
 *
 * The module may not be unloaded while Xen may be subscribed to our port. Xen
 * tells the toolstack of a suspend through the subscribed port alone, and
 * nothing unsubscribes it but a new domain (xen/common/domain.c,
 * __domain_finalise_shutdown()): with the port closed, every later suspend of
 * this domain by the xenstore protocol would hang for a minute and fail.
 *
 * So the first request in a domain takes a reference to the module, which a
 * restore gives back. A toolstack that has the port bound but has not asked yet
 * is seen only by asking Xen, when rmmod is past the reference count already;
 * then the unload waits for it. A toolstack that subscribed, never asked, and is
 * gone, leaves no trace that a guest can see.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#include "watch.h"
#include "xen-suspend.h"

#define RELEASE_NOTE (60 * HZ)
#define SHUTDOWN_PATIENCE (5 * HZ)

/**
 * release_pin - Xen may be subscribed to our port from now on
 * @xs:		the module
 *
 * Takes a reference to the module for as long as this domain lives.
 *
 * Context: the service thread.
 */
void release_pin(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;

	svc->subscribed = true;
	if (svc->pinned || !try_module_get(THIS_MODULE))
		return;
	svc->pinned = true;
	pr_info("a toolstack has used event channel %u\n", xs->channel.port);
	pr_info("rmmod is refused (EBUSY) until this guest is restored or migrated:\n");
	pr_info("Xen signals suspends through that channel alone, and with it closed\n");
	pr_info("every suspend through xenstore would time out\n");
}

/**
 * release_unpin - nobody is subscribed to our port: let go of the module
 * @svc:	the service
 *
 * Context: the service thread.
 */
void release_unpin(struct service *svc)
{
	svc->subscribed = false;
	if (!svc->pinned)
		return;
	svc->pinned = false;
	module_put(THIS_MODULE);
}

static void note_release(struct xen_suspend *xs, const char *why)
{
	struct service *svc = &xs->service;

	if (svc->release_noted &&
	    time_before(jiffies, svc->release_noted + RELEASE_NOTE))
		return;
	svc->release_noted = jiffies;
	pr_warn("unloading waits: %s\n", why);
	pr_warn("interrupt rmmod to unload all the same; if suspends time out after that, load the module again\n");
}

/* Why the port cannot be closed now, or NULL */
static const char *in_use(struct xen_suspend *xs)
{
	if (hs_base(atomic_read(&xs->handshake.word)) == HS_DISARMED)
		return NULL;
	/* libxl binds and subscribes in one go, and never unsubscribes. */
	if (channel_peer(&xs->channel) == PEER_BOUND)
		xs->service.subscribed = true;
	if (atomic_read(&xs->handshake.word) & HS_REQUEST)
		return "a suspend request is pending";
	if (xs->service.subscribed)
		return "Xen may be subscribed to our port until this guest is restored or migrated";
	return NULL;
}

/* Return: true if nothing of us is left in xenstore and Xen. */
static bool release(struct xen_suspend *xs, bool force)
{
	struct handshake *hs = &xs->handshake;
	const char *why = in_use(xs);
	int err;

	if (why && !force) {
		note_release(xs, why);
		return false;
	}

	err = negotiate_withdraw(&xs->negotiation, xs->channel.port);
	if (err) {
		status_error(&xs->status, ERROR_NEGOTIATE, err,
			     "cannot withdraw event channel %u from %s",
			     xs->channel.port, XEN_SUSPEND_NODE);
		if (!force) {
			note_release(xs, "xenstore fails");
			return false;
		}
	}

	if (force)
		trigger_drop(xs, hs_seq(atomic_read(&hs->word)),
			     FAILURE_SHUTDOWN, -ESHUTDOWN,
			     "the module is unloaded, or the guest shuts down");
	/*
	 * Somebody may have read the node before it was withdrawn: publish it
	 * again, as long as that one may come back.
	 */
	if ((!force && in_use(xs)) || !hs_disarm(hs)) {
		set_bit(TODO_LOOK, &xs->service.todo);
		return false;
	}
	if (err) {
		pr_err("event channel %u stays open, unanswered\n",
		       xs->channel.port);
		channel_abandon(&xs->channel);
	} else {
		channel_close(&xs->channel);
	}
	return true;
}

/**
 * release_try - withdraw and close, unless somebody would be harmed
 * @xs:		the module
 *
 * Context: the service thread, may sleep for xenstored.
 */
void release_try(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;

	if (svc->released || !release(xs, test_bit(TODO_FORCE, &svc->todo)))
		return;
	release_unpin(svc);
	svc->retry_ms = 0;
	WRITE_ONCE(svc->released, true);
	status_state_changed(&xs->status);
	wake_up_all(&svc->wq);
}

/**
 * release_for_unload - withdraw the port and close it
 * @svc:	the service
 *
 * Waits for a toolstack that has the port bound. A signal that would end the
 * process ends the wait, and what that may cost is in the log. Freezes: the
 * toolstack waited for may be about to suspend us.
 *
 * Context: process, module unload.
 */
void release_for_unload(struct service *svc)
{
	long ret;

	service_todo(svc, TODO_RELEASE);
	/* The freezer's own signal would end wait_event_freezable(). */
	while (!(ret = wait_event_killable_timeout(svc->wq,
						   READ_ONCE(svc->released),
						   FREEZE_POLL)))
		try_to_freeze();
	if (ret > 0)
		return;
	pr_warn("unloading although the event channel is in use: if suspends time out from now on, load the module again\n");
	release_at_once(svc);
}

/**
 * release_at_once - withdraw the port and close it, whoever uses it
 * @svc:	the service
 *
 * Context: process, module unload and failed load; waits for xenstored.
 */
void release_at_once(struct service *svc)
{
	set_bit(TODO_FORCE, &svc->todo);
	service_todo(svc, TODO_RELEASE);
	wait_event(svc->wq, READ_ONCE(svc->released));
}

/**
 * release_for_shutdown - withdraw and close, the guest goes down
 * @svc:	the service
 *
 * Context: process; waits for xenstored, but not for ever.
 */
void release_for_shutdown(struct service *svc)
{
	set_bit(TODO_FORCE, &svc->todo);
	service_todo(svc, TODO_RELEASE);
	if (!wait_event_timeout(svc->wq, READ_ONCE(svc->released),
				SHUTDOWN_PATIENCE))
		pr_err("xenstored does not answer: %s is left behind\n",
		       XEN_SUSPEND_NODE);
}
