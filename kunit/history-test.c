// SPDX-License-Identifier: GPL-2.0
/* Tests of module/history.c: the ring and its text. */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/history.h"
#include "show.h"
#include "suites.h"

#define HEADER \
	"# time_s outcome attempts signal_us suspend_us total_us reason\n"

static struct history *new_history(struct kunit *test)
{
	struct history *history = kunit_kzalloc(test, sizeof(*history),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, history);
	history_init(history);
	return history;
}

static char *text(struct kunit *test, struct history *history)
{
	struct seq_file *m = show_file(test);

	history_show(history, m);
	return show_text(test, m);
}

static void nothing_is_a_header_only(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, text(test, new_history(test)), HEADER);
}

static void what_is_known_is_shown_and_what_is_not_is_a_dash(struct kunit *test)
{
	struct history *history = new_history(test);
	struct story_entry entry = {
		.time_ns = 12 * NSEC_PER_SEC + 34056789,
		.outcome = STORY_FAILED,
		.attempts = 3,
		.signal_ns = 1999,
		.suspend_ns = 5 * NSEC_PER_SEC,
		.total_ns = 0,
		.reason = "a reason of words",
	};

	history_add(history, &entry);
	entry = (struct story_entry){
		.outcome = STORY_STOCK_CANCELLED,
		.signal_ns = STORY_UNKNOWN,
		.suspend_ns = STORY_UNKNOWN,
		.total_ns = STORY_UNKNOWN,
	};
	history_add(history, &entry);
	KUNIT_EXPECT_STREQ(test, text(test, history), HEADER
			   "12.034056 failed 3 1 5000000 0 a reason of words\n"
			   "0.000000 stock-cancelled 0 - - - -\n");
}

/* Numbers from..to as seconds, each a line */
static void expect_seconds(struct kunit *test, struct history *history,
			   unsigned int from, unsigned int to)
{
	char *rest = text(test, history);
	unsigned int second, micro;
	int fields;

	strsep(&rest, "\n");
	for (; from <= to; from++) {
		char *line = strsep(&rest, "\n");

		fields = sscanf(line, "%u.%u", &second, &micro);
		KUNIT_ASSERT_EQ(test, fields, 2);
		KUNIT_EXPECT_EQ(test, second, from);
	}
	KUNIT_EXPECT_STREQ(test, rest, "");
}

static void the_last_sixteen_are_kept_oldest_first(struct kunit *test)
{
	struct history *history = new_history(test);
	unsigned int i;

	for (i = 1; i <= 3 * HISTORY_SIZE; i++) {
		struct story_entry entry = { .time_ns = i * NSEC_PER_SEC };

		history_add(history, &entry);
		expect_seconds(test, history,
			       i > HISTORY_SIZE ? i - HISTORY_SIZE + 1 : 1, i);
	}
}

static void every_outcome_has_a_word_of_its_own(struct kunit *test)
{
	int i, k;

	for (i = 0; i <= STORY_STOCK_FAILED; i++) {
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_STRNEQ(test, story_outcome_name(i),
					    story_outcome_name(k));
		KUNIT_EXPECT_STRNEQ(test, story_outcome_name(i), "unknown");
	}
	KUNIT_EXPECT_STREQ(test, story_outcome_name(i), "unknown");
}

static struct kunit_case history_cases[] = {
	KUNIT_CASE(nothing_is_a_header_only),
	KUNIT_CASE(what_is_known_is_shown_and_what_is_not_is_a_dash),
	KUNIT_CASE(the_last_sixteen_are_kept_oldest_first),
	KUNIT_CASE(every_outcome_has_a_word_of_its_own),
	{}
};

struct kunit_suite history_suite = {
	.name = "history",
	.test_cases = history_cases,
};
