// SPDX-License-Identifier: GPL-2.0
/*
 * The histogram of latencies: buckets 0, 1, 2 to 3, 4 to 7, ... microseconds, and
 * a last one for all that is longer.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/time64.h>

#include "latency.h"

/**
 * latency_bucket - which bucket does a time belong to?
 * @us:		the time
 *
 * Context: any.
 * Return: its index.
 */
unsigned int latency_bucket(u64 us)
{
	/* fls64(0) is 0, fls64(1) is 1, fls64(2) and fls64(3) are 2, ... */
	return min_t(unsigned int, fls64(us), LATENCY_BUCKETS - 1);
}

/**
 * latency_count - one more time
 * @column:	of a struct latency
 * @ns:		the time
 *
 * Context: the xenwatch thread.
 */
void latency_count(unsigned long *column, u64 ns)
{
	unsigned long *count =
		&column[latency_bucket(div_u64(ns, NSEC_PER_USEC))];

	WRITE_ONCE(*count, *count + 1);
}

/**
 * latency_show - the text of debugfs' file
 * @latency:	the histogram
 * @m:		where to write it
 *
 * Context: process.
 */
void latency_show(const struct latency *latency, struct seq_file *m)
{
	u64 from, to;
	int i;

	seq_puts(m, "# us_from us_to signal suspend\n");
	for (i = 0; i < LATENCY_BUCKETS; i++) {
		from = i ? BIT_ULL(i - 1) : 0;
		to = BIT_ULL(i);
		seq_printf(m, "%llu ", from);
		if (i < LATENCY_BUCKETS - 1)
			seq_printf(m, "%llu", to);
		else
			seq_puts(m, "inf");
		seq_printf(m, " %lu %lu\n", READ_ONCE(latency->signal[i]),
			   READ_ONCE(latency->suspend[i]));
	}
}
