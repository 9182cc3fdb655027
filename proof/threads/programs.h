/* SPDX-License-Identifier: GPL-2.0 */
/* What a context does, and what is done before the contexts begin. */
#ifndef PROOF_PROGRAMS_H
#define PROOF_PROGRAMS_H

#include "rules.h"

#define MOST_OPS 8

/*
 * PASS to BLOCKED are stop_machine() with the syscore callbacks: PASS, and the
 * hypercall returns in the same domain; PASS_AWAY, in a new one; LATE and DESERTED,
 * a reason to refuse; BLOCKED, somebody else refuses.
 */
enum code {
	END_OF_PROGRAM, UP0, UP1, ARM, DISARM, DROP, LOOK, BEGIN, ABSORB, PASS, PASS_AWAY, LATE,
	DESERTED, BLOCKED, END, END_AGAIN, END_RESTORED,
};

struct program {
	enum code ops[MOST_OPS];
};

extern struct program programs[STEPS_CONTEXTS];
extern struct program programs_before;

/* For steps_explore(). */
void programs_reset(void);
void programs_run(int context);

#endif
