// SPDX-License-Identifier: GPL-2.0
/*
 * Triggers: from a pending request to do_suspend().
 *
 * direct:	the service thread sends an event made beforehand, the xenwatch
 *		thread calls trigger_serve(), which calls do_suspend().
 * xenstore:	the service thread writes "suspend" into control/shutdown, and
 *		manage.c does the rest in the xenwatch thread; .freeze absorbs
 *		the request (power.c).
 *
 * A request that the xenstore trigger has written and manage.c has taken, but
 * that never came to .prepare, has failed, and nobody tells us. But manage.c
 * takes it by writing "", which fires our own watch on the same node, and that
 * callback runs in the xenwatch thread too: after do_suspend() has returned.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "direct.h"
#include "trace.h"
#include "watch.h"
#include "xen-suspend.h"

/* Far longer than xenwatch should be busy; the price of a wrong guess is only
 * the slower trigger.
 */
#define SELF_TEST_TIMEOUT (5 * HZ)

/* xs->written: this bit is set if the number below it was written at all */
#define WRITTEN BIT(31)

static const struct xenbus_transaction no_transaction = { .id = 0 };

/**
 * trigger_drop - give up a request whose suspend has not begun
 * @xs:		the module
 * @seq:	the request; nothing happens if it is not pending any more
 * @what:	what kind of failure
 * @err:	negative errno
 * @reason:	why, for last_error and the log
 *
 * Context: the service thread or the xenwatch thread.
 */
void trigger_drop(struct xen_suspend *xs, unsigned int seq, enum failure what,
		  int err, const char *reason)
{
	struct failure_note note = { .what = what, .err = err };
	/* Of that request, if it is pending until the drop. */
	u64 request_ns = READ_ONCE(xs->handshake.request_ns);

	if (!hs_drop(&xs->handshake, seq))
		return;
	strscpy(note.text, reason, sizeof(note.text));
	story_dropped(xs, seq, request_ns, &note);
	failure_count(&xs->failed, what);
	status_error(&xs->status, ERROR_SUSPEND, err, "%s", note.text);
	report_failed(&xs->report, &note);
	status_state_changed(&xs->status);
	service_resumed(&xs->service, false);
}

static void shutdown_watch_fired(struct xenbus_watch *watch, const char *path,
				 const char *token)
{
	struct xen_suspend *xs = container_of(watch, struct xen_suspend,
					      shutdown_watch);
	int word = atomic_read(&xs->handshake.word);
	char *value;

	if (!hs_is_requested(word) || !trigger_has_written(xs, hs_seq(word)))
		return;
	value = xenbus_read(no_transaction, "control", "shutdown", NULL);
	if (IS_ERR(value))
		return;
	if (!*value)
		attempt_not_prepared(xs);
	kfree(value);
}

/* Without an event at hand, the next request goes through xenstore. */
static void refill(struct xen_suspend *xs)
{
	if (xs->trigger == TRIGGER_DIRECT && !xs->event)
		xs->event = direct_make_event(&xs->watch, DIRECT_REQUEST);
}

/*
 * The xenwatch thread may be in a suspend, which fails if this task does not
 * freeze. While it is frozen, the time stands still.
 */
static bool self_test_has_arrived(struct service *svc)
{
	unsigned int waited;

	for (waited = 0; waited < SELF_TEST_TIMEOUT; waited += FREEZE_POLL) {
		if (wait_for_completion_timeout(&svc->self_test, FREEZE_POLL))
			return true;
		try_to_freeze();
	}
	return false;
}

static int use_direct(struct xen_suspend *xs, const char **reason)
{
	struct made_event *event;
	int err;

	err = direct_find_symbols(reason);
	if (err)
		return err;

	*reason = "no memory for the self-test";
	event = direct_make_event(&xs->watch, DIRECT_SELF_TEST);
	if (!event)
		return -ENOMEM;
	reinit_completion(&xs->service.self_test);
	*reason = "the self-test's event was refused";
	err = direct_send_event(event);
	if (err)
		return err;
	*reason = "the self-test's event did not reach the xenwatch thread";
	if (!self_test_has_arrived(&xs->service))
		return -ETIMEDOUT;
	if (!xs->service.self_test_passed)
		return -EOPNOTSUPP;

	*reason = "no memory for the first event";
	refill(xs);
	return xs->event ? 0 : -ENOMEM;
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
 * @xs:		the module, its watch registered
 *
 * @xs->trigger says on entry what is wished for and on return what it is. The
 * direct trigger is used only if the whole chain was seen to work.
 *
 * Context: process, may sleep for seconds.
 * Return: 0, or the error of registering the xenstore trigger's watch.
 */
int trigger_init(struct xen_suspend *xs)
{
	const char *reason;
	int err;

	if (xs->trigger == TRIGGER_DIRECT) {
		err = use_direct(xs, &reason);
		if (!err) {
			status_clear_error(&xs->status, ERROR_TRIGGER);
			return 0;
		}
		status_error(&xs->status, ERROR_TRIGGER, err,
			     "direct trigger not available: %s; using xenstore",
			     reason);
	}

	WRITE_ONCE(xs->trigger, TRIGGER_XENSTORE);
	xs->shutdown_watch.node = "control/shutdown";
	xs->shutdown_watch.callback = shutdown_watch_fired;
	err = xen_suspend_watch(&xs->shutdown_watch);
	if (err) {
		xs->shutdown_watch.node = NULL;
		pr_err("cannot watch control/shutdown: %d\n", err);
	}
	return err;
}

/**
 * trigger_exit - undo trigger_init()
 * @xs:		the module
 *
 * Context: process, may sleep; waits for a running watch callback.
 */
void trigger_exit(struct xen_suspend *xs)
{
	if (xs->shutdown_watch.node)
		xen_suspend_unwatch(&xs->shutdown_watch);
	direct_free_event(xs->event);
	xs->event = NULL;
}

/**
 * trigger_kick - start the suspend that a request asks for
 * @xs:		the module
 * @seq:	the request
 *
 * Context: the service thread; sleeps in the xenstore trigger only.
 */
void trigger_kick(struct xen_suspend *xs, unsigned int seq)
{
	struct made_event *event = xs->event;
	int err;

	if (event) {
		xs->event = NULL;
		err = direct_send_event(event);
		if (err)
			trigger_drop(xs, seq, FAILURE_TRIGGER, err,
				     "the direct trigger's event was refused");
		/* Now: the next request may come before the resume is over. */
		refill(xs);
		return;
	}
	/* There was no memory when the last event was used. */
	refill(xs);

	if (power_going_down(xs)) {
		trigger_drop(xs, seq, FAILURE_SHUTDOWN, -ESHUTDOWN,
			     "the guest is powering off or rebooting");
		return;
	}
	WRITE_ONCE(xs->attempt.begun_ns, ktime_get_mono_fast_ns());
	trace_begin(STORY_XENSTORE);
	err = xenbus_write(no_transaction, "control", "shutdown", "suspend");
	if (err)
		trigger_drop(xs, seq, FAILURE_TRIGGER, err,
			     "cannot write control/shutdown: ask the toolstack's administrator for its permissions");
	else
		WRITE_ONCE(xs->written, WRITTEN | seq);
	status_state_changed(&xs->status);
}

/**
 * trigger_serve - the direct trigger has arrived in the xenwatch thread
 * @xs:		the module
 *
 * Context: the xenwatch thread; runs a whole suspend and resume.
 */
void trigger_serve(struct xen_suspend *xs)
{
	struct handshake *hs = &xs->handshake;
	int word = atomic_read(&hs->word);
	u64 now = ktime_get_mono_fast_ns();

	if (!hs_is_requested(word))
		return;
	if (power_going_down(xs) || direct_kernel_shutting_down()) {
		trigger_drop(xs, hs_seq(word), FAILURE_SHUTDOWN, -ESHUTDOWN,
			     "the guest is powering off or rebooting");
		return;
	}
	if (hs_is_late(hs, now, xen_suspend_deadline_ns())) {
		trigger_drop(xs, hs_seq(word), FAILURE_LATE, -ETIME,
			     "the toolstack has given up by now (deadline_ms): not suspending");
		return;
	}
	attempt_begin(xs, now);
	if (!hs_begin(hs, now))
		return;
	direct_do_suspend();
	attempt_end(xs);
}

/**
 * trigger_has_written - was control/shutdown written for a request?
 * @xs:		the module
 * @seq:	the request
 *
 * Context: any.
 * Return: true if it was, and nothing has come of it yet.
 */
bool trigger_has_written(const struct xen_suspend *xs, unsigned int seq)
{
	return READ_ONCE(xs->written) == (WRITTEN | seq);
}

/**
 * trigger_forget_written - something has come of what was written
 * @xs:		the module
 *
 * Context: the xenwatch thread, before it asks the service thread for the next
 * try, which writes again.
 */
void trigger_forget_written(struct xen_suspend *xs)
{
	WRITE_ONCE(xs->written, 0);
}

/*
 * In a transaction: between the look and the write manage.c may take our
 * request and the toolstack write another one.
 */
static int take_back_shutdown_request(struct xenbus_transaction xbt, void *data)
{
	char *value = xenbus_read(xbt, "control", "shutdown", NULL);
	int err;

	if (IS_ERR(value))
		return PTR_ERR(value);
	err = strcmp(value, "suspend");
	kfree(value);
	if (err)
		return 0;
	return xenbus_write(xbt, "control", "shutdown", "") ?: 1;
}

/**
 * trigger_expire - the toolstack has given up on a request not yet served
 * @xs:		the module
 * @seq:	the request
 *
 * Context: the service thread, may sleep.
 */
void trigger_expire(struct xen_suspend *xs, unsigned int seq)
{
	if (trigger_has_written(xs, seq)) {
		int err = negotiate_transaction(take_back_shutdown_request,
						NULL);

		if (err < 0)
			pr_err("cannot take back \"suspend\" from control/shutdown: %d: the guest may still suspend\n",
			       err);
	}
	trigger_drop(xs, seq, FAILURE_LATE, -ETIME,
		     "the kernel did not begin the suspend in time (deadline_ms): is another watch callback stuck, or the guest shutting down?");
}

/**
 * trigger_name - the name of a trigger, as in sysfs
 * @kind:	the trigger
 *
 * Context: any.
 * Return: a constant string.
 */
const char *trigger_name(enum trigger_kind kind)
{
	return kind == TRIGGER_DIRECT ? "direct" : "xenstore";
}
