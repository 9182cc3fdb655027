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
 *
 * A release that is forced (reboot, kexec, a killed rmmod) withdraws at once, so
 * that no other toolstack comes, drops what is pending, and then waits for the
 * suspend that is under way, if there is one. rmmod freezes while it waits: it may
 * be that suspend's freezer that waits for it. A shutdown does not: it holds locks
 * of devices, which the suspend would then wait for, and for ever. It waits for
 * less time than the freezer does, and wins.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/jiffies.h>
#include <linux/module.h>

#include "release.h"
#include "xen-suspend.h"

#define RELEASE_NOTE (60 * HZ)
#define SHUTDOWN_PATIENCE (5 * HZ)

/*
 * Xen may be subscribed to our port from now on: hold a reference to the module
 * for as long as this domain lives.
 */
static void pin(struct xen_suspend *xs)
{
	xs->channel.subscribed = true;
	if (xs->release.pinned || !try_module_get(THIS_MODULE))
		return;
	xs->release.pinned = true;
	pr_info("a toolstack has used the event channel\n");
	pr_info("rmmod is refused (EBUSY) until this guest is restored or migrated:\n");
	pr_info("Xen signals suspends through that channel alone, and with it closed\n");
	pr_info("every suspend through xenstore would time out\n");
}

static void unpin(struct xen_suspend *xs)
{
	xs->channel.subscribed = false;
	if (!xs->release.pinned)
		return;
	xs->release.pinned = false;
	module_put(THIS_MODULE);
}

/* Has a toolstack asked in this domain, or is it about to? */
static bool is_used(const struct xen_suspend *xs)
{
	return hs_requests(&xs->handshake) != xs->release.requests_before ||
	       channel_is_bound(&xs->channel);
}

/**
 * release_resumed - a request or a suspend is over, in the same domain
 * @xs:		the module
 *
 * Context: the service thread.
 */
void release_resumed(struct xen_suspend *xs)
{
	/* It may have been asked for through control/shutdown. */
	if (is_used(xs))
		pin(xs);
}

/**
 * release_new_domain - nobody is subscribed to a port of ours any more
 * @xs:		the module
 *
 * Context: the service thread.
 */
void release_new_domain(struct xen_suspend *xs)
{
	unpin(xs);
	xs->release.requests_before = hs_requests(&xs->handshake);
}

static void note_release(struct xen_suspend *xs, const char *why)
{
	struct release *release = &xs->release;

	if (release->noted && time_before(jiffies, release->noted + RELEASE_NOTE))
		return;
	release->noted = jiffies;
	pr_warn("unloading waits: %s\n", why);
	pr_warn("interrupt rmmod to unload all the same; if suspends time out after that, load the module again\n");
}

/* Why the port cannot be closed now, or NULL */
static const char *in_use(struct xen_suspend *xs)
{
	int word = hs_word(&xs->handshake);

	if (hs_base(word) == HS_DISARMED)
		return NULL;
	/* libxl binds and subscribes in one go, and never unsubscribes. */
	if (is_used(xs))
		xs->channel.subscribed = true;
	if (word & HS_REQUEST)
		return "a suspend request is pending";
	if (xs->channel.subscribed)
		return "Xen may be subscribed to our port until this guest is restored or migrated";
	return NULL;
}

static int empty_node(struct xen_suspend *xs)
{
	int err = negotiate_withdraw(&xs->agreed);

	if (err)
		errors_note(&xs->errors, ERROR_NEGOTIATE, err,
			    "cannot withdraw event channel %u from %s",
			    channel_port(&xs->channel), XEN_SUSPEND_NODE);
	return err;
}

/*
 * Unless somebody would be harmed. Return: true if nothing of us is left in
 * xenstore and Xen.
 */
static bool release_gently(struct xen_suspend *xs)
{
	const char *why = in_use(xs);

	if (!why && empty_node(xs))
		why = "xenstore fails";
	if (why) {
		note_release(xs, why);
		return false;
	}
	/*
	 * Somebody may have read the node before it was withdrawn: publish it
	 * again, as long as that one may come back.
	 */
	if (in_use(xs) || !hs_disarm(&xs->handshake)) {
		jobs_ask(&xs->jobs, JOB_LOOK);
		return false;
	}
	channel_close(&xs->channel);
	return true;
}

static bool release_by_force(struct xen_suspend *xs)
{
	unsigned int seq = hs_seq(hs_word(&xs->handshake));
	int err = empty_node(xs);

	/* manage.c is at it. When that is over, or has expired, we come again. */
	if (!control_revoke(&xs->control, seq))
		return false;
	verdict_drop(&xs->verdict, seq, FAILURE_SHUTDOWN, -ESHUTDOWN,
		     "the module is unloaded, or the guest shuts down");
	/* Not under a suspend: when it is over, we come here again. */
	if (!hs_disarm(&xs->handshake))
		return false;
	if (err) {
		pr_err("event channel %u stays open, unanswered\n",
		       channel_port(&xs->channel));
		channel_abandon(&xs->channel);
	} else {
		channel_close(&xs->channel);
	}
	return true;
}

/**
 * release_try - withdraw and close, if that is possible now
 * @xs:		the module
 *
 * Context: the service thread, may sleep for xenstored.
 */
void release_try(struct xen_suspend *xs)
{
	if (!(jobs_asked(&xs->jobs, JOB_FORCE) ? release_by_force(xs) :
						 release_gently(xs)))
		return;
	unpin(xs);
	report_state(&xs->report);
	jobs_finish(&xs->jobs, JOB_RELEASE);
}

/**
 * release_for_unload - withdraw the port and close it
 * @xs:		the module
 *
 * Waits for a toolstack that has the port bound. A signal that would end the
 * process ends the wait, and what that may cost is in the log. Freezes: the
 * toolstack waited for may be about to suspend us.
 *
 * Context: process, module unload.
 */
void release_for_unload(struct xen_suspend *xs)
{
	jobs_ask(&xs->jobs, JOB_RELEASE);
	if (jobs_wait(&xs->jobs, JOB_RELEASE, MAX_SCHEDULE_TIMEOUT, true) > 0)
		return;
	pr_warn("unloading although the event channel is in use: if suspends time out from now on, load the module again\n");
	release_at_once(xs);
}

static void force(struct xen_suspend *xs)
{
	/* Looked at when JOB_RELEASE is: jobs_ask() orders the two. */
	set_bit(JOB_FORCE, &xs->jobs.todo);
	jobs_ask(&xs->jobs, JOB_RELEASE);
}

/**
 * release_at_once - withdraw the port and close it, whoever uses it
 * @xs:		the module
 *
 * Context: process, module unload and failed load; waits for xenstored, and for
 * a suspend that is under way.
 */
void release_at_once(struct xen_suspend *xs)
{
	force(xs);
	jobs_wait(&xs->jobs, JOB_RELEASE, MAX_SCHEDULE_TIMEOUT, false);
}

/**
 * release_for_shutdown - withdraw and close, the guest goes down
 * @xs:		the module
 *
 * Context: process, with locks of devices held; waits as release_at_once(), but not
 * for ever, and does not freeze.
 */
void release_for_shutdown(struct xen_suspend *xs)
{
	force(xs);
	if (jobs_wait_here(&xs->jobs, JOB_RELEASE, SHUTDOWN_PATIENCE))
		return;
	if (!READ_ONCE(xs->agreed.published))
		pr_err("a suspend under way does not end: event channel %u stays open, but is withdrawn\n",
		       channel_port(&xs->channel));
	else
		pr_err("xenstored does not answer: %s is left behind\n",
		       XEN_SUSPEND_NODE);
}
