/* SPDX-License-Identifier: GPL-2.0 */
/* A suspend under way, and what becomes of it. */
#ifndef XEN_SUSPEND_ATTEMPT_H
#define XEN_SUSPEND_ATTEMPT_H

#include <linux/types.h>

#include "channel.h"
#include "control.h"
#include "failure.h"
#include "gate.h"
#include "handshake.h"
#include "lifecycle.h"
#include "observer.h"
#include "report.h"
#include "story.h"
#include "verdict.h"

/**
 * enum attempt_stage - how far the suspend under way has come
 * @STAGE_NONE:		not to our .prepare: tasks or kernel threads are being frozen
 * @STAGE_PREPARED:	.prepare called: all tasks are frozen, devices are next
 * @STAGE_GATED:	the last gate before the suspend hypercall passed
 * @STAGE_CROSSED:	the hypercall has returned
 * @STAGE_COMPLETED:	.complete called: judged, and tasks are about to be thawed
 */
enum attempt_stage {
	STAGE_NONE,
	STAGE_PREPARED,
	STAGE_GATED,
	STAGE_CROSSED,
	STAGE_COMPLETED,
};

/**
 * struct attempt - the suspend under way
 * @hs:		the handshake
 * @channel:	the event channel
 * @control:	what we have asked manage.c for
 * @verdict:	what becomes of it
 * @lifecycle:	whether another try makes sense
 * @patience:	and for how long
 * @observer:	what is seen of it
 * @gate:	where it can be refused
 * @stage:	how far it has come
 * @begun_ns:	when we asked for it, if we did; known until .prepare
 * @asked_ns:	when manage.c was asked last; written by the service thread, before
 *		control/shutdown, also while another attempt is under way
 * @prepared_ns: when its tasks were frozen
 * @ours:	made for a request of the event channel, by one of our triggers
 * @thawed:	devices were told that nothing has happened to the domain
 * @restoring:	devices were told of a restore
 *
 * What is not another part's belongs to the xenwatch thread, in which suspends run
 * one after the other, and to the syscore callbacks, for which it waits.
 */
struct attempt {
	struct handshake *hs;
	struct channel *channel;
	struct control *control;
	struct verdict *verdict;
	const struct lifecycle *lifecycle;
	const struct patience *patience;
	struct observer observer;
	struct gate gate;
	enum attempt_stage stage;
	u64 begun_ns;
	u64 asked_ns;
	u64 prepared_ns;
	bool ours;
	bool thawed;
	bool restoring;
};

void attempt_init(struct attempt *attempt);
u64 attempt_deadline_ns(const struct attempt *attempt);
bool attempt_begin(struct attempt *attempt, u64 now_ns);
void attempt_asked(struct attempt *attempt);
void attempt_prepare(struct attempt *attempt, u64 now_ns);
void attempt_thaw(struct attempt *attempt);
void attempt_restore(struct attempt *attempt);
void attempt_complete(struct attempt *attempt);
void attempt_end(struct attempt *attempt);
void attempt_not_prepared(struct attempt *attempt, unsigned int seq);

#endif
