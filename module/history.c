// SPDX-License-Identifier: GPL-2.0
/* The history of the last suspends: a ring, and its text. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/time64.h>

#include "history.h"

/**
 * history_init - nothing has happened yet
 * @history:	the history
 *
 * Context: any.
 */
void history_init(struct history *history)
{
	raw_spin_lock_init(&history->lock);
}

/**
 * history_add - a suspend is over; the oldest entry goes when there is no room
 * @history:	the history
 * @entry:	what to remember
 *
 * Context: process, or a probe with preemption disabled.
 */
void history_add(struct history *history, const struct story_entry *entry)
{
	raw_spin_lock(&history->lock);
	history->entries[history->count++ % HISTORY_SIZE] = *entry;
	raw_spin_unlock(&history->lock);
}

/*
 * Entry number @index of all there ever were. If it has been overwritten since
 * the reader began, the oldest there is: @index is moved on to it.
 */
static bool history_get(struct history *history, unsigned long *index,
			struct story_entry *entry)
{
	bool found = false;

	raw_spin_lock(&history->lock);
	if (history->count - *index > HISTORY_SIZE)
		*index = history->count - HISTORY_SIZE;
	if (*index != history->count) {
		*entry = history->entries[*index % HISTORY_SIZE];
		found = true;
	}
	raw_spin_unlock(&history->lock);
	return found;
}

static void show_us(struct seq_file *m, u64 ns)
{
	if (ns == STORY_UNKNOWN)
		seq_puts(m, " -");
	else
		seq_printf(m, " %llu", div_u64(ns, NSEC_PER_USEC));
}

static void show_entry(struct seq_file *m, const struct story_entry *entry)
{
	u64 us = div_u64(entry->time_ns, NSEC_PER_USEC);
	u32 part;
	u64 s = div_u64_rem(us, USEC_PER_SEC, &part);

	seq_printf(m, "%llu.%06u %s %u", s, part,
		   story_outcome_name(entry->outcome), entry->attempts);
	show_us(m, entry->signal_ns);
	show_us(m, entry->suspend_ns);
	show_us(m, entry->total_ns);
	seq_printf(m, " %s\n", *entry->reason ? entry->reason : "-");
}

/**
 * history_show - the text of debugfs' file
 * @history:	the history
 * @m:		where to write it
 *
 * Context: process.
 */
void history_show(struct history *history, struct seq_file *m)
{
	struct story_entry entry;
	unsigned long index = 0, shown;

	seq_puts(m, "# time_s outcome attempts signal_us suspend_us total_us reason\n");
	/* No more than fit, however fast new ones come. */
	for (shown = 0; shown < HISTORY_SIZE &&
	     history_get(history, &index, &entry); shown++, index++)
		show_entry(m, &entry);
}

/**
 * story_outcome_name - the word for an outcome
 * @outcome:	the outcome
 *
 * Context: any.
 * Return: a constant string.
 */
const char *story_outcome_name(enum story_outcome outcome)
{
	switch (outcome) {
	case STORY_RESTORED:
		return "restored";
	case STORY_CANCELLED:
		return "cancelled";
	case STORY_FAILED:
		return "failed";
	case STORY_DROPPED:
		return "dropped";
	case STORY_RETRYING:
		return "retrying";
	case STORY_STOCK_RESTORED:
		return "stock-restored";
	case STORY_STOCK_CANCELLED:
		return "stock-cancelled";
	case STORY_STOCK_FAILED:
		return "stock-failed";
	}
	return "unknown";
}
