/* SPDX-License-Identifier: GPL-2.0 */
/* The story of each suspend: history, histogram, and the tracepoint "end". */
#ifndef XEN_SUSPEND_STORY_H
#define XEN_SUSPEND_STORY_H

#include <linux/types.h>

#include "handshake.h"
#include "history.h"
#include "latency.h"

/**
 * struct story - what is remembered of suspends
 * @history:	the last ones
 * @latency:	how long they took, all since the module was loaded
 * @prepared:	tasks are frozen for a suspend, since the moment when
 * @boot_offset_ns: the boottime clock minus the monotonic clock was this: the
 *		hypercall changes it
 * @seq:	the request of @tries
 * @tries:	attempts for it that have failed and are followed by another; 0 if none
 *
 * @history has a lock. All else is written by the xenwatch thread. The service
 * thread reads @seq and @tries when it drops a request: of one that was tried,
 * it hears by JOB_RETRY after they were written, and of one that was not, it
 * finds another number or no tries.
 */
struct story {
	struct history history;
	struct latency latency;
	bool prepared;
	s64 boot_offset_ns;
	unsigned int seq;
	unsigned int tries;
};

void story_init(struct story *story);
void story_prepared(struct story *story, enum story_by by);
void story_settled(struct story *story);
void story_attempted(struct story *story, enum story_outcome outcome,
		     const struct hs_attempt *attempt,
		     const struct failure_note *note);
void story_dropped(struct story *story, unsigned int seq, u64 request_ns,
		   const struct failure_note *note);
void story_stock(struct story *story, enum story_outcome outcome, u64 seen_ns,
		 const struct failure_note *note);

#endif
