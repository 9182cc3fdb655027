// SPDX-License-Identifier: GPL-2.0
/*
 * The story of each suspend, put together when it is over: for the history, the
 * histogram and the tracepoint "end".
 *
 * A request's time is taken down in struct hs_attempt or before the request is
 * dropped: once it is over, the upcall may write the next one's.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "story.h"
#include "trace.h"

static s64 boot_offset_ns(void)
{
	return ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_BOOT));
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

static void tell(struct story *story, struct story_entry *entry,
		 const struct failure_note *note)
{
	if (note) {
		entry->err = note->err;
		failure_full(note, entry->reason, sizeof(entry->reason));
	}
	if (entry->outcome != STORY_RETRYING)
		history_add(&story->history, entry);
	trace_end(entry);
}

static bool is_drop(const struct failure_note *note)
{
	return note->what == FAILURE_LATE || note->what == FAILURE_DESERTED;
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
 * @story:	the story
 * @by:		who has begun this
 *
 * Context: the xenwatch thread.
 */
void story_prepared(struct story *story, enum story_by by)
{
	story->boot_offset_ns = boot_offset_ns();
	story->prepared = true;
	if (by == STORY_STOCK)
		trace_begin(by);
	trace_frozen(by);
}

/**
 * story_settled - the suspend is over, and all is told of it
 * @story:	the story
 *
 * Context: the xenwatch thread.
 */
void story_settled(struct story *story)
{
	story->prepared = false;
}

/* Xenwatch thread: what it was before the suspend under way, if it came so far */
static s64 offset_ns(const struct story *story)
{
	return story->prepared ? story->boot_offset_ns : boot_offset_ns();
}

/**
 * story_attempted - an attempt for a request is over
 * @story:	the story
 * @outcome:	what became of it; a failure that nobody waits for is a drop
 * @attempt:	what was measured
 * @note:	why it failed, or NULL
 *
 * Context: the xenwatch thread.
 */
void story_attempted(struct story *story, enum story_outcome outcome,
		     const struct hs_attempt *attempt,
		     const struct failure_note *note)
{
	struct story_entry entry = {
		.time_ns = attempt->request_ns + offset_ns(story),
		.outcome = outcome,
		.attempts = tries(story, attempt->seq) + 1,
		.signal_ns = attempt->serves ? attempt->signal_ns :
					       STORY_UNKNOWN,
		.suspend_ns = attempt->served ? attempt->suspend_ns :
						STORY_UNKNOWN,
		.total_ns = since(attempt->request_ns),
	};

	if (outcome == STORY_FAILED && is_drop(note))
		entry.outcome = STORY_DROPPED;
	WRITE_ONCE(story->seq, attempt->seq);
	WRITE_ONCE(story->tries,
		   outcome == STORY_RETRYING ? entry.attempts : 0);
	if (attempt->served) {
		if (attempt->serves)
			latency_count(story->latency.signal,
				      attempt->signal_ns);
		latency_count(story->latency.suspend, attempt->suspend_ns);
	}
	tell(story, &entry, note);
}

/**
 * story_dropped - a request was given up between two attempts, or before any
 * @story:	the story
 * @seq:	the request
 * @request_ns:	when it came
 * @note:	why
 *
 * Context: the service thread or the xenwatch thread.
 */
void story_dropped(struct story *story, unsigned int seq, u64 request_ns,
		   const struct failure_note *note)
{
	struct story_entry entry = {
		.time_ns = request_ns + boot_offset_ns(),
		.outcome = is_drop(note) ? STORY_DROPPED : STORY_FAILED,
		.attempts = tries(story, seq),
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = since(request_ns),
	};

	tell(story, &entry, note);
}

/**
 * story_stock - a suspend asked for through control/shutdown is over
 * @story:	the story
 * @outcome:	what became of it
 * @seen_ns:	when it was first seen
 * @note:	why it failed, or NULL
 *
 * Context: the xenwatch thread, also from a probe with preemption disabled.
 */
void story_stock(struct story *story, enum story_outcome outcome, u64 seen_ns,
		 const struct failure_note *note)
{
	struct story_entry entry = {
		.time_ns = seen_ns + offset_ns(story),
		.outcome = outcome,
		.attempts = 1,
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = STORY_UNKNOWN,
	};

	tell(story, &entry, note);
}
