// SPDX-License-Identifier: GPL-2.0
/* Tests of module/handshake.c: the state machine, what it counts and times. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/handshake.h"
#include "suites.h"

#define DEADLINE (100 * NSEC_PER_SEC)

static struct handshake *armed(struct kunit *test)
{
	struct handshake *hs = kunit_kzalloc(test, sizeof(*hs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hs);
	hs_arm(hs);
	return hs;
}

static void notifies_are_counted_by_what_they_were(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 1);
	hs_upcall(hs, 0, 2);
	hs_upcall(hs, 0, 3);
	hs_drop(hs, 1);
	hs_disarm(hs);
	hs_upcall(hs, 0, 4);
	KUNIT_EXPECT_EQ(test, hs->ports[0].requests, 1UL);
	KUNIT_EXPECT_EQ(test, hs->ports[0].coalesced, 2UL);
	KUNIT_EXPECT_EQ(test, hs->ports[0].spurious, 1UL);
	KUNIT_EXPECT_EQ(test, hs->ports[0].request_ns, 1ULL);
}

static void the_number_of_a_request_wraps_and_keeps_the_state(struct kunit *test)
{
	struct handshake *hs = armed(test);

	atomic_set(&hs->word, HS_ARMED | (int)(UINT_MAX << HS_SEQ_SHIFT));
	KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, 0, 1), (int)HS_NEW);
	KUNIT_EXPECT_EQ(test, atomic_read(&hs->word), HS_ARMED | HS_REQUEST);
	KUNIT_EXPECT_EQ(test, hs_seq(atomic_read(&hs->word)), 0U);
	KUNIT_EXPECT_TRUE(test, hs_drop(hs, 0));
}

static void a_suspend_in_place_is_counted_and_timed(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 10 * NSEC_PER_USEC);
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

	hs_upcall(hs, 0, 0);
	hs_begin(hs, 0);
	hs_crossed(hs);
	hs_end(hs, true, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 1L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->cancelled), 0L);
}

static void a_failed_suspend_is_a_failure_and_keeps_the_last_times(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs->last_signal_us = 66;
	hs->last_suspend_us = 77;
	hs_upcall(hs, 0, 0);
	hs_begin(hs, 3 * NSEC_PER_USEC);
	hs_end(hs, false, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->suspends), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs->failures), 1L);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 66UL);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 77UL);
}

/* A request absorbed by a suspend that had begun before has waited for nothing. */
static void both_last_times_are_of_the_same_request(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 0);
	hs_begin(hs, 3 * NSEC_PER_USEC);
	hs_gate(hs, 5 * NSEC_PER_USEC, DEADLINE, false);
	hs_crossed(hs);
	hs_end(hs, false, false);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 3UL);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 5UL);
	hs_absorb(hs, 10 * NSEC_PER_USEC);
	hs_upcall(hs, 0, 11 * NSEC_PER_USEC);
	hs_gate(hs, 15 * NSEC_PER_USEC, DEADLINE, false);
	hs_crossed(hs);
	hs_end(hs, false, false);
	KUNIT_EXPECT_EQ(test, hs->last_signal_us, 0UL);
	KUNIT_EXPECT_EQ(test, hs->last_suspend_us, 4UL);
}

static void a_request_is_known_by_its_port(struct kunit *test)
{
	struct handshake *hs = armed(test);
	int by;

	for (by = 1; by >= 0; by--) {
		KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, by, 100 + by), (int)HS_NEW);
		KUNIT_EXPECT_EQ(test, hs_by(hs_word(hs)), (unsigned int)by);
		/* whichever it comes by, it is the same request */
		KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, !by, 200), (int)HS_COALESCED);
		KUNIT_EXPECT_EQ(test, hs_by(hs_word(hs)), (unsigned int)by);
		KUNIT_EXPECT_EQ(test, hs_request_ns(hs, hs_word(hs)), 100ULL + by);
		KUNIT_EXPECT_TRUE(test, hs_drop(hs, hs_seq(hs_word(hs))));
	}
	KUNIT_EXPECT_EQ(test, hs_requests(hs), 2UL);
	KUNIT_EXPECT_EQ(test, hs_coalesced(hs), 2UL);
}

static void a_suspend_of_somebody_else_counts_as_none_of_ours(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs->last_signal_us = 55;
	hs_absorb(hs, 0);
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

	hs_absorb(hs, 0);
	KUNIT_EXPECT_EQ(test, (int)hs_upcall(hs, 0, 1000), (int)HS_NEW);
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

	hs_absorb(hs, 0);
	hs_upcall(hs, 0, 0);
	KUNIT_EXPECT_EQ(test, hs_gate(hs, DEADLINE * 2, DEADLINE, false), 0);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, 0);
}

static void a_pending_request_is_absorbed_and_serves_as_its_reason(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 1000);
	hs_absorb(hs, 3000);
	KUNIT_EXPECT_TRUE(test, hs->attempt.serves);
	KUNIT_EXPECT_EQ(test, hs_gate(hs, DEADLINE * 2, DEADLINE, false), -ETIME);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, -ETIME);
	KUNIT_EXPECT_EQ(test, hs->attempt.signal_ns, 2000ULL);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_FAILED);
}

static void absorbing_does_not_begin_an_attempt_anew(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 1000);
	hs_begin(hs, 3000);
	hs_absorb(hs, 900000);
	KUNIT_EXPECT_EQ(test, hs->attempt.signal_ns, 2000ULL);
}

static void a_request_while_resuming_is_remembered_as_such(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 0);
	hs_begin(hs, 0);
	hs_crossed(hs);
	hs_upcall(hs, 0, 1);
	hs_end(hs, false, false);
	EXPECT_WORD(test, hs, HS_ARMED | HS_REQUEST, 2);
	KUNIT_EXPECT_TRUE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
	hs_drop(hs, 2);
	hs_upcall(hs, 0, 2);
	KUNIT_EXPECT_FALSE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
}

static void a_request_kept_through_a_failure_is_not_a_remembered_one(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_absorb(hs, 0);
	hs_upcall(hs, 0, 1);
	KUNIT_EXPECT_EQ(test, (int)hs_end(hs, false, false), (int)HS_FAILED_OTHER);
	EXPECT_WORD(test, hs, HS_ARMED | HS_REQUEST, 1);
	KUNIT_EXPECT_FALSE(test, hs_is_remembered(hs, atomic_read(&hs->word)));
}

static void each_attempt_starts_with_a_clean_sheet(struct kunit *test)
{
	struct handshake *hs = armed(test);

	hs_upcall(hs, 0, 0);
	hs_begin(hs, 0);
	hs_gate(hs, DEADLINE * 2, DEADLINE, false);
	hs_crossed(hs);
	hs_end(hs, false, false);
	hs_absorb(hs, 0);
	KUNIT_EXPECT_FALSE(test, hs->attempt.serves);
	KUNIT_EXPECT_FALSE(test, hs->attempt.served);
	KUNIT_EXPECT_EQ(test, hs->attempt.refused, 0);
	KUNIT_EXPECT_EQ(test, hs->attempt.suspend_ns, 0ULL);
}

static const struct lateness {
	const char *text;
	u64 now, deadline, left;
} lateness[] = {
	{ "just asked", 1000, 500, 500 },
	{ "at the deadline", 1500, 500, 0 },
	{ "one before it", 1499, 500, 1 },
	{ "one past it", 1501, 500, 0 },
	{ "long past it", 1000 + U32_MAX * 2ULL, 500, 0 },
	{ "no deadline", 1000 + U32_MAX * 2ULL, 0, U64_MAX },
	{ "a clock a little behind", 900, 500, 500 },
};

static void lateness_desc(const struct lateness *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lateness, lateness, lateness_desc);

static void a_request_has_time_until_the_deadline(struct kunit *test)
{
	const struct lateness *row = test->param_value;
	struct handshake hs = { .ports[0].request_ns = 1000 };

	KUNIT_EXPECT_EQ(test, hs_time_left_ns(&hs, row->now, row->deadline),
			row->left);
}

static struct kunit_case handshake_cases[] = {
	KUNIT_CASE(notifies_are_counted_by_what_they_were),
	KUNIT_CASE(the_number_of_a_request_wraps_and_keeps_the_state),
	KUNIT_CASE(a_suspend_in_place_is_counted_and_timed),
	KUNIT_CASE(a_restore_is_a_suspend_that_was_not_cancelled),
	KUNIT_CASE(a_failed_suspend_is_a_failure_and_keeps_the_last_times),
	KUNIT_CASE(both_last_times_are_of_the_same_request),
	KUNIT_CASE(a_request_is_known_by_its_port),
	KUNIT_CASE(a_suspend_of_somebody_else_counts_as_none_of_ours),
	KUNIT_CASE(a_request_during_somebody_elses_suspend_is_served_by_it),
	KUNIT_CASE(a_late_request_does_not_stop_somebody_elses_suspend),
	KUNIT_CASE(a_pending_request_is_absorbed_and_serves_as_its_reason),
	KUNIT_CASE(absorbing_does_not_begin_an_attempt_anew),
	KUNIT_CASE(a_request_while_resuming_is_remembered_as_such),
	KUNIT_CASE(a_request_kept_through_a_failure_is_not_a_remembered_one),
	KUNIT_CASE(each_attempt_starts_with_a_clean_sheet),
	KUNIT_CASE_PARAM(a_request_has_time_until_the_deadline,
			 lateness_gen_params),
	{}
};

struct kunit_suite handshake_suite = {
	.name = "handshake",
	.test_cases = handshake_cases,
};
