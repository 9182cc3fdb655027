// SPDX-License-Identifier: GPL-2.0
/* Tests of module/latency.c: which bucket, and what is shown. */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/latency.h"
#include "show.h"
#include "suites.h"

static void buckets_begin_and_end_at_powers_of_two(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, latency_bucket(0), 0U);
	for (i = 1; i < LATENCY_BUCKETS; i++) {
		KUNIT_EXPECT_EQ(test, latency_bucket(BIT_ULL(i - 1)), i);
		KUNIT_EXPECT_EQ(test, latency_bucket(BIT_ULL(i) - 1), i);
	}
}

static void what_is_longer_than_all_goes_to_the_last_bucket(struct kunit *test)
{
	u64 first = BIT_ULL(LATENCY_BUCKETS - 1);

	KUNIT_EXPECT_EQ(test, latency_bucket(first), LATENCY_BUCKETS - 1U);
	/* also where the lower 32 bits are a short time */
	KUNIT_EXPECT_EQ(test, latency_bucket(BIT_ULL(32)), LATENCY_BUCKETS - 1U);
	KUNIT_EXPECT_EQ(test, latency_bucket(U64_MAX), LATENCY_BUCKETS - 1U);
}

static void the_longest_deadline_is_in_a_bucket_of_its_own(struct kunit *test)
{
	/* libxl's patience, and half of it: told apart */
	KUNIT_EXPECT_NE(test, latency_bucket(60 * USEC_PER_SEC),
			latency_bucket(30 * USEC_PER_SEC));
	KUNIT_EXPECT_LT(test, latency_bucket(60 * USEC_PER_SEC),
			LATENCY_BUCKETS - 1U);
}

static void times_are_counted_in_microseconds_rounded_down(struct kunit *test)
{
	struct latency latency = {};

	latency_count(latency.signal, 999);
	latency_count(latency.signal, 1000);
	latency_count(latency.signal, 1999);
	latency_count(latency.signal, 2000);
	KUNIT_EXPECT_EQ(test, latency.signal[0], 1UL);
	KUNIT_EXPECT_EQ(test, latency.signal[1], 2UL);
	KUNIT_EXPECT_EQ(test, latency.signal[2], 1UL);
	KUNIT_EXPECT_EQ(test, latency.suspend[1], 0UL);
}

static void every_bucket_has_its_line(struct kunit *test)
{
	struct seq_file *m = show_file(test);
	struct latency latency = {};
	char *text, *line;
	u64 from, last = 0;
	char to[24], end[24];
	unsigned long signal, suspend;
	int i, fields;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		latency.signal[i] = 100 + i;
		latency.suspend[i] = 200 + i;
	}
	latency_show(&latency, m);
	text = show_text(test, m);
	line = strsep(&text, "\n");
	KUNIT_EXPECT_STREQ(test, line, "# us_from us_to signal suspend");
	for (i = 0; i < LATENCY_BUCKETS; i++) {
		line = strsep(&text, "\n");
		fields = sscanf(line, "%llu %23s %lu %lu", &from, to, &signal,
				&suspend);
		KUNIT_ASSERT_EQ(test, fields, 4);
		/* no gap, and a time at its lower edge is counted in it */
		KUNIT_EXPECT_EQ(test, from, last);
		KUNIT_EXPECT_EQ(test, latency_bucket(from), (unsigned int)i);
		KUNIT_EXPECT_EQ(test, signal, 100UL + i);
		KUNIT_EXPECT_EQ(test, suspend, 200UL + i);
		if (i == LATENCY_BUCKETS - 1)
			break;
		KUNIT_ASSERT_EQ(test, kstrtou64(to, 10, &last), 0);
		snprintf(end, sizeof(end), "%llu", last);
		KUNIT_EXPECT_STREQ(test, to, end);
	}
	KUNIT_EXPECT_STREQ(test, to, "inf");
	KUNIT_EXPECT_STREQ(test, text, "");
}

static struct kunit_case latency_cases[] = {
	KUNIT_CASE(buckets_begin_and_end_at_powers_of_two),
	KUNIT_CASE(what_is_longer_than_all_goes_to_the_last_bucket),
	KUNIT_CASE(the_longest_deadline_is_in_a_bucket_of_its_own),
	KUNIT_CASE(times_are_counted_in_microseconds_rounded_down),
	KUNIT_CASE(every_bucket_has_its_line),
	{}
};

struct kunit_suite latency_suite = {
	.name = "latency",
	.test_cases = latency_cases,
};
