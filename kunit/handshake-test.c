// SPDX-License-Identifier: GPL-2.0
/* Tests of module/handshake.c: the state machine. */
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
		return hs_upcall(hs, 2000);
	case ARM:
		return hs_arm(hs);
	case DISARM:
		return hs_disarm(hs);
	case BEGIN:
		return hs_begin(hs, 2000);
	case FREEZE:
		hs_freeze(hs, 2000);
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
		.request_ns = 1000,
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

static struct handshake *armed(struct kunit *test)
{
	struct handshake *hs = kunit_kzalloc(test, sizeof(*hs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hs);
	hs_arm(hs);
	return hs;
}

static void only_a_pending_request_while_armed_counts_as_requested(struct kunit *test)
{
	int i;

	for (i = 0; i < STATES; i++)
		KUNIT_EXPECT_EQ(test, hs_is_requested(states[i].word),
				i == REQUESTED);
}

static void notifies_are_counted_by_what_they_were(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 1);
	hs_upcall(hs, 2);
	hs_upcall(hs, 3);
	hs_drop(hs, 1);
	hs_disarm(hs);
	hs_upcall(hs, 4);
	KUNIT_EXPECT_EQ(test, hs->requests, 1UL);
	KUNIT_EXPECT_EQ(test, hs->coalesced, 2UL);
	KUNIT_EXPECT_EQ(test, hs->spurious, 1UL);
	KUNIT_EXPECT_EQ(test, hs->request_ns, 1ULL);
}

static void the_number_of_a_request_wraps_and_keeps_the_state(struct kunit *test)
{
	struct handshake *hs = armed(test);

	atomic_set(&hs->word, HS_ARMED | (int)(UINT_MAX << HS_SEQ_SHIFT));
	KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, 1), (int)HS_NEW);
	KUNIT_EXPECT_EQ(test, atomic_read(&hs->word), HS_ARMED | HS_REQUEST);
	KUNIT_EXPECT_EQ(test, hs_seq(atomic_read(&hs->word)), 0U);
	KUNIT_EXPECT_TRUE(test, hs_drop(hs, 0));
}

static void a_suspend_in_place_is_counted_and_timed(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 10 * NSEC_PER_USEC);
	hs_begin(hs, 15 * NSEC_PER_USEC);
	KUNIT_EXPECT_EQ(test, hs_gate(hs, 30 * NSEC_PER_USEC, DEADLINE, false), 0);
	hs_crossed(hs);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_CANCELLED);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 1L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->cancelled), 1L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->failures), 0L);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 5UL);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 20UL);
}

static void a_restore_is_a_suspend_that_was_not_cancelled(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0);
	hs_begin(hs, 0);
	hs_crossed(hs);
	hs_end(hs, true, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 1L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->cancelled), 0L);
}

static void a_failed_suspend_is_a_failure_and_keeps_the_last_suspend_time(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs->last_suspend_us = 77;
	hs_upcall(hs, 0);
	hs_begin(hs, 3 * NSEC_PER_USEC);
	hs_end(hs, false, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->failures), 1L);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 3UL);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 77UL);
}

static void a_suspend_of_somebody_else_counts_as_none_of_ours(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs->last_signal_us = 55;
	hs_freeze(hs, 0);
	hs_gate(hs, 9, DEADLINE, false);
	hs_crossed(hs);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_CANCELLED);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->cancelled), 0L);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 55UL);
}

static void a_request_during_somebody_elses_suspend_is_served_by_it(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_freeze(hs, 0);
	KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, 1000), (int)HS_NEW);
	hs_gate(hs, 5000, DEADLINE, false);
	hs_crossed(hs);
	hs_end(hs, false, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 1L);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 4UL);
	KUNIT_EXPECT_EQ(test, atomic_read(&hs->word) & HS_REQUEST, 0);
}

static void a_late_request_does_not_stop_somebody_elses_suspend(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_freeze(hs, 0);
	hs_upcall(hs, 0);
	KUNIT_EXPECT_EQ(test, hs_gate(hs, DEADLINE * 2, DEADLINE, false), 0);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, 0);
}

static void a_pending_request_is_absorbed_by_freeze_and_serves_as_its_reason(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 1000);
	hs_freeze(hs, 3000);
	KUNIT_EXPECT_TRUE(test, hs->attempt.serves);
	KUNIT_EXPECT_EQ(test, hs_gate(hs, DEADLINE * 2, DEADLINE, false), -ETIME);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, -ETIME);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_FAILED);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 2UL);
}

static void freeze_does_not_begin_an_attempt_anew(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 1000);
	hs_begin(hs, 3000);
	hs_freeze(hs, 900000);
	KUNIT_EXPECT_EQ(test, hs->attempt.signal_ns, 2000ULL);
}

static void a_request_while_resuming_is_remembered_as_such(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0);
	hs_begin(hs, 0);
	hs_crossed(hs);
	hs_upcall(hs, 1);
	hs_end(hs, false, false);
	EXPECT_WORD(test, hs, HS_ARMED | HS_REQUEST, 2);
	KUNIT_EXPECT_TRUE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
	hs_drop(hs, 2);
	hs_upcall(hs, 2);
	KUNIT_EXPECT_FALSE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
}

static void a_request_kept_through_a_failure_is_not_a_remembered_one(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_freeze(hs, 0);
	hs_upcall(hs, 1);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_FAILED_OTHER);
	EXPECT_WORD(test, hs, HS_ARMED | HS_REQUEST, 1);
	KUNIT_EXPECT_FALSE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
}

static void each_attempt_starts_with_a_clean_sheet(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0);
	hs_begin(hs, 0);
	hs_gate(hs, DEADLINE * 2, DEADLINE, false);
	hs_crossed(hs);
	hs_end(hs, false, false);
	hs_freeze(hs, 0);
	KUNIT_EXPECT_FALSE(test, hs->attempt.serves);
	KUNIT_EXPECT_FALSE(test, hs->attempt.served);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, 0);
	KUNIT_EXPECT_EQ(test, hs->attempt.suspend_ns, 0ULL);
}

static const struct lateness {
	const char *text;
	u64 now, deadline;
	bool late;
	u64 left;
} lateness[] = {
	{ "just asked", 1000, 500, false, 500 },
	{ "at the deadline", 1500, 500, false, 0 },
	{ "one past it", 1501, 500, true, 0 },
	{ "long past it", 1000 + U32_MAX * 2ULL, 500, true, 0 },
	{ "no deadline", 1000 + U32_MAX * 2ULL, 0, false, 0 },
	{ "a clock a little behind", 900, 500, false, 500 },
};

static void lateness_desc(const struct lateness *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lateness, lateness, lateness_desc);

static void a_request_is_late_only_after_the_deadline(struct kunit *test)
{
	const struct lateness *row = test->param_value;
	struct handshake hs = { .request_ns = 1000 };

	KUNIT_EXPECT_EQ(test, hs_is_late(&hs, row->now, row->deadline),
			row->late);
	KUNIT_EXPECT_EQ(test, hs_time_left_ns(&hs, row->now, row->deadline),
			row->left);
}

static struct kunit_case handshake_cases[] = {
	KUNIT_CASE_PARAM(every_operation_in_every_state_does_what_the_table_says,
			 every_cell_gen_params),
	KUNIT_CASE(every_state_has_its_name),
	KUNIT_CASE(only_a_pending_request_while_armed_counts_as_requested),
	KUNIT_CASE(notifies_are_counted_by_what_they_were),
	KUNIT_CASE(the_number_of_a_request_wraps_and_keeps_the_state),
	KUNIT_CASE(a_suspend_in_place_is_counted_and_timed),
	KUNIT_CASE(a_restore_is_a_suspend_that_was_not_cancelled),
	KUNIT_CASE(a_failed_suspend_is_a_failure_and_keeps_the_last_suspend_time),
	KUNIT_CASE(a_suspend_of_somebody_else_counts_as_none_of_ours),
	KUNIT_CASE(a_request_during_somebody_elses_suspend_is_served_by_it),
	KUNIT_CASE(a_late_request_does_not_stop_somebody_elses_suspend),
	KUNIT_CASE(a_pending_request_is_absorbed_by_freeze_and_serves_as_its_reason),
	KUNIT_CASE(freeze_does_not_begin_an_attempt_anew),
	KUNIT_CASE(a_request_while_resuming_is_remembered_as_such),
	KUNIT_CASE(a_request_kept_through_a_failure_is_not_a_remembered_one),
	KUNIT_CASE(each_attempt_starts_with_a_clean_sheet),
	KUNIT_CASE_PARAM(a_request_is_late_only_after_the_deadline,
			 lateness_gen_params),
	{}
};

struct kunit_suite handshake_suite = {
	.name = "handshake",
	.test_cases = handshake_cases,
};
