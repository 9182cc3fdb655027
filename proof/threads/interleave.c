// SPDX-License-Identifier: GPL-2.0
/*
 * module/handshake.c, unchanged, in every interleaving of up to four contexts.
 *
 *	interleave PART PARTS [fast]	the part number PART of the scenarios, or of the
 *				fewer and smaller ones
 *	interleave		see that what is left out makes no difference
 *
 * A scenario: a state to begin in, and what each context does then: the upcalls of
 * the two ports, the service thread, the xenwatch thread with the syscore callbacks
 * that it waits for in stop_machine().
 */
#include <stdio.h>
#include <stdlib.h>

#include "programs.h"

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
	/* And what comes of it next */
	{ { END_AGAIN, BEGIN, PASS, END } }, { { END, ABSORB, PASS, END } },
	{ { PASS, END, BEGIN, PASS, END } },
};
#define END_COUNT ((int)(sizeof(ends) / sizeof(ends[0])))
#define LAST_SINGLE 6

/* And a resume. */
static const struct program resumed[] = { { { END } }, { { END, BEGIN, PASS, END } } };
#define RESUMED_COUNT ((int)(sizeof(resumed) / sizeof(resumed[0])))

static const enum code service_ops[] = { DROP, DISARM, ARM, LOOK };
#define SERVICE_SINGLE 4
#define SERVICE_COUNT 20	/* one of them, or two */

static unsigned long scenarios, part, parts;
static bool fast;

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
	programs_before = starts[start];
	for (i = 0; i < count; i++) {
		programs[i] = list[i];
		rules_role(i, role_of(&list[i]));
	}
	steps_explore(count, programs_reset, programs_run, rules_finish);
}

static struct program service(int number)
{
	if (number < SERVICE_SINGLE)
		return (struct program){ { service_ops[number] } };
	number -= SERVICE_SINGLE;
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
			scenario(start, (struct program[]){ fast ? up0 : up00, up1, x }, 3);
}

/* Both ports, and one operation of the service thread; or one port, and two. */
static void against_both(void)
{
	struct program x;
	int start, n, s;

	for (start = 0; start < START_COUNT; start++) {
		for (n = 0; xenwatch(start, n, &x); n++) {
			for (s = 0; s < SERVICE_SINGLE && n % END_COUNT <= LAST_SINGLE; s++)
				scenario(start, (struct program[]){ up0, up1, service(s), x }, 4);
			for (s = SERVICE_SINGLE; s < SERVICE_COUNT; s++)
				scenario(start, (struct program[]){ up0, service(s), x }, 3);
		}
	}
}

/* How the scenario under way may end: every outcome once. */
static unsigned long outcomes[4096];
static unsigned int outcome_count;
static unsigned long all_orders, all_kinds;

static void note_outcome(void)
{
	unsigned long outcome = rules_outcome();
	unsigned int i;

	rules_finish();
	for (i = 0; i < outcome_count; i++)
		if (outcomes[i] == outcome)
			return;
	if (outcome_count == sizeof(outcomes) / sizeof(outcomes[0]))
		steps_violated("too many outcomes");
	outcomes[outcome_count++] = outcome;
}

/* Return: the outcomes' sum, whatever their order. */
static unsigned long all_outcomes(bool reduce)
{
	unsigned long sum = 0;
	unsigned int i;

	steps_reduce = reduce;
	outcome_count = 0;
	steps_explore(2, programs_reset, programs_run, note_outcome);
	for (i = 0; i < outcome_count; i++)
		sum += outcomes[i];
	return sum;
}

/* With and without leaving out: the same outcomes. */
static void compare(int start, struct program first, struct program second)
{
	unsigned long few = steps_counts.complete;

	programs_before = starts[start];
	programs[0] = first;
	programs[1] = second;
	rules_role(0, role_of(&first));
	rules_role(1, role_of(&second));
	if (all_outcomes(true) != all_outcomes(false))
		steps_violated("an outcome was left out");
	all_orders += steps_counts.complete - few;
	all_kinds += outcome_count;
	scenarios++;
}

static int compare_small(void)
{
	struct program x;
	int start, n, s;

	for (start = 0; start < START_COUNT; start++) {
		for (s = 0; s < SERVICE_COUNT; s++)
			compare(start, up0, service(s));
		for (n = 0; xenwatch(start, n, &x); n++) {
			for (s = 0; s < SERVICE_SINGLE && n % END_COUNT <= LAST_SINGLE; s++)
				compare(start, service(s), x);
			if (start >= SUSPENDING && n <= LAST_SINGLE)
				compare(start, up1, x);
		}
	}
	printf("compared: %lu scenarios, %lu interleavings, %lu outcomes\n", scenarios,
	       all_orders, all_kinds);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return compare_small();
	if (argc < 3)
		return 2;
	fast = argc > 3;
	part = strtoul(argv[1], NULL, 10);
	parts = strtoul(argv[2], NULL, 10);
	upcalls_alone();
	against_service();
	against_xenwatch();
	if (!fast)
		against_both();
	printf("explored: %lu scenarios, %lu interleavings, %lu cut short, %lu accesses\n",
	       (scenarios + parts - 1 - part) / parts, steps_counts.complete,
	       steps_counts.pruned, steps_counts.steps);
	return 0;
}
