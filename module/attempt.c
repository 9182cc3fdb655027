// SPDX-License-Identifier: GPL-2.0
/*
 * A suspend attempt from its beginning to its end, and what becomes of the
 * request that it was made for: served, tried again, or failed for good.
 *
 * Attempts run in the xenwatch thread, one after the other. There are three
 * kinds:
 *
 *   direct	attempt_begin(), do_suspend(), attempt_end()
 *   xenstore	manage.c takes what our trigger wrote into control/shutdown. If it
 *		fails before .prepare, the trigger's own watch on that node is what
 *		tells: attempt_not_prepared()
 *   stock	manage.c takes what the toolstack wrote. If it fails before .prepare,
 *		the observer tells: attempt_thawed()
 *
 * All that come to .prepare end in .complete, before tasks are thawed.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/limits.h>

#include "trace.h"
#include "xen-suspend.h"

/* Is a request pending that our xenstore trigger has asked manage.c for? */
static bool is_written(struct xen_suspend *xs, int word)
{
	return hs_is_requested(word) && trigger_has_written(xs, hs_seq(word));
}

/**
 * attempt_init - none is under way
 * @xs:		the module
 *
 * Context: any.
 */
void attempt_init(struct xen_suspend *xs)
{
	raw_spin_lock_init(&xs->attempt.stock_lock);
}

/**
 * attempt_begin - the direct trigger is about to call do_suspend()
 * @xs:		the module
 * @now_ns:	the time
 *
 * Context: the xenwatch thread.
 */
void attempt_begin(struct xen_suspend *xs, u64 now_ns)
{
	struct attempt *attempt = &xs->attempt;

	attempt->stage = STAGE_NONE;
	attempt->begun_ns = now_ns;
	attempt->ours = true;
	attempt->restored = false;
	observer_reset(&xs->observer);
	trace_begin(STORY_DIRECT);
}

/**
 * attempt_prepare - all tasks are frozen
 * @xs:		the module
 * @now_ns:	the time
 *
 * Context: the xenwatch thread, from .prepare.
 */
void attempt_prepare(struct xen_suspend *xs, u64 now_ns)
{
	struct attempt *attempt = &xs->attempt;
	int word = atomic_read(&xs->handshake.word);
	enum story_by by;

	attempt->prepared_ns = now_ns;
	attempt->stage = STAGE_PREPARED;
	attempt->restored = false;
	/* The direct trigger's is known to be. */
	if (hs_base(word) == HS_SUSPENDING) {
		by = STORY_DIRECT;
	} else {
		attempt->ours = is_written(xs, word);
		by = attempt->ours ? STORY_XENSTORE : STORY_STOCK;
	}
	story_prepared(xs, by);
}

/**
 * attempt_freeze - devices are being stopped
 * @xs:		the module
 *
 * Context: the xenwatch thread, from .freeze.
 */
void attempt_freeze(struct xen_suspend *xs)
{
	hs_freeze(&xs->handshake, xs->attempt.prepared_ns);
	xs->attempt.stage = STAGE_FROZEN;
	report_frozen(&xs->report);
	/* Who polls "state" is frozen, and is told when the suspend is over. */
}

/**
 * attempt_restore - the kernel says that this is a new domain: is it?
 * @xs:		the module
 *
 * Context: the xenwatch thread, from .restore.
 */
void attempt_restore(struct xen_suspend *xs)
{
	if (xs->attempt.stage == STAGE_CROSSED &&
	    !channel_survived(&xs->channel)) {
		xs->attempt.restored = true;
		channel_lost(&xs->channel);
	}
	status_state_changed(&xs->status);
}

static void judge(struct xen_suspend *xs, struct failure_note *note)
{
	const struct attempt *attempt = &xs->attempt;
	struct failure_facts facts = {
		.prepared = attempt->stage >= STAGE_PREPARED &&
			    attempt->stage <= STAGE_CROSSED,
		.frozen = attempt->stage >= STAGE_FROZEN &&
			  attempt->stage <= STAGE_CROSSED,
	};

	if (hs_base(atomic_read(&xs->handshake.word)) == HS_SUSPENDING)
		facts.refused = xs->handshake.attempt.refused;
	facts.took_ns = ktime_get_mono_fast_ns() - READ_ONCE(attempt->begun_ns);
	observer_tell(&xs->observer, &facts);
	failure_judge(&facts, note);
}

/* What the toolstack still waits, as far as we know */
static u64 time_left_ns(struct xen_suspend *xs)
{
	u64 deadline_ns = xen_suspend_deadline_ns();

	if (!deadline_ns)
		return U64_MAX;
	return hs_time_left_ns(&xs->handshake, ktime_get_mono_fast_ns(),
			       deadline_ns);
}

/*
 * An attempt of ours has failed, and its request is still pending: try again?
 * Its answer has come: what comes later from control/shutdown is of another.
 */
static bool plan(struct xen_suspend *xs, const struct failure_note *note)
{
	trigger_forget_written(xs);
	return failure_passes(note) && !power_going_down(xs) &&
	       retry_plan(&xs->retry, hs_seq(atomic_read(&xs->handshake.word)),
			  xen_suspend_retry_ms(), time_left_ns(xs));
}

static void try_again(struct xen_suspend *xs, const struct failure_note *note)
{
	failure_count(&xs->failed, note->what);
	WRITE_ONCE(xs->retry.total, xs->retry.total + 1);
	status_error(&xs->status, ERROR_SUSPEND, note->err,
		     "%s; trying again in %u ms", note->text,
		     xs->retry.pause_ms);
	report_retrying(&xs->report, xs->retry.tries, note);
	service_todo(&xs->service, TODO_RETRY);
}

static void failed(struct xen_suspend *xs, const struct failure_note *note)
{
	failure_count(&xs->failed, note->what);
	status_error(&xs->status, ERROR_SUSPEND, note->err, "%s", note->text);
	report_failed(&xs->report, note);
}

static void succeeded(struct xen_suspend *xs, bool ours)
{
	story_succeeded(xs, ours);
	if (!ours)
		atomic_long_inc(&xs->stock_suspends);
	status_clear_error(&xs->status, ERROR_SUSPEND);
	status_clear_error(&xs->status, ERROR_STOCK);
	report_resumed(&xs->report, xs->attempt.restored);
}

/* The service thread reports it: this may be called from a probe. */
static void stock_failed(struct xen_suspend *xs,
			 const struct failure_note *note)
{
	unsigned long flags;

	story_stock_failed(xs, note);
	failure_count(&xs->stock_failed, note->what);
	raw_spin_lock_irqsave(&xs->attempt.stock_lock, flags);
	xs->attempt.stock_note = *note;
	raw_spin_unlock_irqrestore(&xs->attempt.stock_lock, flags);
	service_todo(&xs->service, TODO_STOCK_FAILED);
}

/**
 * attempt_report_stock - report the failure of a suspend that was not ours
 * @xs:		the module
 *
 * Context: the service thread.
 */
void attempt_report_stock(struct xen_suspend *xs)
{
	struct failure_note note;
	unsigned long flags;

	raw_spin_lock_irqsave(&xs->attempt.stock_lock, flags);
	note = xs->attempt.stock_note;
	raw_spin_unlock_irqrestore(&xs->attempt.stock_lock, flags);
	status_error(&xs->status, ERROR_STOCK, note.err,
		     "a suspend asked for through control/shutdown failed: %s",
		     note.text);
	report_failed(&xs->report, &note);
}

/* Ours, and the handshake has not seen it begin. */
static void failed_unseen(struct xen_suspend *xs, const struct failure_note *note)
{
	unsigned int seq = hs_seq(atomic_read(&xs->handshake.word));
	/* Of that request, if it is pending until the drop. */
	u64 request_ns = READ_ONCE(xs->handshake.request_ns);

	if (plan(xs, note)) {
		story_failed_unseen(xs, seq, request_ns, note, true);
		try_again(xs, note);
	} else if (hs_drop(&xs->handshake, seq)) {
		story_failed_unseen(xs, seq, request_ns, note, false);
		failed(xs, note);
	}
}

static void end(struct xen_suspend *xs)
{
	struct handshake *hs = &xs->handshake;
	struct attempt *attempt = &xs->attempt;
	bool crossed = attempt->stage == STAGE_CROSSED;
	bool restored = attempt->restored;
	struct failure_note note;
	enum hs_outcome outcome;
	bool again = false;

	if (!crossed)
		judge(xs, &note);
	/* Nobody but this thread leaves that state. */
	if (hs_base(atomic_read(&hs->word)) == HS_SUSPENDING &&
	    hs->attempt.serves)
		again = plan(xs, &note);

	outcome = hs_end(hs, restored, again);
	if (outcome != HS_NOTHING)
		story_timed(xs);
	switch (outcome) {
	case HS_AGAIN:
		story_failed(xs, &note, true);
		try_again(xs, &note);
		break;
	case HS_FAILED:
		story_failed(xs, &note, false);
		failed(xs, &note);
		break;
	case HS_FAILED_OTHER:
		stock_failed(xs, &note);
		break;
	case HS_CANCELLED:
	case HS_RESTORED:
		succeeded(xs, hs->attempt.served);
		break;
	case HS_NOTHING:
		/* disarmed, or it did not come to .freeze */
		if (crossed)
			succeeded(xs, false);
		else if (attempt->ours)
			failed_unseen(xs, &note);
		else
			stock_failed(xs, &note);
		break;
	}
	attempt->ours = false;
	attempt->restored = false;
	observer_reset(&xs->observer);
	status_state_changed(&xs->status);
	service_resumed(&xs->service, restored);
}

/**
 * attempt_complete - the suspend is over, one way or the other
 * @xs:		the module
 *
 * Context: the xenwatch thread, from .complete.
 */
void attempt_complete(struct xen_suspend *xs)
{
	end(xs);
	xs->attempt.stage = STAGE_COMPLETED;
}

/**
 * attempt_end - do_suspend() has returned to the direct trigger
 * @xs:		the module
 *
 * Context: the xenwatch thread.
 */
void attempt_end(struct xen_suspend *xs)
{
	/* Or else .complete has done it. */
	if (hs_base(atomic_read(&xs->handshake.word)) == HS_SUSPENDING)
		end(xs);
	xs->attempt.stage = STAGE_NONE;
}

/**
 * attempt_not_prepared - manage.c has tried what we wrote, in vain
 * @xs:		the module, with the request pending that it was written for
 *
 * Context: the xenwatch thread.
 */
void attempt_not_prepared(struct xen_suspend *xs)
{
	struct failure_note note;

	judge(xs, &note);
	failed_unseen(xs, &note);
	observer_reset(&xs->observer);
	status_state_changed(&xs->status);
	service_resumed(&xs->service, false);
}

/**
 * attempt_is_freezing - has the suspend not come further than the freezer?
 * @xs:		the module
 *
 * Context: the xenwatch thread.
 */
bool attempt_is_freezing(const struct xen_suspend *xs)
{
	return xs->attempt.stage == STAGE_NONE;
}

/**
 * attempt_thawed - a suspend, whoever began it, has come to its end
 * @xs:		the module
 *
 * Context: the xenwatch thread, with preemption disabled.
 */
void attempt_thawed(struct xen_suspend *xs)
{
	int word = atomic_read(&xs->handshake.word);
	struct failure_note note;

	if (xs->attempt.stage == STAGE_COMPLETED) {
		xs->attempt.stage = STAGE_NONE;
		return;
	}
	/* Of ours, attempt_end() or the xenstore trigger's watch tells. */
	if (hs_base(word) == HS_SUSPENDING || is_written(xs, word))
		return;
	judge(xs, &note);
	stock_failed(xs, &note);
	observer_reset(&xs->observer);
}
