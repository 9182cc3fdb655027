// SPDX-License-Identifier: GPL-2.0
/*
 * The service thread: everything that may sleep and is not a suspend itself.
 *
 *   a request is pending		start its suspend (trigger.c)
 *   load, restore, the offer changed	negotiate (offer.c)
 *   resumed				has the toolstack given the port back? (offer.c)
 *   unload, shutdown			withdraw, then close (release.c)
 *
 * One thread does all of it, so none of it needs a lock. It is freezable and
 * freezes only between two jobs: no negotiation is ever cut in two by a restore,
 * which would have it publish a port of the old domain in the new one.
 *
 * It sleeps with real-time priority and starts a suspend with it: one of the two
 * hops between the upcall and do_suspend(), some microseconds, which nobody in a
 * busy guest shall delay. For all else it is a thread like others.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include "compat.h"
#include "offer.h"
#include "release.h"
#include "service.h"
#include "trigger.h"
#include "watch.h"
#include "xen-suspend.h"

/* svc->kicked: this bit is set if the number below it was kicked at all */
#define KICKED BIT(31)

/* Longer than the freezer waits for tasks: 20 s, if nobody has changed pm_freeze_timeout. */
#define FREEZER_NS (60 * NSEC_PER_SEC)

static void hurry(struct service *svc)
{
	if (!svc->hurried)
		sched_set_fifo(current);
	svc->hurried = true;
}

static void calm_down(struct service *svc)
{
	if (svc->hurried)
		sched_set_normal(current, 0);
	svc->hurried = false;
}

static bool is_new(const struct xen_suspend *xs, int word)
{
	return hs_is_requested(word) && !lifecycle_sleeps(&xs->lifecycle) &&
	       xs->service.kicked != (KICKED | hs_seq(word));
}

/* The pending request, whose suspend is started now */
static void start(struct xen_suspend *xs, int word, bool bound,
		  const char *deserted)
{
	bool sent;

	if (!bound) {
		calm_down(&xs->service);
		/* What manage.c has read already is left to the gate. */
		if (control_revoke(&xs->control, hs_seq(word))) {
			verdict_drop(&xs->verdict, hs_seq(word),
				     FAILURE_DESERTED, -ECONNRESET, deserted);
			return;
		}
	}
	sent = trigger_send(xs, hs_seq(word));
	calm_down(&xs->service);
	if (!sent)
		trigger_write(xs, hs_seq(word));
	offer_ahead(xs, hs_by(word));
}

static bool still_wanted(struct xen_suspend *xs, int word)
{
	return channel_asker(&xs->channel, hs_by(word)) == PEER_BOUND;
}

/* First of all, and with nothing before it: this is what speed depends on. */
static void serve_request(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;
	int word = hs_word(&xs->handshake);

	if (is_new(xs, word)) {
		svc->kicked = KICKED | hs_seq(word);
		svc->retrying = false;
		/* Only sets a timer. After the start it might be the last word. */
		report_begun(&xs->report);
		start(xs, word,
		      !hs_is_remembered(&xs->handshake, word) ||
		      still_wanted(xs, word),
		      "the toolstack that asked while this guest resumed is gone: not suspending");
	} else if (hs_is_requested(word) && svc->retrying &&
		   !lifecycle_sleeps(&xs->lifecycle) &&
		   time_after_eq(jiffies, svc->next_try)) {
		svc->retrying = false;
		start(xs, word, still_wanted(xs, word),
		      "the toolstack is gone: its suspend, which had failed, is not tried again");
	}
}

static bool has_expired(const struct service *svc, int word)
{
	return svc->expired == (KICKED | hs_seq(word));
}

/*
 * When the toolstack gives up; and if manage.c is at it by then, when that must be
 * over. Return: nanoseconds until then, U64_MAX for ever.
 */
static u64 expires_in_ns(const struct xen_suspend *xs, int word)
{
	u64 deadline_ns = attempt_deadline_ns(&xs->attempt);

	if (deadline_ns && has_expired(&xs->service, word))
		deadline_ns += FREEZER_NS;
	return hs_time_left_ns(&xs->handshake, ktime_get_mono_fast_ns(),
			       deadline_ns);
}

static void expire_request(struct xen_suspend *xs)
{
	int word = hs_word(&xs->handshake);
	bool at_last = has_expired(&xs->service, word);

	if (!hs_is_requested(word) || expires_in_ns(xs, word))
		return;
	xs->service.expired = KICKED | hs_seq(word);
	trigger_expire(xs, hs_seq(word), at_last);
}

/* A suspend has failed, and its request is still pending. */
static void plan_retry(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;
	const struct retry *retry = &xs->verdict.retry;

	if (svc->kicked != (KICKED | retry->seq))
		return;
	svc->retrying = true;
	svc->next_try = jiffies + msecs_to_jiffies(retry->pause_ms);
}

static bool has_work(const struct xen_suspend *xs)
{
	return is_new(xs, hs_word(&xs->handshake)) ||
	       (READ_ONCE(xs->jobs.todo) & ~(BIT(JOB_RELEASE) | BIT(JOB_FORCE)));
}

static void announce(struct xen_suspend *xs)
{
	const struct negotiation *agreed = &xs->agreed;

	if (agreed->published) {
		errors_clear(&xs->errors, ERROR_NEGOTIATE);
		pr_info("event channel %u published in %s, mode %s, trigger %s\n",
			agreed->published, XEN_SUSPEND_NODE,
			negotiate_mode_name(agreed->mode),
			trigger_name(xs->trigger.kind));
		return;
	}
	errors_note(&xs->errors, ERROR_NEGOTIATE, agreed->refusal,
		    agreed->refusal == -ENOENT ?
		    "%s is absent and device not writable: suspending through xenstore only" :
		    "%s is not writable: suspending through xenstore only",
		    XEN_SUSPEND_NODE);
	if (xs->channel.subscribed)
		pr_err("but Xen signals suspends through port %u alone: they time out until %s is back\n",
		       channel_port(&xs->channel), XEN_SUSPEND_NODE);
}

static bool goes(const struct xen_suspend *xs)
{
	return jobs_done(&xs->jobs, JOB_RELEASE) ||
	       jobs_asked(&xs->jobs, JOB_FORCE);
}

static void look(struct xen_suspend *xs)
{
	/* Who goes does not publish again. */
	if (goes(xs)) {
		xs->offer.err = -ESHUTDOWN;
		jobs_finish(&xs->jobs, JOB_LOOK);
		return;
	}
	if (offer_look(xs))
		announce(xs);
	if (!jobs_done(&xs->jobs, JOB_LOOK))
		jobs_finish(&xs->jobs, JOB_LOOK);
}

/* None of it takes its time from a suspend that is being started. */
static void work(struct xen_suspend *xs)
{
	struct jobs *jobs = &xs->jobs;

	trigger_refill(xs);
	expire_request(xs);
	if (jobs_take(jobs, JOB_AWAKE))
		xs->service.kicked = 0;
	if (jobs_take(jobs, JOB_RETRY))
		plan_retry(xs);
	if (jobs_take(jobs, JOB_STOCK_FAILED))
		verdict_report_stock(&xs->verdict);
	if (jobs_take(jobs, JOB_RESTORED)) {
		offer_new_domain(xs);
		release_new_domain(xs);
		jobs_ask(jobs, JOB_LOOK);
	}
	if (jobs_take(jobs, JOB_RESUMED) && !goes(xs)) {
		release_resumed(xs);
		offer_resumed(xs);
	}
	if (!goes(xs))
		offer_when_due(xs);
	if (jobs_take(jobs, JOB_LOOK))
		look(xs);
	if (jobs_asked(jobs, JOB_RELEASE) && !jobs_done(jobs, JOB_RELEASE))
		release_try(xs);
}

/* When to look again with nobody waking us; for ever when idle. */
static long next_timeout(const struct xen_suspend *xs)
{
	const struct service *svc = &xs->service;
	long timeout = MAX_SCHEDULE_TIMEOUT;
	int word = hs_word(&xs->handshake);
	u64 left;

	if (!goes(xs))
		timeout = offer_timeout(&xs->offer, timeout);
	if (jobs_asked(&xs->jobs, JOB_RELEASE) &&
	    !jobs_done(&xs->jobs, JOB_RELEASE))
		timeout = min_t(long, timeout, RELEASE_POLL);
	if (!hs_is_requested(word))
		return timeout;
	if (svc->retrying && !lifecycle_sleeps(&xs->lifecycle))
		timeout = min_t(long, timeout,
				max_t(long, svc->next_try - jiffies, 1));
	left = expires_in_ns(xs, word);
	if (left != U64_MAX)
		timeout = min_t(u64, timeout, nsecs_to_jiffies64(left) + 1);
	return timeout;
}

static int service_thread(void *data)
{
	struct xen_suspend *xs = data;

	set_freezable();
	while (!kthread_should_stop()) {
		serve_request(xs);
		calm_down(&xs->service);
		work(xs);
		hurry(&xs->service);
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (!has_work(xs) && !kthread_should_stop())
			schedule_timeout(next_timeout(xs));
		__set_current_state(TASK_RUNNING);
		try_to_freeze();
	}
	return 0;
}

/*
 * Everything below device fires this watch; what is not ours is turned away
 * before the xenwatch thread wakes up. device itself: its permissions.
 */
static bool watch_will_handle(struct xenbus_watch *watch, const char *path,
			      const char *token)
{
	return !strcmp(path, "device") ||
	       !strncmp(path, XEN_SUSPEND_DIR, strlen(XEN_SUSPEND_DIR));
}

static void watch_fired(struct xenbus_watch *watch, const char *path,
			const char *token)
{
	struct xen_suspend *xs = container_of(watch, struct xen_suspend,
					      service.watch);

	/* The first look is asked for by service_negotiate(); of what changes under
	 * that one, only this tells.
	 */
	if (READ_ONCE(xs->service.negotiates))
		jobs_ask(&xs->jobs, JOB_LOOK);
}

/**
 * service_create - start the thread, with nothing to do yet
 * @xs:		the module
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int service_create(struct xen_suspend *xs)
{
	struct task_struct *task;

	task = kthread_run(service_thread, xs, "xen-suspend");
	if (IS_ERR(task))
		return PTR_ERR(task);
	xs->service.task = task;
	xs->jobs.thread = task;
	xs->channel.thread = task;
	return 0;
}

/**
 * service_watch - watch device
 * @xs:		the module
 *
 * Context: process, may sleep for xenstored.
 * Return: 0 or an error.
 */
int service_watch(struct xen_suspend *xs)
{
	xs->service.watch.node = "device";
	xs->service.watch.will_handle = watch_will_handle;
	xs->service.watch.callback = watch_fired;
	return register_xenbus_watch(&xs->service.watch);
}

/**
 * service_negotiate - negotiate for the first time
 * @xs:		the module
 *
 * Context: process, may sleep for xenstored.
 * Return: 0, also if nothing is offered, or the error.
 */
int service_negotiate(struct xen_suspend *xs)
{
	WRITE_ONCE(xs->service.negotiates, true);
	jobs_ask(&xs->jobs, JOB_LOOK);
	while (jobs_wait(&xs->jobs, JOB_LOOK, 10 * HZ, false) <= 0)
		pr_warn("still waiting for xenstored to answer\n");
	return xs->offer.err;
}

/**
 * service_unwatch - undo service_watch()
 * @xs:		the module
 *
 * Context: process, may sleep; waits for a running callback.
 */
void service_unwatch(struct xen_suspend *xs)
{
	watch_unregister(&xs->service.watch);
}

/**
 * service_stop - end the thread
 * @xs:		the module; nobody may wake the thread any more
 *
 * Context: process, may sleep.
 */
void service_stop(struct xen_suspend *xs)
{
	kthread_stop(xs->service.task);
}
