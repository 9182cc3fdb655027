// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a suspend, told to all who want to know: the history, the log
 * and last_error, the toolstack and the guest's own monitoring, and the service
 * thread, which does what is left to do.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "verdict.h"

/**
 * verdict_init - nothing has happened yet
 * @verdict:	the verdict, its pointers set
 *
 * Context: any.
 */
void verdict_init(struct verdict *verdict)
{
	raw_spin_lock_init(&verdict->stock_lock);
}

/* Who did not freeze: for those who may read the log. */
static void name_who(const struct failure_note *note)
{
	if (*note->who)
		pr_warn_ratelimited("not frozen: %s\n", note->who);
}

static void fail(struct verdict *verdict, const struct failure_note *note)
{
	failure_count(&verdict->failed, note->what);
	errors_note(verdict->errors, ERROR_SUSPEND, note->err, "%s%s",
		    note->text, note->final ?
		    "; devices were told of a restore that never was: not trying again" :
		    "");
	name_who(note);
	report_failed(verdict->report, note);
}

static void try_again(struct verdict *verdict, const struct failure_note *note)
{
	struct retry *retry = &verdict->retry;

	failure_count(&verdict->failed, note->what);
	WRITE_ONCE(retry->total, retry->total + 1);
	errors_note(verdict->errors, ERROR_SUSPEND, note->err,
		    "%s; trying again in %u ms", note->text, retry->pause_ms);
	name_who(note);
	report_retrying(verdict->report, retry->tries, note);
	jobs_ask(verdict->jobs, JOB_RETRY);
}

/**
 * verdict_failed - an attempt for a request has failed
 * @verdict:	the verdict
 * @attempt:	what was measured
 * @note:	why
 * @again:	it is to be tried again, after @retry's pause
 *
 * Context: the xenwatch thread.
 */
void verdict_failed(struct verdict *verdict, const struct hs_attempt *attempt,
		    const struct failure_note *note, bool again)
{
	story_attempted(verdict->story, again ? STORY_RETRYING : STORY_FAILED,
			attempt, note);
	if (again)
		try_again(verdict, note);
	else
		fail(verdict, note);
}

static void succeeded(struct verdict *verdict, bool restored)
{
	errors_clear(verdict->errors, ERROR_SUSPEND);
	errors_clear(verdict->errors, ERROR_STOCK);
	report_resumed(verdict->report, restored);
}

/**
 * verdict_served - a suspend has served a request, and this guest runs again
 * @verdict:	the verdict
 * @attempt:	what was measured
 * @restored:	in a new domain
 *
 * Context: the xenwatch thread.
 */
void verdict_served(struct verdict *verdict, const struct hs_attempt *attempt,
		    bool restored)
{
	story_attempted(verdict->story,
			restored ? STORY_RESTORED : STORY_CANCELLED, attempt,
			NULL);
	succeeded(verdict, restored);
}

/**
 * verdict_drop - give up a request whose suspend has not begun
 * @verdict:	the verdict
 * @seq:	the request; nothing happens if it is not pending any more
 * @what:	why
 * @err:	negative errno
 * @reason:	in words, for last_error and the log
 *
 * Context: the service thread or the xenwatch thread.
 */
void verdict_drop(struct verdict *verdict, unsigned int seq, enum failure what,
		  int err, const char *reason)
{
	struct failure_note note = { .what = what, .err = err };
	/* Of that request, if it is pending until the drop. */
	u64 request_ns = hs_request_ns(verdict->hs, hs_word(verdict->hs));

	if (!hs_drop(verdict->hs, seq))
		return;
	strscpy(note.text, reason, sizeof(note.text));
	story_dropped(verdict->story, seq, request_ns, &note);
	fail(verdict, &note);
	verdict_settled(verdict, false);
}

/**
 * verdict_stock_served - a suspend asked for through control/shutdown is over
 * @verdict:	the verdict
 * @seen_ns:	when it was first seen
 * @restored:	in a new domain
 *
 * Context: the xenwatch thread.
 */
void verdict_stock_served(struct verdict *verdict, u64 seen_ns, bool restored)
{
	story_stock(verdict->story, restored ? STORY_STOCK_RESTORED :
					       STORY_STOCK_CANCELLED,
		    seen_ns, NULL);
	atomic_long_inc(&verdict->stock_suspends);
	succeeded(verdict, restored);
}

/**
 * verdict_stock_failed - a suspend asked for through control/shutdown has failed
 * @verdict:	the verdict
 * @seen_ns:	when it was first seen
 * @note:	why
 *
 * Context: the xenwatch thread, also from a probe with preemption disabled; so
 * the service thread reports it.
 */
void verdict_stock_failed(struct verdict *verdict, u64 seen_ns,
			  const struct failure_note *note)
{
	unsigned long flags;

	story_stock(verdict->story, STORY_STOCK_FAILED, seen_ns, note);
	failure_count(&verdict->stock_failed, note->what);
	raw_spin_lock_irqsave(&verdict->stock_lock, flags);
	verdict->stock_note = *note;
	raw_spin_unlock_irqrestore(&verdict->stock_lock, flags);
	jobs_ask(verdict->jobs, JOB_STOCK_FAILED);
}

/**
 * verdict_report_stock - report the failure of a suspend that was not ours
 * @verdict:	the verdict
 *
 * Context: the service thread.
 */
void verdict_report_stock(struct verdict *verdict)
{
	struct failure_note note;
	unsigned long flags;

	raw_spin_lock_irqsave(&verdict->stock_lock, flags);
	note = verdict->stock_note;
	raw_spin_unlock_irqrestore(&verdict->stock_lock, flags);
	errors_note(verdict->errors, ERROR_STOCK, note.err,
		    "a suspend asked for through control/shutdown failed: %s",
		    note.text);
	name_who(&note);
	report_failed(verdict->report, &note);
}

/**
 * verdict_settled - a request or a suspend is over: let others look
 * @verdict:	the verdict
 * @restored:	in a new domain
 *
 * Context: the service thread or the xenwatch thread.
 */
void verdict_settled(struct verdict *verdict, bool restored)
{
	report_state(verdict->report);
	jobs_ask(verdict->jobs, restored ? JOB_RESTORED : JOB_RESUMED);
}
