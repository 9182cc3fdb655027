/* SPDX-License-Identifier: GPL-2.0 */
/* A suspend under way, and what becomes of it. */
#ifndef XEN_SUSPEND_ATTEMPT_H
#define XEN_SUSPEND_ATTEMPT_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "failure.h"

struct xen_suspend;

/**
 * enum attempt_stage - how far the suspend under way has come
 * @STAGE_NONE:		not to our .prepare: tasks or kernel threads are being frozen
 * @STAGE_PREPARED:	.prepare called: all tasks are frozen, devices are next
 * @STAGE_FROZEN:	.freeze called
 * @STAGE_GATED:	the last gate before the suspend hypercall passed
 * @STAGE_CROSSED:	the hypercall has returned
 * @STAGE_COMPLETED:	.complete called: judged, and tasks are about to be thawed
 */
enum attempt_stage {
	STAGE_NONE,
	STAGE_PREPARED,
	STAGE_FROZEN,
	STAGE_GATED,
	STAGE_CROSSED,
	STAGE_COMPLETED,
};

/**
 * struct attempt - the suspend under way
 * @stage:	how far it has come
 * @begun_ns:	when we asked for it, if we did
 * @prepared_ns: when its tasks were frozen
 * @ours:	made for a request of the event channel, by one of our triggers
 * @restored:	resumed in a new domain
 * @stock_lock:	protects @stock_note; raw, because a probe takes it
 * @stock_note:	the last failure of a suspend that was none of ours
 *
 * All but the last two belong to the xenwatch thread, as struct hs_attempt does;
 * @begun_ns, with the xenstore trigger, to the service thread until it has
 * written control/shutdown.
 */
struct attempt {
	enum attempt_stage stage;
	u64 begun_ns;
	u64 prepared_ns;
	bool ours;
	bool restored;
	/* protects the next */
	raw_spinlock_t stock_lock;
	struct failure_note stock_note;
};

void attempt_init(struct xen_suspend *xs);
void attempt_begin(struct xen_suspend *xs, u64 now_ns);
void attempt_prepare(struct xen_suspend *xs, u64 now_ns);
void attempt_freeze(struct xen_suspend *xs);
void attempt_restore(struct xen_suspend *xs);
void attempt_complete(struct xen_suspend *xs);
void attempt_end(struct xen_suspend *xs);
void attempt_not_prepared(struct xen_suspend *xs);
bool attempt_is_freezing(const struct xen_suspend *xs);
void attempt_thawed(struct xen_suspend *xs);
void attempt_report_stock(struct xen_suspend *xs);

#endif
