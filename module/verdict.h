/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a suspend: served, tried again, failed or dropped. */
#ifndef XEN_SUSPEND_VERDICT_H
#define XEN_SUSPEND_VERDICT_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "errors.h"
#include "failure.h"
#include "handshake.h"
#include "jobs.h"
#include "report.h"
#include "story.h"

/**
 * struct verdict - what has become of suspends
 * @hs:		the handshake
 * @story:	where it is told
 * @report:	and reported
 * @errors:	and noted if it failed
 * @jobs:	who does the rest
 * @retry:	how often the pending request was tried
 * @failed:	failed attempts for requests, by cause
 * @stock_failed: failed suspends that the toolstack asked for by control/shutdown
 * @stock_suspends: those that did not fail
 * @stock_lock:	protects @stock_note; raw, because a probe takes it
 * @stock_note:	the last failure of a suspend that was none of ours
 *
 * @retry belongs to the xenwatch thread, see struct retry. Counters are read by
 * sysfs at any time.
 */
struct verdict {
	struct handshake *hs;
	struct story *story;
	struct report *report;
	struct errors *errors;
	struct jobs *jobs;
	struct retry retry;
	struct failure_counts failed;
	struct failure_counts stock_failed;
	atomic_long_t stock_suspends;
	/* protects the next */
	raw_spinlock_t stock_lock;
	struct failure_note stock_note;
};

void verdict_init(struct verdict *verdict);
void verdict_failed(struct verdict *verdict, const struct hs_attempt *attempt,
		    const struct failure_note *note, bool again);
void verdict_served(struct verdict *verdict, const struct hs_attempt *attempt,
		    bool restored);
void verdict_drop(struct verdict *verdict, unsigned int seq, enum failure what,
		  int err, const char *reason);
void verdict_stock_served(struct verdict *verdict, u64 seen_ns, bool restored);
void verdict_stock_failed(struct verdict *verdict, u64 seen_ns,
			  const struct failure_note *note);
void verdict_report_stock(struct verdict *verdict);
void verdict_settled(struct verdict *verdict, bool restored);

#endif
