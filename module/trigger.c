// SPDX-License-Identifier: GPL-2.0
/*
 * Triggers: from a pending request to do_suspend().
 *
 * direct:	the service thread sends an event made beforehand, the xenwatch
 *		thread calls serve(), which calls do_suspend().
 * xenstore:	the service thread writes "suspend" into control/shutdown, and
 *		manage.c does the rest in the xenwatch thread; .prepare absorbs
 *		the request (attempt.c). Also where the direct trigger has no
 *		event at hand.
 *
 * A request that the xenstore trigger has written and manage.c has taken, but
 * that never came to .prepare, has failed, and nobody tells us. But manage.c
 * takes it by writing "", which fires our own watch on the same node, and that
 * callback runs in the xenwatch thread too: after do_suspend() has returned.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "trigger.h"
#include "watch.h"
#include "xen-suspend.h"
#include "xenwatch.h"

/* Far longer than xenwatch should be busy; the price of a wrong guess is only
 * the slower trigger.
 */
#define SELF_TEST_TIMEOUT (5 * HZ)

#define GOING_DOWN "the guest is powering off or rebooting"

/**
 * trigger_refill - have an event ready for the next request
 * @xs:		the module
 *
 * Without one, that request goes through xenstore.
 *
 * Context: the service thread, may sleep.
 */
void trigger_refill(struct xen_suspend *xs)
{
	struct trigger *trigger = &xs->trigger;

	/* after the first event, which trigger_init() makes */
	if (smp_load_acquire(&trigger->kind) == TRIGGER_DIRECT &&
	    !trigger->event)
		trigger->event = direct_make_event(&trigger->watch,
						   DIRECT_REQUEST);
}

/**
 * trigger_send - start the suspend that a request asks for, the direct way
 * @xs:		the module
 * @seq:	the request
 *
 * Context: the service thread; does not sleep.
 * Return: false if that is not our way, or no event is at hand.
 */
bool trigger_send(struct xen_suspend *xs, unsigned int seq)
{
	struct trigger *trigger = &xs->trigger;
	struct made_event *event;
	int err;

	/* as in trigger_refill() */
	if (smp_load_acquire(&trigger->kind) != TRIGGER_DIRECT ||
	    !trigger->event)
		return false;
	event = trigger->event;
	trigger->event = NULL;
	err = direct_send_event(event);
	if (err)
		verdict_drop(&xs->verdict, seq, FAILURE_TRIGGER, err,
			     "the direct trigger's event was refused");
	return true;
}

/**
 * trigger_write - start the suspend that a request asks for, through xenstore
 * @xs:		the module
 * @seq:	the request
 *
 * Context: the service thread, may sleep for xenstored.
 */
void trigger_write(struct xen_suspend *xs, unsigned int seq)
{
	int err;

	/* Found again as the guest has woken up: manage.c is at it. */
	if (control_is_for(&xs->control, seq))
		return;
	if (lifecycle_ends(&xs->lifecycle)) {
		verdict_drop(&xs->verdict, seq, FAILURE_SHUTDOWN, -ESHUTDOWN,
			     GOING_DOWN);
		return;
	}
	attempt_asked(&xs->attempt);
	err = control_write(&xs->control, &xs->handshake, seq);
	if (err)
		verdict_drop(&xs->verdict, seq, FAILURE_TRIGGER, err,
			     "cannot write control/shutdown: ask the toolstack's administrator for its permissions");
	report_state(&xs->report);
}

/* In the xenwatch thread, where manage.c reads what may have been written for it */
static void drop(struct xen_suspend *xs, unsigned int seq, enum failure what,
		 int err, const char *reason)
{
	verdict_drop(&xs->verdict, seq, what, err, reason);
	control_clear(&xs->control, seq);
}

/* The direct trigger has arrived in the xenwatch thread: a whole suspend. */
static void serve(struct xen_suspend *xs)
{
	struct handshake *hs = &xs->handshake;
	int word = hs_word(hs);
	u64 now = ktime_get_mono_fast_ns();

	/*
	 * Asleep by its own will, it serves the request when it has woken up. And an
	 * earlier request's event may come this late, for one that had none and that
	 * manage.c has been asked for.
	 */
	if (!hs_is_requested(word) || lifecycle_sleeps(&xs->lifecycle) ||
	    control_is_for(&xs->control, hs_seq(word)))
		return;
	if (lifecycle_ends(&xs->lifecycle) || direct_kernel_shutting_down()) {
		drop(xs, hs_seq(word), FAILURE_SHUTDOWN, -ESHUTDOWN, GOING_DOWN);
		return;
	}
	if (!hs_time_left_ns(hs, now, attempt_deadline_ns(&xs->attempt))) {
		drop(xs, hs_seq(word), FAILURE_LATE, -ETIME,
		     "the toolstack has given up by now (deadline_ms): not suspending");
		return;
	}
	if (!attempt_begin(&xs->attempt, now))
		return;
	direct_do_suspend();
	attempt_end(&xs->attempt);
}

/* control/shutdown has changed: has manage.c taken what we wrote? */
static void shutdown_changed(struct xen_suspend *xs)
{
	int word = hs_word(&xs->handshake);

	if (hs_is_requested(word) &&
	    control_was_read(&xs->control, hs_seq(word)))
		attempt_not_prepared(&xs->attempt, hs_seq(word));
}

static void watch_fired(struct xenbus_watch *watch, const char *path,
			const char *token)
{
	struct xen_suspend *xs = container_of(watch, struct xen_suspend,
					      trigger.watch);

	switch (direct_event_kind(path)) {
	case DIRECT_REQUEST:
		serve(xs);
		break;
	case DIRECT_SELF_TEST:
		xs->trigger.arrived_there = in_xenwatch();
		complete(&xs->trigger.self_test);
		break;
	default:
		shutdown_changed(xs);
	}
}

/* What is of no interest is turned away before the xenwatch thread wakes up. */
static bool watch_will_handle(struct xenbus_watch *watch, const char *path,
			      const char *token)
{
	struct xen_suspend *xs = container_of(watch, struct xen_suspend,
					      trigger.watch);

	return direct_event_kind(path) != DIRECT_NOT_MADE ||
	       control_is_written(&xs->control);
}

/*
 * The xenwatch thread may be in a suspend, which fails if this task does not
 * freeze. While it is frozen, the time stands still.
 */
static bool self_test_has_arrived(struct trigger *trigger)
{
	unsigned int waited;

	for (waited = 0; waited < SELF_TEST_TIMEOUT; waited += FREEZE_POLL) {
		if (wait_for_completion_timeout(&trigger->self_test,
						FREEZE_POLL))
			return true;
		try_to_freeze();
	}
	return false;
}

static int use_direct(struct xen_suspend *xs, const char **reason)
{
	struct trigger *trigger = &xs->trigger;
	struct made_event *event;
	int err;

	err = direct_find_symbols(reason);
	if (err)
		return err;

	*reason = "no memory for the self-test";
	event = direct_make_event(&trigger->watch, DIRECT_SELF_TEST);
	if (!event)
		return -ENOMEM;
	*reason = "the self-test's event was refused";
	err = direct_send_event(event);
	if (err)
		return err;
	*reason = "the self-test's event did not reach the xenwatch thread";
	if (!self_test_has_arrived(trigger))
		return -ETIMEDOUT;
	if (!trigger->arrived_there)
		return -EOPNOTSUPP;

	*reason = "no memory for the first event";
	trigger->event = direct_make_event(&trigger->watch, DIRECT_REQUEST);
	return trigger->event ? 0 : -ENOMEM;
}

/**
 * trigger_parse - read the parameter trigger=
 * @param:	its value
 *
 * Context: any.
 * Return: 1 to try the direct trigger, 0 not to, -EINVAL if it is neither.
 */
int trigger_parse(const char *param)
{
	if (!strcmp(param, "auto") || !strcmp(param, "direct"))
		return 1;
	if (!strcmp(param, "xenstore"))
		return 0;
	return -EINVAL;
}

/**
 * trigger_init - choose the trigger
 * @xs:		the module
 * @direct:	the direct one is wished for; it is used only if the whole chain was
 *		seen to work
 *
 * Context: process, may sleep for seconds.
 * Return: 0, or the error of registering the watch.
 */
int trigger_init(struct xen_suspend *xs, bool direct)
{
	struct trigger *trigger = &xs->trigger;
	const char *reason;
	int err;

	init_completion(&trigger->self_test);
	trigger->kind = TRIGGER_XENSTORE;
	trigger->watch.node = "control/shutdown";
	trigger->watch.will_handle = watch_will_handle;
	trigger->watch.callback = watch_fired;
	err = register_xenbus_watch(&trigger->watch);
	if (err) {
		trigger->watch.node = NULL;
		pr_err("cannot watch control/shutdown: %d\n", err);
		return err;
	}
	if (!direct)
		return 0;

	err = use_direct(xs, &reason);
	if (err)
		errors_note(&xs->errors, ERROR_TRIGGER, err,
			    "direct trigger not available: %s; using xenstore",
			    reason);
	else
		/* after the event: the service thread runs already */
		smp_store_release(&trigger->kind, TRIGGER_DIRECT);
	return 0;
}

/**
 * trigger_exit - undo trigger_init(), but for the next request's event
 * @xs:		the module
 *
 * Context: process, may sleep; waits for a running watch callback.
 */
void trigger_exit(struct xen_suspend *xs)
{
	if (xs->trigger.watch.node)
		watch_unregister(&xs->trigger.watch);
}

/**
 * trigger_free - free the event that was made for the next request
 * @xs:		the module, with no service thread any more
 *
 * Context: process.
 */
void trigger_free(struct xen_suspend *xs)
{
	direct_free_event(xs->trigger.event);
	xs->trigger.event = NULL;
}

/**
 * trigger_expire - the toolstack has given up on a request not yet served
 * @xs:		the module
 * @seq:	the request
 * @at_last:	so long ago that nothing can come of it any more
 *
 * What manage.c has read already is left to the attempt that comes of it, which
 * ends at the gate at the latest. We may not have been told of its end: that takes
 * an answer of xenstore.
 *
 * Context: the service thread, may sleep.
 */
void trigger_expire(struct xen_suspend *xs, unsigned int seq, bool at_last)
{
	if (at_last)
		control_answered(&xs->control, seq);
	else if (!control_revoke(&xs->control, seq))
		return;
	verdict_drop(&xs->verdict, seq, FAILURE_LATE, -ETIME,
		     "the kernel did not begin the suspend in time (deadline_ms): is another watch callback stuck, or the guest shutting down?");
}
