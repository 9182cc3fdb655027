// SPDX-License-Identifier: GPL-2.0
/*
 * module/handshake.c, unchanged, in every interleaving of up to four contexts.
 *
 *	interleave PART PARTS	the part number PART of the scenarios
 *
 * A scenario: a state to begin in, and what each context does then: the upcalls of
 * the two ports, the service thread, the xenwatch thread with the syscore callbacks
 * that it waits for in stop_machine(). This file is compiled like handshake.c, so
 * that the accesses of the header's inline functions are seen, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define LATE_NS 1000000ULL
#define MOST_OPS 8

enum code {
	END_OF_PROGRAM, UP0, UP1, ARM, DISARM, DROP, LOOK, BEGIN, ABSORB, PASS, PASS_AWAY, LATE,
	DESERTED, BLOCKED, END, END_AGAIN, END_RESTORED,
};

struct program {
	enum code ops[MOST_OPS];
};

/* How the handshake comes to where a scenario begins. */
static const struct program starts[] = {
	{ { END_OF_PROGRAM } }, { { ARM } }, { { ARM, UP0 } }, { { ARM, UP1 } },
	{ { ARM, UP0, BEGIN } }, { { ARM, ABSORB } }, { { ARM, ABSORB, UP1 } },
	{ { ARM, UP0, BEGIN, PASS } }, { { ARM, ABSORB, PASS, UP0 } },
};
enum { DISARMED, ARMED, REQUESTED_0, REQUESTED_1, SUSPENDING, STOCK, STOCK_ASKED, RESUMING,
	RESUMING_ASKED, START_COUNT };

/* How a suspend under way may end; the xenwatch thread. */
static const struct program ends[] = {
	{ { END } }, { { END_AGAIN } }, { { PASS, END } }, { { PASS_AWAY, END_RESTORED } },
	{ { LATE, END } }, { { DESERTED, END_AGAIN } }, { { BLOCKED, END } },
	{ { END_AGAIN, BEGIN, PASS, END } }, { { END, ABSORB, PASS, END } },
	{ { PASS, END, BEGIN, PASS, END } },
};
#define END_COUNT ((int)(sizeof(ends) / sizeof(ends[0])))

/* And a resume. */
static const struct program resumed[] = { { { END } }, { { END, BEGIN, PASS, END } } };
#define RESUMED_COUNT ((int)(sizeof(resumed) / sizeof(resumed[0])))

static const enum code service_ops[] = { DROP, DISARM, ARM, LOOK };
#define SERVICE_COUNT 20	/* one of them, or two */

static int irq, gone;			/* places that contexts meet at */
static int in_upcall;
static bool stopped, channel_gone;
static u64 now;
static struct program programs[STEPS_CONTEXTS];
static struct program before;
static unsigned long scenarios, part, parts;

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
	if (armed) {
		steps_point(&gone, true, NULL);
		channel_gone = false;
	}
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

	rules_call((struct rules_call){ .op = RULES_LOOK });
	word = hs_word(&rules_hs);
	remembered = hs_is_remembered(&rules_hs, word);
	rules_looked(word, hs_request_ns(&rules_hs, word), remembered);
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
		channel_gone = code == PASS_AWAY;
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

static void reset(void)
{
	now = 0;
	in_upcall = 0;
	stopped = channel_gone = false;
	rules_reset();
	perform_all(&before);
}

static void run_program(int context)
{
	perform_all(&programs[context]);
}

static struct program joined(const struct program *first, const struct program *second)
{
	struct program both = *first;
	int i, n;

	for (n = 0; both.ops[n]; n++)
		;
	for (i = 0; i < MOST_OPS && second->ops[i]; i++)
		both.ops[n + i] = second->ops[i];
	return both;
}

static enum rules_role role_of(const struct program *program)
{
	switch (program->ops[0]) {
	case UP0:
		return ROLE_UPCALL_0;
	case UP1:
		return ROLE_UPCALL_1;
	case ARM:
	case DISARM:
	case DROP:
	case LOOK:
		return ROLE_SERVICE;
	default:
		return ROLE_XENWATCH;
	}
}

/* One scenario; those that are another part's only count. */
static void scenario(int start, const struct program *list, int count)
{
	int i;

	if (scenarios++ % parts != part)
		return;
	before = starts[start];
	for (i = 0; i < count; i++) {
		programs[i] = list[i];
		rules_role(i, role_of(&list[i]));
	}
	steps_explore(count, reset, run_program, rules_finish);
}

static struct program service(int number)
{
	if (number < 4)
		return (struct program){ { service_ops[number] } };
	number -= 4;
	return (struct program){ { service_ops[number / 4], service_ops[number % 4] } };
}

/* What the xenwatch thread may do in a state. Return: false if there is no more. */
static bool xenwatch(int start, int number, struct program *program)
{
	static const struct program firsts[] = { { { BEGIN } }, { { ABSORB } } };

	if (start >= RESUMING) {
		if (number >= RESUMED_COUNT)
			return false;
		*program = resumed[number];
		return true;
	}
	if (start >= SUSPENDING) {
		if (number >= END_COUNT)
			return false;
		*program = ends[number];
		return true;
	}
	if (number == 2 * END_COUNT) {
		*program = (struct program){ { DROP } };
		return true;
	}
	if (number > 2 * END_COUNT)
		return false;
	*program = joined(&firsts[number / END_COUNT], &ends[number % END_COUNT]);
	return true;
}

static const struct program up0 = { { UP0 } }, up00 = { { UP0, UP0 } }, up1 = { { UP1 } },
			    up11 = { { UP1, UP1 } };

static void upcalls_alone(void)
{
	int start;

	for (start = 0; start < START_COUNT; start++)
		scenario(start, (struct program[]){ up00, up11 }, 2);
}

static void against_service(void)
{
	int start, s;

	for (start = 0; start < START_COUNT; start++)
		for (s = 0; s < SERVICE_COUNT; s++)
			scenario(start, (struct program[]){ up00, up1, service(s) }, 3);
}

static void against_xenwatch(void)
{
	struct program x;
	int start, n;

	for (start = 0; start < START_COUNT; start++)
		for (n = 0; xenwatch(start, n, &x); n++)
			scenario(start, (struct program[]){ up00, up1, x }, 3);
}

static void against_both(void)
{
	struct program x;
	int start, n, s;

	for (start = 0; start < START_COUNT; start++)
		for (n = 0; xenwatch(start, n, &x); n++)
			for (s = 0; s < SERVICE_COUNT; s++)
				scenario(start, (struct program[]){ up0, service(s), x }, 3);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	part = strtoul(argv[1], NULL, 10);
	parts = strtoul(argv[2], NULL, 10);
	upcalls_alone();
	against_service();
	against_xenwatch();
	against_both();
	printf("explored: %lu scenarios, %lu interleavings, %lu cut short, %lu accesses\n",
	       (scenarios + parts - 1 - part) / parts, steps_counts.complete,
	       steps_counts.pruned, steps_counts.steps);
	return 0;
}
