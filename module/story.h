/* SPDX-License-Identifier: GPL-2.0 */
/* The story of each suspend: tracepoints, history, histogram. */
#ifndef XEN_SUSPEND_STORY_H
#define XEN_SUSPEND_STORY_H

#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "history.h"
#include "latency.h"

struct xen_suspend;

/**
 * enum story_by - who has begun an attempt
 * @STORY_DIRECT:	our direct trigger
 * @STORY_XENSTORE:	manage.c, for our xenstore trigger
 * @STORY_STOCK:	manage.c, for the toolstack
 */
enum story_by {
	STORY_DIRECT,
	STORY_XENSTORE,
	STORY_STOCK,
};

/**
 * struct story - what is remembered of suspends
 * @history:	the last ones
 * @latency:	how long they took, all since the module was loaded
 * @boot_offset_ns: boottime clock minus monotonic clock before the suspend under
 *		way: the hypercall changes it
 * @seq:	the request of @tries
 * @tries:	attempts for it that have failed and are followed by another; 0 if none
 *
 * @history has a lock. All else is written by the xenwatch thread. The service
 * thread reads @seq and @tries when it drops a request: of one that was tried,
 * it hears by set_bit(TODO_RETRY) after they were written, and of one that was
 * not, it finds another number or no tries.
 */
struct story {
	struct history history;
	struct latency latency;
	s64 boot_offset_ns;
	unsigned int seq;
	unsigned int tries;
};

/* For tracepoints: microseconds, -1 if not known. */
static inline s64 story_us(u64 ns)
{
	return ns == STORY_UNKNOWN ? -1 : (s64)div_u64(ns, NSEC_PER_USEC);
}

void story_init(struct story *story);
void story_prepared(struct xen_suspend *xs, enum story_by by);
void story_timed(struct xen_suspend *xs);
void story_succeeded(struct xen_suspend *xs, bool ours);
void story_failed(struct xen_suspend *xs, const struct failure_note *note,
		  bool again);
void story_failed_unseen(struct xen_suspend *xs, unsigned int seq,
			 u64 request_ns, const struct failure_note *note,
			 bool again);
void story_dropped(struct xen_suspend *xs, unsigned int seq, u64 request_ns,
		   const struct failure_note *note);
void story_stock_failed(struct xen_suspend *xs,
			const struct failure_note *note);

#endif
