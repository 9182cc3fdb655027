/* SPDX-License-Identifier: GPL-2.0 */
/* How long suspends took to begin and to come to the hypercall. Pure logic. */
#ifndef XEN_SUSPEND_LATENCY_H
#define XEN_SUSPEND_LATENCY_H

#include <linux/types.h>

struct seq_file;

/* Up to 2^26 us: 67 s, which is longer than any toolstack waits; then the rest. */
#define LATENCY_BUCKETS 28

/**
 * struct latency - counts by powers of two of microseconds
 * @signal:	request to the start of the suspend, as last_signal_us
 * @suspend:	request to the hypercall, as last_suspend_us
 *
 * Written by the xenwatch thread only, in which all suspends end, one after the
 * other: so an increment needs no atomic. Read by debugfs at any time, each
 * count by itself; a count is never torn (READ_ONCE(), WRITE_ONCE()), but the
 * two columns may be a suspend apart.
 */
struct latency {
	unsigned long signal[LATENCY_BUCKETS];
	unsigned long suspend[LATENCY_BUCKETS];
};

unsigned int latency_bucket(u64 us);
void latency_count(unsigned long *column, u64 ns);
void latency_show(const struct latency *latency, struct seq_file *m);

#endif
