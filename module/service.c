// SPDX-License-Identifier: GPL-2.0
/*
 * The service thread: everything that may sleep and is not a suspend itself.
 *
 *   a request is pending		start its suspend (trigger.c)
 *   load, restore, the offer changed	negotiate (negotiate.c)
 *   unload, shutdown			withdraw, then close (release.c)
 *
 * One thread does all of it, so none of it needs a lock. It is freezable and
 * freezes only between two jobs: no negotiation is ever cut in two by a restore,
 * which would have it publish a port of the old domain in the new one.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/bitops.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "compat.h"
#include "direct.h"
#include "trace.h"
#include "watch.h"
#include "xen-suspend.h"

/* svc->kicked: this bit is set if the number below it was kicked at all */
#define KICKED BIT(31)

#define RETRY_FIRST_MS 1000
#define RETRY_MOST_MS 60000

/**
 * service_todo - ask the thread to do a job
 * @svc:	the service
 * @job:	which
 *
 * Context: any.
 */
void service_todo(struct service *svc, enum service_job job)
{
	set_bit(job, &svc->todo);
	wake_up_process(svc->task);
}

static void retry_later(struct service *svc)
{
	svc->retry_ms = svc->retry_ms ?
			min(svc->retry_ms * 2, (unsigned int)RETRY_MOST_MS) :
			RETRY_FIRST_MS;
	svc->retry_at = jiffies + msecs_to_jiffies(svc->retry_ms);
}

/* If the node may hold the port it stays open, for the next try. */
static void close_unpublished(struct xen_suspend *xs)
{
	if (negotiate_withdraw(&xs->negotiation, xs->channel.port))
		return;
	if (hs_disarm(&xs->handshake))
		channel_close(&xs->channel);
}

static void report_negotiation(struct xen_suspend *xs)
{
	const struct negotiation *neg = &xs->negotiation;

	if (neg->published) {
		status_clear_error(&xs->status, ERROR_NEGOTIATE);
		pr_info("event channel %u published in %s, mode %s, trigger %s\n",
			xs->channel.port, XEN_SUSPEND_NODE,
			negotiate_mode_name(neg->mode),
			trigger_name(xs->trigger));
		return;
	}
	status_error(&xs->status, ERROR_NEGOTIATE, neg->refusal,
		     neg->refusal == -ENOENT ?
		     "%s is absent and device not writable: suspending through xenstore only" :
		     "%s is not writable: suspending through xenstore only",
		     XEN_SUSPEND_NODE);
	if (xs->service.subscribed)
		pr_err("but Xen signals suspends through port %u alone: they time out until %s is back\n",
		       xs->channel.port, XEN_SUSPEND_NODE);
}

/*
 * Find out what is offered and make it so. Armed before publishing: a notify
 * may follow at once.
 */
static int look(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;
	bool fresh = !xs->channel.port;
	bool again = svc->retry_ms;
	int ret;

	ret = fresh ? channel_open(&xs->channel) : 0;
	if (!ret) {
		hs_arm(&xs->handshake);
		ret = negotiate_publish(&xs->negotiation, xs->channel.port);
	}
	if (ret < 0) {
		status_error(&xs->status, ERROR_NEGOTIATE, ret,
			     "cannot negotiate in %s: suspending through xenstore only, trying again",
			     XEN_SUSPEND_NODE);
		if (fresh)
			close_unpublished(xs);
		retry_later(svc);
		return ret;
	}

	svc->retry_ms = 0;
	if (ret) {
		WRITE_ONCE(xs->negotiations, xs->negotiations + 1);
		trace_negotiated(xs->negotiation.mode,
				 xs->negotiation.published ? xs->channel.port : 0,
				 xs->negotiation.refusal);
	}
	/* After a failure, also that all is as it was. */
	if (ret || again)
		report_negotiation(xs);
	/* A port once published may have been read: that one stays open. */
	if (fresh && !xs->negotiation.published)
		close_unpublished(xs);
	status_state_changed(&xs->status);
	return 0;
}

static void in_new_domain(struct xen_suspend *xs)
{
	channel_close(&xs->channel);
	xs->negotiation = (struct negotiation){};
	xs->service.retry_ms = 0;
	release_unpin(&xs->service);
	xs->service.requests_before = READ_ONCE(xs->handshake.requests);
	set_bit(TODO_LOOK, &xs->service.todo);
}

/* First of all, and with nothing before it: this is what speed depends on. */
static void serve_request(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;
	int word = atomic_read(&xs->handshake.word);
	u64 deadline_ns = xen_suspend_deadline_ns();
	u64 now;

	if (!hs_is_requested(word))
		return;
	if (svc->kicked != (KICKED | hs_seq(word))) {
		svc->kicked = KICKED | hs_seq(word);
		svc->retrying = false;
		/* Only sets a timer. After the kick it might be the last word. */
		report_begun(&xs->report);
		if (hs_is_remembered(&xs->handshake, word) &&
		    channel_peer(&xs->channel) != PEER_BOUND)
			trigger_drop(xs, hs_seq(word), FAILURE_DESERTED,
				     -ECONNRESET,
				     "the toolstack that asked while this guest resumed is gone: not suspending");
		else
			trigger_kick(xs, hs_seq(word));
	} else if (svc->retrying && time_after_eq(jiffies, svc->next_try)) {
		svc->retrying = false;
		if (channel_peer(&xs->channel) != PEER_BOUND)
			trigger_drop(xs, hs_seq(word), FAILURE_DESERTED,
				     -ECONNRESET,
				     "the toolstack is gone: its suspend, which had failed, is not tried again");
		else
			trigger_kick(xs, hs_seq(word));
	}
	now = ktime_get_mono_fast_ns();
	if (hs_is_late(&xs->handshake, now, deadline_ns))
		trigger_expire(xs, hs_seq(word));
}

/* A suspend has failed, and its request is still pending. */
static void plan_retry(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;

	if (svc->kicked != (KICKED | xs->retry.seq))
		return;
	svc->retrying = true;
	svc->next_try = jiffies + msecs_to_jiffies(xs->retry.pause_ms);
}

static bool has_work(const struct xen_suspend *xs)
{
	int word = atomic_read(&xs->handshake.word);

	if (hs_is_requested(word) &&
	    xs->service.kicked != (KICKED | hs_seq(word)))
		return true;
	return READ_ONCE(xs->service.todo) &
	       ~(BIT(TODO_RELEASE) | BIT(TODO_FORCE));
}

static void work(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;

	serve_request(xs);
	if (test_and_clear_bit(TODO_RETRY, &svc->todo))
		plan_retry(xs);
	if (test_and_clear_bit(TODO_STOCK_FAILED, &svc->todo))
		attempt_report_stock(xs);
	if (test_and_clear_bit(TODO_RESTORED, &svc->todo))
		in_new_domain(xs);
	/* Not before: it would take its time from the suspend. */
	if (test_and_clear_bit(TODO_RESUMED, &svc->todo)) {
		/* It may have been asked for through control/shutdown. */
		if (READ_ONCE(xs->handshake.requests) != svc->requests_before ||
		    channel_peer(&xs->channel) == PEER_BOUND)
			release_pin(xs);
	}
	if (svc->retry_ms && time_after_eq(jiffies, svc->retry_at))
		set_bit(TODO_LOOK, &svc->todo);
	if (test_and_clear_bit(TODO_LOOK, &svc->todo) && !svc->released) {
		int err = look(xs);

		if (!svc->negotiated) {
			svc->negotiate_err = err;
			/* after its result */
			smp_store_release(&svc->negotiated, true);
			wake_up_all(&svc->wq);
		}
	}
	if (test_bit(TODO_RELEASE, &svc->todo))
		release_try(xs);
}

/* When to look again with nobody waking us; for ever when idle. */
static long next_timeout(const struct xen_suspend *xs)
{
	const struct service *svc = &xs->service;
	u64 deadline_ns = xen_suspend_deadline_ns();
	long timeout = MAX_SCHEDULE_TIMEOUT;

	if (test_bit(TODO_RELEASE, &svc->todo) && !svc->released)
		timeout = RELEASE_POLL;
	if (svc->retry_ms)
		timeout = min_t(long, timeout,
				max_t(long, svc->retry_at - jiffies, 1));
	if (!hs_is_requested(atomic_read(&xs->handshake.word)))
		return timeout;
	if (svc->retrying)
		timeout = min_t(long, timeout,
				max_t(long, svc->next_try - jiffies, 1));
	if (deadline_ns) {
		u64 left = hs_time_left_ns(&xs->handshake,
					   ktime_get_mono_fast_ns(),
					   deadline_ns);

		timeout = min_t(long, timeout, nsecs_to_jiffies(left) + 1);
	}
	return timeout;
}

static int service_thread(void *data)
{
	struct xen_suspend *xs = data;

	set_freezable();
	while (!kthread_should_stop()) {
		work(xs);
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
	return direct_event_kind(path) != DIRECT_NOT_MADE ||
	       !strcmp(path, "device") ||
	       !strncmp(path, XEN_SUSPEND_DIR, strlen(XEN_SUSPEND_DIR));
}

static void watch_fired(struct xenbus_watch *watch, const char *path,
			const char *token)
{
	struct xen_suspend *xs = container_of(watch, struct xen_suspend, watch);
	struct service *svc = &xs->service;

	switch (direct_event_kind(path)) {
	case DIRECT_REQUEST:
		trigger_serve(xs);
		break;
	case DIRECT_SELF_TEST:
		svc->self_test_passed = (current->flags & PF_KTHREAD) &&
					!strcmp(current->comm, "xenwatch");
		complete(&svc->self_test);
		break;
	default:
		/* The first look is asked for by service_negotiate(). */
		if (READ_ONCE(svc->negotiated))
			service_todo(svc, TODO_LOOK);
	}
}

/**
 * service_create - start the thread, with nothing to do yet
 * @xs:		the module
 *
 * Real-time priority: it is one of two hops between the upcall and the suspend,
 * and runs for microseconds.
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int service_create(struct xen_suspend *xs)
{
	struct service *svc = &xs->service;
	struct task_struct *task;

	init_waitqueue_head(&svc->wq);
	init_completion(&svc->self_test);
	task = kthread_run(service_thread, xs, "xen-suspend");
	if (IS_ERR(task))
		return PTR_ERR(task);
	sched_set_fifo(task);
	svc->task = task;
	xs->channel.service = task;
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
	xs->watch.node = "device";
	xs->watch.will_handle = watch_will_handle;
	xs->watch.callback = watch_fired;
	return xen_suspend_watch(&xs->watch);
}

/**
 * service_negotiate - negotiate for the first time
 * @svc:	the service
 *
 * Context: process, may sleep for xenstored.
 * Return: 0, also if nothing is offered, or the error.
 */
int service_negotiate(struct service *svc)
{
	service_todo(svc, TODO_LOOK);
	while (!wait_event_timeout(svc->wq,
				   /* before its result is read */
				   smp_load_acquire(&svc->negotiated),
				   10 * HZ))
		pr_warn("still waiting for xenstored to answer\n");
	return svc->negotiate_err;
}

/**
 * service_resumed - a suspend attempt is over
 * @svc:	the service
 * @restored:	this is a new domain
 *
 * The work is left to the thread, so that a resume takes no longer for it.
 *
 * Context: the xenwatch thread.
 */
void service_resumed(struct service *svc, bool restored)
{
	service_todo(svc, restored ? TODO_RESTORED : TODO_RESUMED);
}

/**
 * service_unwatch - undo service_watch()
 * @xs:		the module
 *
 * Context: process, may sleep; waits for a running callback.
 */
void service_unwatch(struct xen_suspend *xs)
{
	xen_suspend_unwatch(&xs->watch);
}

/**
 * service_stop - end the thread
 * @svc:	the service; nobody may wake it any more
 *
 * Context: process, may sleep.
 */
void service_stop(struct service *svc)
{
	kthread_stop(svc->task);
}
