/* SPDX-License-Identifier: GPL-2.0 */
/* The last suspends, one entry each. Pure logic. */
#ifndef XEN_SUSPEND_HISTORY_H
#define XEN_SUSPEND_HISTORY_H

#include <linux/limits.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "failure.h"

struct seq_file;

/**
 * enum story_by - who has begun an attempt
 * @STORY_DIRECT:	our direct trigger
 * @STORY_XENSTORE:	manage.c, for our xenstore trigger
 * @STORY_STOCK:	manage.c, for the toolstack
 */
enum story_by {
	STORY_DIRECT,
	STORY_XENSTORE,
	STORY_STOCK,
};

/**
 * enum story_outcome - what became of a suspend
 * @STORY_RESTORED:	resumed in a new domain
 * @STORY_CANCELLED:	resumed in place, the same domain
 * @STORY_FAILED:	it never reached the hypercall
 * @STORY_DROPPED:	likewise, since nobody waits for it any more
 * @STORY_RETRYING:	an attempt has failed and the next follows; not in the history
 * @STORY_STOCK_RESTORED: as above, asked for through control/shutdown
 * @STORY_STOCK_CANCELLED: likewise
 * @STORY_STOCK_FAILED:	likewise
 */
enum story_outcome {
	STORY_RESTORED,
	STORY_CANCELLED,
	STORY_FAILED,
	STORY_DROPPED,
	STORY_RETRYING,
	STORY_STOCK_RESTORED,
	STORY_STOCK_CANCELLED,
	STORY_STOCK_FAILED,
};

/* A time that is not known */
#define STORY_UNKNOWN U64_MAX

/**
 * struct story_entry - one suspend
 * @time_ns:	when it was asked for, since boot; of a suspend asked for through
 *		control/shutdown, when it was first seen
 * @outcome:	what became of it
 * @attempts:	how often it was tried
 * @signal_ns:	request to start of the (last) attempt, or STORY_UNKNOWN
 * @suspend_ns:	request to hypercall, or STORY_UNKNOWN
 * @total_ns:	request to the end, the time that the guest stood still not
 *		counted, or STORY_UNKNOWN
 * @err:	0, or a negative errno
 * @reason:	why it failed, or empty
 */
struct story_entry {
	u64 time_ns;
	enum story_outcome outcome;
	unsigned int attempts;
	u64 signal_ns;
	u64 suspend_ns;
	u64 total_ns;
	int err;
	char reason[FAILURE_FULL_SIZE];
};

#define HISTORY_SIZE 16

/**
 * struct history - a ring of the last suspends
 * @lock:	protects all below
 * @entries:	the ring
 * @count:	how many there ever were; the next goes to @count modulo the size
 *
 * Written by the xenwatch thread (a suspend is over), also from a tracepoint's
 * probe with preemption disabled, and by the service thread (a request is
 * dropped); read by debugfs. None of them is an interrupt: a raw spinlock will
 * do, and has to be raw because of the probe. It is held for one copy of an
 * entry, by either side.
 */
struct history {
	/* protects all below */
	raw_spinlock_t lock;
	struct story_entry entries[HISTORY_SIZE];
	unsigned long count;
};

void history_init(struct history *history);
void history_add(struct history *history, const struct story_entry *entry);
void history_show(struct history *history, struct seq_file *m);
const char *story_outcome_name(enum story_outcome outcome);

#endif
