// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/handshake.c: something comes between reading the word and
 * exchanging it, made to happen each time.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/handshake.h"
#include "fake-kernel.h"
#include "suites.h"

static struct handshake hs;
static void (*intruder)(void);

static void intrude_once(atomic_t *word)
{
	fake_before_exchange = NULL;
	intruder();
}

static void upcall(void) { hs_upcall(&hs, 0, 500); }
static void other_upcall(void) { hs_upcall(&hs, 1, 600); }
static void drop(void) { hs_drop(&hs, hs_seq(atomic_read(&hs.word))); }
static void disarm(void) { hs_disarm(&hs); }
static void arm(void) { hs_arm(&hs); }
static void begin(void) { hs_begin(&hs, 500); }
static void freeze(void) { hs_absorb(&hs, 500); }
static void crossed(void) { hs_crossed(&hs); }
static void end(void) { hs_end(&hs, false, false); }
static void end_restored(void) { hs_end(&hs, true, false); }
static void end_again(void) { hs_end(&hs, false, true); }

#define A HS_ARMED
#define S HS_SUSPENDING
#define R HS_RESUMING
#define Q HS_REQUEST

/* what is done, what comes in between, in which state */
static const struct race {
	const char *text;
	void (*act)(void);
	void (*between)(void);
	int word;
} races[] = {
	{ "upcall, upcall between", upcall, upcall, A },
	{ "upcall, upcall of the other port between", upcall, other_upcall, A },
	{ "upcall, the other in resuming between", upcall, other_upcall, R },
	{ "end, upcall of the other port between", end, other_upcall, R },
	{ "upcall, disarm between", upcall, disarm, A },
	{ "upcall, freeze between", upcall, freeze, A },
	{ "upcall, end between", upcall, end, S },
	{ "upcall, crossed between", upcall, crossed, S },
	{ "upcall, end of a suspend between", upcall, end, R },
	{ "upcall, restored between", upcall, end_restored, R },
	{ "disarm, upcall between", disarm, upcall, A },
	{ "arm, arm between", arm, arm, HS_DISARMED },
	{ "begin, drop between", begin, drop, A | Q },
	{ "begin, freeze between", begin, freeze, A | Q },
	{ "freeze, upcall between", freeze, upcall, A },
	{ "freeze, drop between", freeze, drop, A | Q },
	{ "crossed, upcall between", crossed, upcall, S },
	{ "end of an attempt, upcall between", end, upcall, S },
	{ "end to be tried again, upcall between", end_again, upcall, S },
	{ "end of a suspend, upcall between", end, upcall, R },
	{ "end in a new domain, upcall between", end_restored, upcall, R },
	{ "drop, begin between", drop, begin, A | Q },
};

static void race_desc(const struct race *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(race, races, race_desc);

/* What came in between counts as having come first; nothing is lost. */
static void what_comes_in_between_came_first(struct kunit *test)
{
	const struct race *row = test->param_value;
	int word = row->word | 5 << HS_SEQ_SHIFT;
	struct handshake in_turn, raced;

	hs = (struct handshake){ .word = ATOMIC_INIT(word) };
	row->between();
	row->act();
	in_turn = hs;

	hs = (struct handshake){ .word = ATOMIC_INIT(word) };
	intruder = row->between;
	fake_before_exchange = intrude_once;
	row->act();
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_before_exchange, NULL);
	raced = hs;

	KUNIT_EXPECT_EQ(test, atomic_read(&raced.word),
			atomic_read(&in_turn.word));
	KUNIT_EXPECT_EQ(test, hs_requests(&raced), hs_requests(&in_turn));
	KUNIT_EXPECT_EQ(test, hs_coalesced(&raced), hs_coalesced(&in_turn));
	KUNIT_EXPECT_EQ(test, hs_spurious(&raced), hs_spurious(&in_turn));
	KUNIT_EXPECT_EQ(test, raced.remembered, in_turn.remembered);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&raced.suspends),
			atomic_long_read(&in_turn.suspends));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&raced.cancelled),
			atomic_long_read(&in_turn.cancelled));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&raced.failures),
			atomic_long_read(&in_turn.failures));
	KUNIT_EXPECT_EQ(test, raced.attempt.serves, in_turn.attempt.serves);
	KUNIT_EXPECT_EQ(test, raced.attempt.served, in_turn.attempt.served);
}

static int race_setup(struct kunit *test)
{
	fake_kernel_init();
	return 0;
}

static void race_teardown(struct kunit *test)
{
	fake_before_exchange = NULL;
}

static struct kunit_case handshake_race_cases[] = {
	KUNIT_CASE_PARAM(what_comes_in_between_came_first, race_gen_params),
	{}
};

struct kunit_suite handshake_race_suite = {
	.name = "handshake-race",
	.init = race_setup,
	.exit = race_teardown,
	.test_cases = handshake_race_cases,
};
