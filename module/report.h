/* SPDX-License-Identifier: GPL-2.0 */
/* Telling others how a suspend goes: a node in xenstore, uevents, pollers. */
#ifndef XEN_SUSPEND_REPORT_H
#define XEN_SUSPEND_REPORT_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "failure.h"

struct device;

/* Specified in Documentation/suspend-status.rst */
#define REPORT_DIR "data"
#define REPORT_NODE "suspend-status"

#define REPORT_TEXT_SIZE (FAILURE_FULL_SIZE + 32)

/**
 * struct report - what is to be told
 * @device:	whose uevents and files these are; NULL while there is none
 * @work:	tells it; on a work queue that is not frozen, so that neither the
 *		service thread nor a suspend ever waits for xenstored because of it
 * @lock:	protects the next eight; taken in process context only
 * @now:	what the node is to say at once,
 * @now_due:	if anything
 * @later:	what it is to say when nothing else has happened until
 * @later_at:	then, in jiffies,
 * @later_due:	if anything
 * @troubled:	the last that was said of a suspend under way was not good news
 * @failure:	the last failure, for a uevent
 * @uevent:	which has not been sent yet
 * @written:	the node is there because of us; as the next, the work's own
 * @not_ours:	it is not ours to write in this domain
 */
struct report {
	struct device *device;
	struct delayed_work work;
	/* protects the next eight */
	spinlock_t lock;
	char now[REPORT_TEXT_SIZE];
	bool now_due;
	const char *later;
	unsigned long later_at;
	bool later_due;
	bool troubled;
	struct failure_note failure;
	bool uevent;
	bool written;
	bool not_ours;
};

void report_init(struct report *report);
void report_flush(struct report *report);
void report_exit(struct report *report);
void report_begun(struct report *report);
void report_frozen(struct report *report);
void report_retrying(struct report *report, unsigned int tries,
		     const struct failure_note *note);
void report_failed(struct report *report, const struct failure_note *note);
void report_resumed(struct report *report, bool restored);
void report_state(struct report *report);

#endif
