/* SPDX-License-Identifier: GPL-2.0 */
/* What must be true of the handshake, whatever the order. */
#ifndef PROOF_RULES_H
#define PROOF_RULES_H

#include "../../module/handshake.h"
#include "steps.h"

/* Who: a context, or what happens before they begin. */
#define RULES_BEFORE STEPS_CONTEXTS
#define RULES_ACTORS (STEPS_CONTEXTS + 1)

enum rules_role { ROLE_UPCALL_0, ROLE_UPCALL_1, ROLE_SERVICE, ROLE_XENWATCH, ROLE_BEFORE };

enum rules_op {
	RULES_NONE, RULES_UPCALL, RULES_ARM, RULES_DISARM, RULES_DROP, RULES_LOOK, RULES_BEGIN,
	RULES_ABSORB, RULES_GATE, RULES_CROSSED, RULES_END,
};

/* An operation that an actor is about to begin, and what it was called with */
struct rules_call {
	enum rules_op op;
	unsigned int by;
	u64 now_ns;
	unsigned int seq;
	bool restored;
	bool again;
	bool late;
	bool deserted;
};

extern struct handshake rules_hs;

void rules_reset(void);
void rules_role(int actor, enum rules_role role);
void rules_call(struct rules_call call);

/* An operation has returned. Each says what is wrong with its answer, if anything is. */
void rules_upcall_returned(enum hs_verdict verdict);
void rules_arm_returned(bool armed);
void rules_disarm_returned(bool disarmed);
void rules_drop_returned(bool dropped, u64 request_ns);
void rules_looked(int word, u64 request_ns, bool remembered);
void rules_begin_returned(bool begun);
void rules_gate_returned(int err);
void rules_crossed_returned(void);
void rules_end_returned(enum hs_outcome outcome);

/* All is over: nothing is lost, and the counters add up. */
void rules_finish(void);

/* All that the operations have left behind, as a number. */
unsigned long rules_outcome(void);

/* For the story: who is at it, and what it is that is touched. */
const char *rules_actor(void);
const char *rules_place(const void *where);

/* For the hooks: an access is about to be made, or has been. */
bool rules_is_shared(const void *where, bool writes);
void rules_read(const void *where, int size, unsigned long long value);
void rules_wrote(const void *where, int size, unsigned long long before,
		 unsigned long long after);

#endif
