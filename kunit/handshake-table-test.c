// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/handshake.c: every event in every state, against
 * module/handshake-table.h; and that each step is traced, once.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/handshake.h"
#include "../module/trace.h"
#include "suites.h"

#define SEQ 41
#define DEADLINE (100 * NSEC_PER_SEC)

enum state {
#define HS_STATE(state, word, serves, traced, text) STATE_##state,
#include "../module/handshake-table.h"
	STATES
};

static const struct {
	const char *text, *name;
	int word;
	bool serves;
} states[] = {
#define HS_STATE(state, word, serves, traced, text) \
	{ #state, traced, word, serves },
#include "../module/handshake-table.h"
};

enum event {
#define HS_EVENT(event, function, text) EVENT_##event,
#include "../module/handshake-table.h"
	EVENTS
};

static const char *const events[] = {
#define HS_EVENT(event, function, text) #event,
#include "../module/handshake-table.h"
};

enum verdict {
	/* what changes nothing: HS_NOTHING, false and 0 */
	VERDICT_nothing,
#define HS_VERDICT(verdict, returned, text) VERDICT_##verdict,
#include "../module/handshake-table.h"
};

static const struct {
	const char *name;
	int returned;
} verdicts[] = {
	{ "nothing", 0 },
#define HS_VERDICT(verdict, returned, text) { #verdict, returned },
#include "../module/handshake-table.h"
};

static const struct row {
	enum state from;
	enum event event;
	enum state to;
	enum verdict verdict;
} rows[] = {
#define HS_ROW(from, event, to, verdict) \
	{ STATE_##from, EVENT_##event, STATE_##to, VERDICT_##verdict },
#include "../module/handshake-table.h"
};

/* The row of a state and an event; what is not in the table changes nothing. */
static struct row row_of(enum state from, enum event event)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].from == from && rows[i].event == event)
			return rows[i];
	}
	return (struct row){ from, event, from, VERDICT_nothing };
}

static const void *every_cell_gen_params(const void *prev, char *desc)
{
	static struct row cells[EVENTS * STATES];
	struct row *cell = prev ? (struct row *)prev + 1 : cells;
	int i = cell - cells;

	if (i == ARRAY_SIZE(cells))
		return NULL;
	*cell = row_of(i % STATES, i / STATES);
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s", events[cell->event],
		 states[cell->from].text);
	return cell;
}

static int act(struct handshake *hs, enum event event)
{
	switch (event) {
	case EVENT_notify:
		return hs_upcall(hs, 0, 2000);
	case EVENT_arm:
		return hs_arm(hs);
	case EVENT_disarm:
		return hs_disarm(hs);
	case EVENT_begin:
		return hs_begin(hs, 2000);
	case EVENT_absorb:
		hs_absorb(hs, 2000);
		return hs_base(hs_word(hs)) == HS_SUSPENDING;
	case EVENT_gate:
		return hs_gate(hs, DEADLINE, DEADLINE, false);
	case EVENT_gate_late:
		return hs_gate(hs, DEADLINE * 2, DEADLINE, true);
	case EVENT_gate_deserted:
		return hs_gate(hs, DEADLINE, DEADLINE, true);
	case EVENT_crossed:
		hs_crossed(hs);
		return hs_base(hs_word(hs)) == HS_RESUMING;
	case EVENT_end:
		return hs_end(hs, false, false);
	case EVENT_end_again:
		return hs_end(hs, false, true);
	case EVENT_end_restored:
		return hs_end(hs, true, false);
	case EVENT_drop:
		return hs_drop(hs, SEQ);
	default:
		return hs_drop(hs, SEQ + 1);
	}
}

static struct handshake at(enum state state)
{
	return (struct handshake){
		.word = ATOMIC_INIT(states[state].word | SEQ << HS_SEQ_SHIFT),
		.ports[0].request_ns = 1000,
		.attempt.serves = states[state].serves,
	};
}

static void every_event_in_every_state_does_what_the_table_says(struct kunit *test)
{
	const struct row *cell = test->param_value;
	unsigned int seq = cell->verdict == VERDICT_new ? SEQ + 1 : SEQ;
	struct handshake hs = at(cell->from);
	int found = act(&hs, cell->event);

	/* These two return nothing: where they lead to is what can be seen. */
	if ((cell->event != EVENT_absorb && cell->event != EVENT_crossed) ||
	    cell->verdict != VERDICT_nothing)
		KUNIT_EXPECT_EQ(test, found, verdicts[cell->verdict].returned);
	KUNIT_EXPECT_EQ(test, hs_word(&hs),
			(int)(states[cell->to].word | seq << HS_SEQ_SHIFT));
	KUNIT_EXPECT_TRUE(test, hs_base(hs_word(&hs)) != HS_SUSPENDING ||
			  hs.attempt.serves == states[cell->to].serves);
}

/* --- the tracepoint --- */

struct traced {
	int steps;
	char text[80];
};

static void note(void *data, const char *event, unsigned int from, unsigned int to,
		 unsigned int request, unsigned int by)
{
	struct traced *traced = data;

	traced->steps++;
	snprintf(traced->text, sizeof(traced->text), "%s %u %u %u %u", event,
		 from, to, request, by);
}

/* What is traced of a cell: the event, and what the verdict adds to it. */
static void event_name(const struct row *cell, char *name, size_t size)
{
	const char *event = events[cell->event];
	int length = strcspn(event, "_");

	if (cell->verdict == VERDICT_done || cell->verdict == VERDICT_new ||
	    cell->verdict == VERDICT_dropped)
		snprintf(name, size, "%.*s", length, event);
	else
		snprintf(name, size, "%.*s-%s", length, event,
			 verdicts[cell->verdict].name);
}

static void every_step_is_traced_as_the_table_says(struct kunit *test)
{
	const struct row *cell = test->param_value;
	bool step = cell->from != cell->to || cell->verdict == VERDICT_passed ||
		    cell->verdict == VERDICT_late || cell->verdict == VERDICT_deserted;
	struct handshake hs = at(cell->from);
	struct traced traced = {};
	char name[40], expected[80];

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs tracepoints");
	KUNIT_ASSERT_EQ(test, register_trace_handshake(note, &traced), 0);
	act(&hs, cell->event);
	unregister_trace_handshake(note, &traced);
	tracepoint_synchronize_unregister();

	KUNIT_EXPECT_EQ(test, traced.steps, (int)step);
	if (!step)
		return;
	event_name(cell, name, sizeof(name));
	snprintf(expected, sizeof(expected), "%s %d %d %u %u", name,
		 states[cell->from].word, states[cell->to].word,
		 hs_seq(hs_word(&hs)), hs_by(hs_word(&hs)));
	KUNIT_EXPECT_STREQ(test, traced.text, expected);
}

static void a_step_names_the_port_of_its_request(struct kunit *test)
{
	struct handshake hs = at(STATE_armed);
	struct traced traced = {};

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs tracepoints");
	KUNIT_ASSERT_EQ(test, register_trace_handshake(note, &traced), 0);
	hs_upcall(&hs, 1, 2000);
	unregister_trace_handshake(note, &traced);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_STREQ(test, traced.text, "notify 1 5 42 1");
}

static void every_state_has_its_name(struct kunit *test)
{
	int i;

	/* In sysfs, without what is said of the request; traced, with it. */
	for (i = 0; i < STATES; i++)
		KUNIT_EXPECT_EQ(test, strncmp(hs_state_name(states[i].word),
					      states[i].name,
					      strcspn(states[i].name, "+")), 0);
	KUNIT_EXPECT_STREQ(test, hs_state_name(HS_SUSPENDING | HS_REQUEST), "suspending");
	KUNIT_EXPECT_STREQ(test, hs_state_name(HS_RESUMING | HS_REQUEST), "resuming");
}

static void only_a_pending_request_while_armed_counts_as_requested(struct kunit *test)
{
	int i;

	for (i = 0; i < STATES; i++)
		KUNIT_EXPECT_EQ(test, hs_is_requested(states[i].word),
				i == STATE_requested);
}

static struct kunit_case handshake_table_cases[] = {
	KUNIT_CASE_PARAM(every_event_in_every_state_does_what_the_table_says,
			 every_cell_gen_params),
	KUNIT_CASE_PARAM(every_step_is_traced_as_the_table_says,
			 every_cell_gen_params),
	KUNIT_CASE(a_step_names_the_port_of_its_request),
	KUNIT_CASE(every_state_has_its_name),
	KUNIT_CASE(only_a_pending_request_while_armed_counts_as_requested),
	{}
};

struct kunit_suite handshake_table_suite = {
	.name = "handshake-table",
	.test_cases = handshake_table_cases,
};
