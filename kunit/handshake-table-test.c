// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/handshake.c: every operation in every state, against a table.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/handshake.h"
#include "suites.h"

#define SEQ 41
#define DEADLINE (100 * NSEC_PER_SEC)

/* every value that the word can have, the request's number apart */
enum state {
	DISARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R, RESUMING,
	RESUMING_R, STATES
};

static const struct {
	const char *text;
	int word;
	const char *name;
} states[STATES] = {
	[DISARMED] = { "disarmed", HS_DISARMED, "disarmed" },
	[ARMED] = { "armed", HS_ARMED, "armed" },
	[REQUESTED] = { "requested", HS_ARMED | HS_REQUEST, "requested" },
	[SUSPENDING] = { "suspending", HS_SUSPENDING, "suspending" },
	[SUSPENDING_R] = { "suspending with a request",
			   HS_SUSPENDING | HS_REQUEST, "suspending" },
	[RESUMING] = { "resuming", HS_RESUMING, "resuming" },
	[RESUMING_R] = { "resuming with a request", HS_RESUMING | HS_REQUEST,
			 "resuming" },
};

enum op {
	UPCALL, ARM, DISARM, BEGIN, FREEZE, GATE, LATE_GATE, DESERTED_GATE,
	CROSSED, END_CANCEL, END_RESTORE, END_AGAIN, END_OTHER, DROP, DROP_OTHER, OPS
};

#define NEXT 0x100	/* the request's number goes up by one */
#define ROW(...) { __VA_ARGS__ }

/*
 * The table of the machine: for each operation, from each state in the order
 * of enum state, where it leads and what it returns. hs_end() is here four
 * times: cancelled, restored and to be tried again for an attempt that serves a
 * request, and END_OTHER, to be tried again too, for one begun for somebody else.
 */
static const struct {
	const char *text;
	int to[STATES];
	int ret[STATES];
} table[OPS] = {
	[UPCALL] = { "a notify",
		ROW(DISARMED, REQUESTED | NEXT, REQUESTED, SUSPENDING_R | NEXT,
		    SUSPENDING_R, RESUMING_R | NEXT, RESUMING_R),
		ROW(HS_SPURIOUS, HS_NEW, HS_COALESCED, HS_NEW, HS_COALESCED,
		    HS_NEW, HS_COALESCED) },
	[ARM] = { "arm",
		ROW(ARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R, RESUMING,
		    RESUMING_R),
		ROW(true, false, false, false, false, false, false) },
	[DISARM] = { "disarm",
		ROW(DISARMED, DISARMED, REQUESTED, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(true, true, false, false, false, false, false) },
	[BEGIN] = { "begin",
		ROW(DISARMED, ARMED, SUSPENDING_R, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(false, false, true, false, false, false, false) },
	[FREEZE] = { "freeze",
		ROW(DISARMED, SUSPENDING, SUSPENDING_R, SUSPENDING,
		    SUSPENDING_R, RESUMING, RESUMING_R),
		ROW(0, 0, 0, 0, 0, 0, 0) },
	[GATE] = { "the gate in time",
		ROW(DISARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(0, 0, 0, 0, 0, 0, 0) },
	[LATE_GATE] = { "the gate too late",
		ROW(DISARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(0, 0, 0, 0, -ETIME, 0, 0) },
	[DESERTED_GATE] = { "the gate with nobody there",
		ROW(DISARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(0, 0, 0, 0, -ECONNRESET, 0, 0) },
	[CROSSED] = { "crossed",
		ROW(DISARMED, ARMED, REQUESTED, RESUMING, RESUMING, RESUMING,
		    RESUMING_R),
		ROW(0, 0, 0, 0, 0, 0, 0) },
	[END_CANCEL] = { "end in place",
		ROW(DISARMED, ARMED, REQUESTED, ARMED, ARMED, ARMED, REQUESTED),
		ROW(HS_NOTHING, HS_NOTHING, HS_NOTHING, HS_FAILED, HS_FAILED,
		    HS_CANCELLED, HS_CANCELLED) },
	[END_RESTORE] = { "end in a new domain",
		ROW(DISARMED, ARMED, REQUESTED, ARMED, ARMED, DISARMED,
		    DISARMED),
		ROW(HS_NOTHING, HS_NOTHING, HS_NOTHING, HS_FAILED, HS_FAILED,
		    HS_RESTORED, HS_RESTORED) },
	[END_AGAIN] = { "end, to be tried again",
		ROW(DISARMED, ARMED, REQUESTED, ARMED, REQUESTED, ARMED,
		    REQUESTED),
		ROW(HS_NOTHING, HS_NOTHING, HS_NOTHING, HS_AGAIN, HS_AGAIN,
		    HS_CANCELLED, HS_CANCELLED) },
	[END_OTHER] = { "end of somebody else's attempt",
		ROW(DISARMED, ARMED, REQUESTED, ARMED, REQUESTED, ARMED,
		    REQUESTED),
		ROW(HS_NOTHING, HS_NOTHING, HS_NOTHING, HS_FAILED_OTHER,
		    HS_FAILED_OTHER, HS_CANCELLED, HS_CANCELLED) },
	[DROP] = { "drop",
		ROW(DISARMED, ARMED, ARMED, SUSPENDING, SUSPENDING_R, RESUMING,
		    RESUMING_R),
		ROW(false, false, true, false, false, false, false) },
	[DROP_OTHER] = { "drop another request",
		ROW(DISARMED, ARMED, REQUESTED, SUSPENDING, SUSPENDING_R,
		    RESUMING, RESUMING_R),
		ROW(false, false, false, false, false, false, false) },
};

struct cell {
	enum op op;
	enum state from;
};

static const void *every_cell_gen_params(const void *prev, char *desc)
{
	static struct cell cells[OPS * STATES];
	struct cell *cell = prev ? (struct cell *)prev + 1 : cells;
	int i = cell - cells;

	if (i == ARRAY_SIZE(cells))
		return NULL;
	cell->op = i / STATES;
	cell->from = i % STATES;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s", table[cell->op].text,
		 states[cell->from].text);
	return cell;
}

static int act(struct handshake *hs, enum op op)
{
	switch (op) {
	case UPCALL:
		return hs_upcall(hs, 0, 2000);
	case ARM:
		return hs_arm(hs);
	case DISARM:
		return hs_disarm(hs);
	case BEGIN:
		return hs_begin(hs, 2000);
	case FREEZE:
		hs_absorb(hs, 2000);
		return 0;
	case GATE:
		return hs_gate(hs, DEADLINE, DEADLINE, false);
	case LATE_GATE:
		return hs_gate(hs, DEADLINE * 2, DEADLINE, true);
	case DESERTED_GATE:
		return hs_gate(hs, DEADLINE, DEADLINE, true);
	case CROSSED:
		hs_crossed(hs);
		return 0;
	case END_CANCEL:
		return hs_end(hs, false, false);
	case END_AGAIN:
	case END_OTHER:
		return hs_end(hs, false, true);
	case END_RESTORE:
		return hs_end(hs, true, false);
	case DROP:
		return hs_drop(hs, SEQ);
	default:
		return hs_drop(hs, SEQ + 1);
	}
}

static void every_operation_in_every_state_does_what_the_table_says(struct kunit *test)
{
	const struct cell *cell = test->param_value;
	int to = table[cell->op].to[cell->from];
	unsigned int seq = to & NEXT ? SEQ + 1 : SEQ;
	struct handshake hs = {
		.word = ATOMIC_INIT(states[cell->from].word |
				    SEQ << HS_SEQ_SHIFT),
		.ports[0].request_ns = 1000,
		.attempt.serves = cell->op != END_OTHER,
	};

	KUNIT_EXPECT_EQ(test, act(&hs, cell->op),
			table[cell->op].ret[cell->from]);
	KUNIT_EXPECT_EQ(test, atomic_read(&hs.word),
			(int)(states[to & ~NEXT].word | seq << HS_SEQ_SHIFT));
}

static void every_state_has_its_name(struct kunit *test)
{
	int i;

	for (i = 0; i < STATES; i++)
		KUNIT_EXPECT_STREQ(test, hs_state_name(states[i].word),
				   states[i].name);
}

static void only_a_pending_request_while_armed_counts_as_requested(struct kunit *test)
{
	int i;

	for (i = 0; i < STATES; i++)
		KUNIT_EXPECT_EQ(test, hs_is_requested(states[i].word),
				i == REQUESTED);
}

static struct kunit_case handshake_table_cases[] = {
	KUNIT_CASE_PARAM(every_operation_in_every_state_does_what_the_table_says,
			 every_cell_gen_params),
	KUNIT_CASE(every_state_has_its_name),
	KUNIT_CASE(only_a_pending_request_while_armed_counts_as_requested),
	{}
};

struct kunit_suite handshake_table_suite = {
	.name = "handshake-table",
	.test_cases = handshake_table_cases,
};
