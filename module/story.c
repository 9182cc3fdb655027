// SPDX-License-Identifier: GPL-2.0
/*
 * The story of each suspend, put together when it is over: from the handshake's
 * attempt, which the xenwatch thread owns, to the history, the histogram and the
 * tracepoint "end".
 *
 * A request's time is taken down in struct hs_attempt or before the request is
 * dropped: once it is over, the upcall may write the next one's.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "trace.h"
#include "xen-suspend.h"

static s64 boot_offset_ns(void)
{
	return ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_BOOT));
}

/* Xenwatch thread: what it was before the suspend under way, if it came so far */
static s64 offset_ns(const struct xen_suspend *xs)
{
	if (xs->attempt.stage >= STAGE_PREPARED &&
	    xs->attempt.stage <= STAGE_CROSSED)
		return xs->story.boot_offset_ns;
	return boot_offset_ns();
}

static u64 since(u64 then_ns)
{
	s64 elapsed = ktime_get_mono_fast_ns() - then_ns;

	return elapsed > 0 ? elapsed : 0;
}

/* Attempts for a request that have failed before */
static unsigned int tries(const struct story *story, unsigned int seq)
{
	unsigned int count = READ_ONCE(story->tries);

	return count && READ_ONCE(story->seq) == seq ? count : 0;
}

static void tell(struct xen_suspend *xs, struct story_entry *entry,
		 const struct failure_note *note)
{
	if (note) {
		entry->err = note->err;
		strscpy(entry->reason, note->text, sizeof(entry->reason));
	}
	if (entry->outcome != STORY_RETRYING)
		history_add(&xs->story.history, entry);
	trace_end(entry);
}

/* Xenwatch thread: an attempt for a request is over. */
static void attempted(struct xen_suspend *xs, unsigned int seq,
		      struct story_entry *entry, const struct failure_note *note)
{
	struct story *story = &xs->story;

	entry->attempts = tries(story, seq) + 1;
	WRITE_ONCE(story->seq, seq);
	WRITE_ONCE(story->tries,
		   entry->outcome == STORY_RETRYING ? entry->attempts : 0);
	tell(xs, entry, note);
}

static enum story_outcome failed_as(const struct failure_note *note)
{
	return note->what == FAILURE_LATE || note->what == FAILURE_DESERTED ?
	       STORY_DROPPED : STORY_FAILED;
}

/**
 * story_init - nothing has happened yet
 * @story:	the story
 *
 * Context: any.
 */
void story_init(struct story *story)
{
	history_init(&story->history);
}

/**
 * story_prepared - all tasks are frozen
 * @xs:		the module
 * @by:		who has begun this
 *
 * Context: the xenwatch thread.
 */
void story_prepared(struct xen_suspend *xs, enum story_by by)
{
	xs->story.boot_offset_ns = boot_offset_ns();
	if (by == STORY_STOCK)
		trace_begin(by);
	trace_frozen(by);
}

/**
 * story_timed - the attempt that has just ended was measured
 * @xs:		the module, hs_end() called
 *
 * Counts what last_signal_us and last_suspend_us show, when they are set.
 *
 * Context: the xenwatch thread.
 */
void story_timed(struct xen_suspend *xs)
{
	const struct hs_attempt *attempt = &xs->handshake.attempt;

	if (attempt->serves)
		latency_count(xs->story.latency.signal, attempt->signal_ns);
	if (attempt->served)
		latency_count(xs->story.latency.suspend, attempt->suspend_ns);
}

/**
 * story_succeeded - a suspend is over, and this guest runs again
 * @xs:		the module
 * @ours:	it has served a request; otherwise it was asked for through
 *		control/shutdown
 *
 * Context: the xenwatch thread.
 */
void story_succeeded(struct xen_suspend *xs, bool ours)
{
	const struct hs_attempt *attempt = &xs->handshake.attempt;
	bool restored = xs->attempt.restored;
	struct story_entry entry = {
		.attempts = 1,
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = STORY_UNKNOWN,
	};

	if (!ours) {
		entry.outcome = restored ? STORY_STOCK_RESTORED :
					   STORY_STOCK_CANCELLED;
		entry.time_ns = xs->attempt.prepared_ns + offset_ns(xs);
		tell(xs, &entry, NULL);
		return;
	}
	entry.outcome = restored ? STORY_RESTORED : STORY_CANCELLED;
	entry.time_ns = attempt->request_ns + offset_ns(xs);
	if (attempt->serves)
		entry.signal_ns = attempt->signal_ns;
	entry.suspend_ns = attempt->suspend_ns;
	entry.total_ns = since(attempt->request_ns);
	attempted(xs, attempt->seq, &entry, NULL);
}

/**
 * story_failed - an attempt for a request, which the handshake has seen, failed
 * @xs:		the module
 * @note:	what of
 * @again:	it is to be tried again
 *
 * Context: the xenwatch thread.
 */
void story_failed(struct xen_suspend *xs, const struct failure_note *note,
		  bool again)
{
	const struct hs_attempt *attempt = &xs->handshake.attempt;
	struct story_entry entry = {
		.time_ns = attempt->request_ns + offset_ns(xs),
		.outcome = again ? STORY_RETRYING : failed_as(note),
		.signal_ns = attempt->signal_ns,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = since(attempt->request_ns),
	};

	attempted(xs, attempt->seq, &entry, note);
}

/**
 * story_failed_unseen - likewise, but the handshake has not seen it begin
 * @xs:		the module
 * @seq:	the request
 * @request_ns:	when it came
 * @note:	what it failed of
 * @again:	it is to be tried again
 *
 * Context: the xenwatch thread.
 */
void story_failed_unseen(struct xen_suspend *xs, unsigned int seq,
			 u64 request_ns, const struct failure_note *note,
			 bool again)
{
	struct story_entry entry = {
		.time_ns = request_ns + offset_ns(xs),
		.outcome = again ? STORY_RETRYING : failed_as(note),
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = since(request_ns),
	};

	attempted(xs, seq, &entry, note);
}

/**
 * story_dropped - a request was given up between two attempts, or before any
 * @xs:		the module
 * @seq:	the request
 * @request_ns:	when it came
 * @note:	why
 *
 * Context: the service thread or the xenwatch thread.
 */
void story_dropped(struct xen_suspend *xs, unsigned int seq, u64 request_ns,
		   const struct failure_note *note)
{
	struct story_entry entry = {
		.time_ns = request_ns + boot_offset_ns(),
		.outcome = failed_as(note),
		.attempts = tries(&xs->story, seq),
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = since(request_ns),
	};

	tell(xs, &entry, note);
}

/**
 * story_stock_failed - a suspend asked for through control/shutdown has failed
 * @xs:		the module
 * @note:	what of
 *
 * Context: the xenwatch thread, also from a probe with preemption disabled.
 */
void story_stock_failed(struct xen_suspend *xs,
			const struct failure_note *note)
{
	bool prepared = xs->attempt.stage >= STAGE_PREPARED &&
			xs->attempt.stage <= STAGE_CROSSED;
	u64 seen_ns = prepared ? xs->attempt.prepared_ns :
				 ktime_get_mono_fast_ns();
	struct story_entry entry = {
		.time_ns = seen_ns + offset_ns(xs),
		.outcome = STORY_STOCK_FAILED,
		.attempts = 1,
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = STORY_UNKNOWN,
	};

	tell(xs, &entry, note);
}
