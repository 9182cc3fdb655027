// SPDX-License-Identifier: GPL-2.0
/*
 * What a context does: operations of the handshake, as the module calls them.
 *
 * Compiled like handshake.c, so that the accesses of the header's inline functions
 * are seen, too.
 */
#include "programs.h"

#define LATE_NS 1000000ULL

struct program programs[STEPS_CONTEXTS];
struct program programs_before;

static int irq, gone;			/* places that contexts meet at */
static int in_upcall;
static bool stopped;
static bool channel_gone;		/* from the hypercall of a restore on */
static bool restoring;			/* until that suspend is over */
static u64 now;

static bool interrupts_are_on(void)
{
	return !stopped;
}

static bool no_upcall_runs(void)
{
	return !in_upcall;
}

static void upcall(unsigned int by)
{
	u64 mine = ++now;

	steps_point(&irq, false, interrupts_are_on);
	in_upcall++;
	steps_point(&gone, false, NULL);
	if (!channel_gone) {
		steps_did("%s  a notify", rules_actor());
		rules_call((struct rules_call){ .op = RULES_UPCALL, .by = by, .now_ns = mine });
		rules_upcall_returned(hs_upcall(&rules_hs, by, mine));
	}
	steps_point(&irq, false, NULL);
	in_upcall--;
}

static void arm(void)
{
	bool armed;

	rules_call((struct rules_call){ .op = RULES_ARM });
	armed = hs_arm(&rules_hs);
	rules_arm_returned(armed);
	/* With a new port, but for one who is frozen, as the service thread is. */
	steps_point(&gone, true, NULL);
	if (armed && !restoring)
		channel_gone = false;
}

/* As verdict_drop(), called for the request that was seen. */
static void drop(void)
{
	unsigned int seq = hs_seq(hs_word(&rules_hs));
	u64 request_ns = hs_request_ns(&rules_hs, hs_word(&rules_hs));

	rules_call((struct rules_call){ .op = RULES_DROP, .seq = seq });
	rules_drop_returned(hs_drop(&rules_hs, seq), request_ns);
}

/* As serve_request(). */
static void look(void)
{
	int word;
	bool remembered;
	u64 request_ns;

	rules_call((struct rules_call){ .op = RULES_LOOK });
	word = hs_word(&rules_hs);
	remembered = hs_is_remembered(&rules_hs, word);
	request_ns = hs_request_ns(&rules_hs, word);
	if (hs_word(&rules_hs) == word)
		rules_looked(word, request_ns, remembered);
}

/* stop_machine(): no upcall is under way, and none begins. */
static void hypercall(enum code code)
{
	struct rules_call call = { .op = RULES_GATE, .late = code == LATE,
				   .deserted = code == DESERTED };
	int err;

	steps_point(&irq, true, no_upcall_runs);
	stopped = true;
	steps_did("%s  all interrupts are off", rules_actor());
	rules_call(call);
	err = hs_gate(&rules_hs, call.late ? LATE_NS : now + 1, LATE_NS / 2, call.deserted);
	rules_gate_returned(err);
	if (!err && code != BLOCKED) {
		rules_call((struct rules_call){ .op = RULES_CROSSED });
		hs_crossed(&rules_hs);
		rules_crossed_returned();
		steps_point(&gone, true, NULL);
		restoring = channel_gone = code == PASS_AWAY;
	}
	steps_point(&irq, true, NULL);
	stopped = false;
}

static void end(enum code code)
{
	struct rules_call call = { .op = RULES_END, .again = code == END_AGAIN };

	/* A domain that was not suspended is the same one; see attempt.c. */
	call.restored = code == END_RESTORED && channel_gone;
	rules_call(call);
	rules_end_returned(hs_end(&rules_hs, call.restored, call.again));
	steps_point(&gone, true, NULL);
	restoring = false;
}

/* Return: false if the program is over, since there is nothing to suspend for. */
static bool begin(void)
{
	bool begun;

	rules_call((struct rules_call){ .op = RULES_BEGIN });
	begun = hs_begin(&rules_hs, now);
	rules_begin_returned(begun);
	return begun;
}

static bool perform(enum code code)
{
	switch (code) {
	case UP0:
	case UP1:
		upcall(code == UP1);
		break;
	case ARM:
		arm();
		break;
	case DISARM:
		rules_call((struct rules_call){ .op = RULES_DISARM });
		rules_disarm_returned(hs_disarm(&rules_hs));
		break;
	case DROP:
		drop();
		break;
	case LOOK:
		look();
		break;
	case BEGIN:
		return begin();
	case ABSORB:
		rules_call((struct rules_call){ .op = RULES_ABSORB });
		hs_absorb(&rules_hs, now);
		break;
	case END:
	case END_AGAIN:
	case END_RESTORED:
		end(code);
		break;
	default:
		hypercall(code);
	}
	return true;
}

static void perform_all(const struct program *program)
{
	int i;

	for (i = 0; i < MOST_OPS && program->ops[i]; i++)
		if (!perform(program->ops[i]))
			break;
}

void programs_reset(void)
{
	now = 0;
	in_upcall = 0;
	stopped = channel_gone = restoring = false;
	rules_reset();
	perform_all(&programs_before);
}

void programs_run(int context)
{
	perform_all(&programs[context]);
}
