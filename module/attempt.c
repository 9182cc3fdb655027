// SPDX-License-Identifier: GPL-2.0
/*
 * A suspend attempt from its beginning to its end, and what becomes of the
 * request that it was made for: served, tried again, failed for good, or dropped.
 *
 * Attempts run in the xenwatch thread, one after the other. There are three
 * kinds:
 *
 *   direct	attempt_begin(), do_suspend(), attempt_end()
 *   xenstore	manage.c takes what our trigger wrote into control/shutdown. If it
 *		fails before .prepare, the trigger's own watch on that node is what
 *		tells: attempt_not_prepared()
 *   stock	manage.c takes what the toolstack wrote. If it fails before .prepare,
 *		the observer tells: thawed_all()
 *
 * All that come to .prepare end in .complete, before tasks are thawed.
 *
 * Whether the domain was suspended is judged by the hypercall: by the syscore
 * callbacks on both sides of it. What devices are told is no evidence: of a
 * restore when one failed late, perhaps also when one failed early (si.cancelled
 * is not initialised); and there are kernels that call .suspend and .resume.
 * Whether this is a new domain, Xen and the kernel's mapping of our port say.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>

#include "attempt.h"
#include "trace.h"

static bool came_to_prepare(const struct attempt *attempt)
{
	return attempt->stage >= STAGE_PREPARED &&
	       attempt->stage <= STAGE_CROSSED;
}

/**
 * attempt_deadline_ns - how long the toolstack waits
 * @attempt:	the attempt
 *
 * Context: any.
 * Return: nanoseconds, 0 for ever.
 */
u64 attempt_deadline_ns(const struct attempt *attempt)
{
	return (u64)READ_ONCE(attempt->patience->deadline_ms) * NSEC_PER_MSEC;
}

/**
 * attempt_begin - the direct trigger is about to call do_suspend()
 * @attempt:	the attempt
 * @now_ns:	the time
 *
 * Context: the xenwatch thread.
 * Return: false if no request is pending any more, and nothing is to be done.
 */
bool attempt_begin(struct attempt *attempt, u64 now_ns)
{
	if (!hs_begin(attempt->hs, now_ns))
		return false;
	attempt->stage = STAGE_NONE;
	attempt->begun_ns = now_ns;
	attempt->ours = true;
	observer_reset(&attempt->observer);
	trace_begin(STORY_DIRECT);
	return true;
}

/**
 * attempt_asked - manage.c is about to be asked for a suspend
 * @attempt:	the attempt
 *
 * Context: the service thread.
 */
void attempt_asked(struct attempt *attempt)
{
	WRITE_ONCE(attempt->asked_ns, ktime_get_mono_fast_ns());
	trace_begin(STORY_XENSTORE);
}

/* Is a request pending that we have asked manage.c for? */
static bool is_asked(const struct attempt *attempt, int word)
{
	return hs_is_requested(word) &&
	       control_is_for(attempt->control, hs_seq(word));
}

/**
 * attempt_prepare - all tasks are frozen
 * @attempt:	the attempt
 * @now_ns:	the time
 *
 * From now on whatever is asked for is served by this suspend.
 *
 * Context: the xenwatch thread, from .prepare.
 */
void attempt_prepare(struct attempt *attempt, u64 now_ns)
{
	int word = hs_word(attempt->hs);
	enum story_by by = STORY_DIRECT;

	/* The direct trigger's is known to be. */
	if (hs_base(word) != HS_SUSPENDING) {
		attempt->ours = is_asked(attempt, word);
		by = attempt->ours ? STORY_XENSTORE : STORY_STOCK;
	}
	attempt->prepared_ns = now_ns;
	attempt->thawed = false;
	attempt->restoring = false;
	attempt->stage = STAGE_PREPARED;
	story_prepared(attempt->verdict->story, by);
	hs_absorb(attempt->hs, now_ns);
	/*
	 * Not read if another suspend has come first; see control.c. What is there
	 * now is served by this one, whoever wrote it. What is there after it may be
	 * the toolstack's next request.
	 */
	control_give_up(attempt->control);
	report_frozen(attempt->verdict->report);
	/* Who polls "state" is frozen, and is told when the suspend is over. */
}

/* The gate's question, with all interrupts off. */
static int may_pass(void *data)
{
	struct attempt *attempt = data;
	unsigned int by = hs_by(hs_word(attempt->hs));
	bool deserted;
	int err;

	/* Not xenwatch's: ACPI S3, a hibernation snapshot, kexec jump. */
	if (attempt->stage != STAGE_PREPARED)
		return 0;
	deserted = channel_asker(attempt->channel, by) == PEER_NONE;
	err = hs_gate(attempt->hs, ktime_get_mono_fast_ns(),
		      attempt->ours ? attempt_deadline_ns(attempt) : 0,
		      attempt->ours && deserted);
	if (err)
		return err;
	/*
	 * A notify not delivered yet came before the hypercall and belongs to
	 * this suspend. (If another syscore callback refuses it after us, that
	 * notify is lost; and so is CPU 0's tick, as without us.)
	 */
	channel_clear_pending(attempt->channel);
	attempt->stage = STAGE_GATED;
	return 0;
}

static void crossed(void *data)
{
	struct attempt *attempt = data;

	if (attempt->stage != STAGE_GATED)
		return;
	if (!observer_saw_hypercall(&attempt->observer)) {
		attempt->stage = STAGE_PREPARED;
		return;
	}
	hs_crossed(attempt->hs);
	attempt->stage = STAGE_CROSSED;
}

/**
 * attempt_thaw - devices are told that nothing has happened
 * @attempt:	the attempt
 *
 * Context: the xenwatch thread, from .thaw.
 */
void attempt_thaw(struct attempt *attempt)
{
	attempt->thawed = true;
}

/**
 * attempt_restore - devices are told that this is a new domain
 * @attempt:	the attempt
 *
 * Context: the xenwatch thread, from .restore.
 */
void attempt_restore(struct attempt *attempt)
{
	attempt->restoring = true;
}

static void judge(struct attempt *attempt, struct failure_note *note)
{
	struct failure_facts facts = {
		.prepared = came_to_prepare(attempt),
		.lied = came_to_prepare(attempt) && attempt->restoring,
	};

	if (hs_base(hs_word(attempt->hs)) == HS_SUSPENDING)
		facts.refused = attempt->hs->attempt.refused;
	facts.took_ns = ktime_get_mono_fast_ns() - attempt->begun_ns;
	observer_tell(&attempt->observer, &facts);
	failure_judge(&facts, note);
}

/* An attempt of ours has failed, and its request is still pending: try again? */
static bool plan(struct attempt *attempt, const struct failure_note *note)
{
	u64 left = hs_time_left_ns(attempt->hs, ktime_get_mono_fast_ns(),
				   attempt_deadline_ns(attempt));

	return failure_passes(note) && !lifecycle_ends(attempt->lifecycle) &&
	       failure_retry(&attempt->verdict->retry, hs_seq(hs_word(attempt->hs)),
			     attempt->patience, left);
}

/* Ours, and the handshake has not seen it begin. */
static void failed_unseen(struct attempt *attempt, unsigned int seq,
			  const struct failure_note *note)
{
	int word = hs_word(attempt->hs);
	struct hs_attempt unseen = {
		.seq = seq,
		/* Of that request, if it is pending until the drop. */
		.request_ns = hs_request_ns(attempt->hs, word),
	};
	bool again = hs_is_pending(word, seq) && plan(attempt, note);
	bool dropped = !again && hs_drop(attempt->hs, seq);

	/* After the end of it: until then, nobody writes anew for this request. */
	control_answered(attempt->control, seq);
	if (again || dropped)
		verdict_failed(attempt->verdict, &unseen, note, again);
}

/* Without a port, there is only what devices were told. */
static bool is_new_domain(const struct attempt *attempt)
{
	if (!channel_port(attempt->channel))
		return attempt->restoring;
	return !attempt->thawed && !channel_survived(attempt->channel);
}

static u64 seen_ns(const struct attempt *attempt)
{
	return came_to_prepare(attempt) ? attempt->prepared_ns :
					  ktime_get_mono_fast_ns();
}

static void conclude(struct attempt *attempt, enum hs_outcome outcome,
		     const struct failure_note *note)
{
	struct verdict *verdict = attempt->verdict;
	const struct hs_attempt *measured = &attempt->hs->attempt;

	switch (outcome) {
	case HS_AGAIN:
	case HS_FAILED:
		verdict_failed(verdict, measured, note, outcome == HS_AGAIN);
		break;
	case HS_CANCELLED:
	case HS_RESTORED:
		if (measured->served)
			verdict_served(verdict, measured,
				       outcome == HS_RESTORED);
		else
			verdict_stock_served(verdict, attempt->prepared_ns,
					     outcome == HS_RESTORED);
		break;
	case HS_FAILED_OTHER:
	case HS_NOTHING:
		verdict_stock_failed(verdict, seen_ns(attempt), note);
		break;
	}
}

static void end(struct attempt *attempt)
{
	struct handshake *hs = attempt->hs;
	bool crossed = attempt->stage == STAGE_CROSSED;
	bool restored = crossed && is_new_domain(attempt);
	enum hs_outcome outcome;
	struct failure_note note;
	bool again = false;

	if (restored)
		channel_lost(attempt->channel);
	if (!crossed)
		judge(attempt, &note);
	/* Nobody but this thread leaves that state. */
	if (hs_base(hs_word(hs)) == HS_SUSPENDING && hs->attempt.serves)
		again = plan(attempt, &note);

	outcome = hs_end(hs, restored, again);
	/* With no channel, the handshake has not seen it. */
	if (outcome == HS_NOTHING && crossed)
		verdict_stock_served(attempt->verdict, attempt->prepared_ns,
				     restored);
	else
		conclude(attempt, outcome, &note);
	story_settled(attempt->verdict->story);
	attempt->ours = false;
	observer_reset(&attempt->observer);
	verdict_settled(attempt->verdict, restored);
}

/**
 * attempt_complete - the suspend is over, one way or the other
 * @attempt:	the attempt
 *
 * Context: the xenwatch thread, from .complete.
 */
void attempt_complete(struct attempt *attempt)
{
	end(attempt);
	attempt->stage = STAGE_COMPLETED;
}

/**
 * attempt_end - do_suspend() has returned to the direct trigger
 * @attempt:	the attempt
 *
 * Context: the xenwatch thread.
 */
void attempt_end(struct attempt *attempt)
{
	unsigned int seq = hs_seq(hs_word(attempt->hs));

	/* Or else .complete has done it. */
	if (hs_base(hs_word(attempt->hs)) == HS_SUSPENDING) {
		end(attempt);
		/* Written by the service thread, which had seen no event to send. */
		if (!hs_is_pending(hs_word(attempt->hs), seq))
			control_clear(attempt->control, seq);
	}
	attempt->stage = STAGE_NONE;
}

/**
 * attempt_not_prepared - manage.c has tried what we wrote, in vain
 * @attempt:	the attempt
 * @seq:	the request that it was written for
 *
 * Context: the xenwatch thread.
 */
void attempt_not_prepared(struct attempt *attempt, unsigned int seq)
{
	struct failure_note note;

	attempt->begun_ns = READ_ONCE(attempt->asked_ns);
	judge(attempt, &note);
	failed_unseen(attempt, seq, &note);
	observer_reset(&attempt->observer);
	verdict_settled(attempt->verdict, false);
}

static bool is_freezing(void *data)
{
	const struct attempt *attempt = data;

	return attempt->stage == STAGE_NONE;
}

/* A suspend, whoever began it, has come to its end; from a probe. */
static void thawed_all(void *data)
{
	struct attempt *attempt = data;
	int word = hs_word(attempt->hs);
	struct failure_note note;

	if (attempt->stage == STAGE_COMPLETED) {
		attempt->stage = STAGE_NONE;
		return;
	}
	/* Of ours, attempt_end() or the xenstore trigger's watch tells. */
	if (hs_base(word) == HS_SUSPENDING || is_asked(attempt, word))
		return;
	judge(attempt, &note);
	verdict_stock_failed(attempt->verdict, seen_ns(attempt), &note);
	observer_reset(&attempt->observer);
}

/**
 * attempt_init - none is under way
 * @attempt:	the attempt, its pointers set
 *
 * Context: any.
 */
void attempt_init(struct attempt *attempt)
{
	attempt->gate = (struct gate){ may_pass, crossed, attempt };
	attempt->observer.is_freezing = is_freezing;
	attempt->observer.thawed_all = thawed_all;
	attempt->observer.data = attempt;
}
