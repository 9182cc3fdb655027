// SPDX-License-Identifier: GPL-2.0
/*
 * Telling others how a suspend goes: the toolstack by a node in xenstore,
 * Documentation/suspend-status.rst, and the guest's own monitoring by a uevent
 * for each failure.
 *
 * Nothing is written on the way of a suspend that goes well. "suspending" is due
 * when tasks are not frozen after a second, "resumed" when no other has
 * come for a second, and each puts off the other: of a guest that is
 * checkpointed many times a second, the node says nothing. What went wrong is
 * told at once.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <xen/xenbus.h>

#include "report.h"

/* Every user can listen: no other user's task is named. */
static void send_uevent(struct report *report, const struct failure_note *note)
{
	char event[24], err[32], what[48], text[FAILURE_TEXT_SIZE + 32];
	char *env[5] = { event, err, what, text, NULL };

	strscpy(event, "XEN_SUSPEND=failed", sizeof(event));
	snprintf(err, sizeof(err), "XEN_SUSPEND_ERROR=%d", note->err);
	snprintf(what, sizeof(what), "XEN_SUSPEND_REASON=%s",
		 failure_name(note->what));
	snprintf(text, sizeof(text), "XEN_SUSPEND_TEXT=%s", note->text);
	if (report->device)
		kobject_uevent_env(&report->device->kobj, KOBJ_CHANGE, env);
}

static void write_node(struct report *report, const char *text)
{
	int err;

	if (report->not_ours)
		return;
	err = xenbus_write(XBT_NIL, REPORT_DIR, REPORT_NODE, text);
	if (!err) {
		report->written = true;
		return;
	}
	/* Not every toolstack has it: no error, and not tried again. */
	report->not_ours = true;
	pr_info("%s/%s is not ours to write (%d): the toolstack is not told how suspends go\n",
		REPORT_DIR, REPORT_NODE, err);
}

static void report_work(struct work_struct *work)
{
	struct report *report = container_of(to_delayed_work(work),
					     struct report, work);
	struct failure_note failure;
	char now[REPORT_TEXT_SIZE];
	const char *later = NULL;
	bool now_due, uevent;

	spin_lock(&report->lock);
	now_due = report->now_due;
	memcpy(now, report->now, sizeof(now));
	uevent = report->uevent;
	failure = report->failure;
	report->now_due = false;
	report->uevent = false;
	if (report->later_due && time_after_eq(jiffies, report->later_at)) {
		later = report->later;
		report->later_due = false;
	} else if (report->later_due) {
		mod_delayed_work(system_long_wq, &report->work,
				 report->later_at - jiffies);
	}
	spin_unlock(&report->lock);

	if (uevent)
		send_uevent(report, &failure);
	if (now_due)
		write_node(report, now);
	if (later)
		write_node(report, later);
}

/* Good news, or none: not before nothing else has happened for a second. */
static void say_later(struct report *report, const char *text)
{
	spin_lock(&report->lock);
	report->later = text;
	report->later_at = jiffies + HZ;
	report->later_due = true;
	report->troubled = false;
	/* What is due at once is not put off. */
	if (!report->now_due)
		mod_delayed_work(system_long_wq, &report->work, HZ);
	spin_unlock(&report->lock);
}

__printf(3, 4)
static void say_now(struct report *report, bool troubled, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	spin_lock(&report->lock);
	vsnprintf(report->now, sizeof(report->now), fmt, args);
	report->now_due = true;
	report->later_due = false;
	report->troubled = troubled;
	mod_delayed_work(system_long_wq, &report->work, 0);
	spin_unlock(&report->lock);
	va_end(args);
}

/**
 * report_init - nothing to tell yet
 * @report:	the report
 *
 * Context: any.
 */
void report_init(struct report *report)
{
	spin_lock_init(&report->lock);
	INIT_DELAYED_WORK(&report->work, report_work);
}

/**
 * report_flush - tell now what is still to be told
 * @report:	the report
 *
 * Context: process; waits for xenstored.
 */
void report_flush(struct report *report)
{
	flush_delayed_work(&report->work);
}

/**
 * report_exit - tell nothing more, and leave xenstore as it was found
 * @report:	the report, of which nobody makes use any more
 *
 * Context: process; waits for xenstored.
 */
void report_exit(struct report *report)
{
	cancel_delayed_work_sync(&report->work);
	if (report->written)
		xenbus_rm(XBT_NIL, REPORT_DIR, REPORT_NODE);
	report->written = false;
}

/**
 * report_begun - a request is being served
 * @report:	the report
 *
 * Context: the service thread.
 */
void report_begun(struct report *report)
{
	if (!READ_ONCE(report->troubled))
		say_later(report, "suspending");
}

/**
 * report_frozen - all tasks are frozen, the suspend is near
 * @report:	the report
 *
 * The last word before it, if there was one: bad news would stay there
 * for as long as the guest is suspended.
 *
 * Context: the xenwatch thread, from .prepare.
 */
void report_frozen(struct report *report)
{
	if (READ_ONCE(report->troubled)) {
		say_now(report, true, "suspended");
		return;
	}
	/* do_suspend() waits for every write under way, and so for xenstored. */
	spin_lock(&report->lock);
	report->later_due = false;
	spin_unlock(&report->lock);
}

/**
 * report_retrying - a suspend has failed and will be tried again
 * @report:	the report
 * @tries:	how many have failed
 * @note:	the last failure
 *
 * Context: the xenwatch thread.
 */
void report_retrying(struct report *report, unsigned int tries,
		     const struct failure_note *note)
{
	char text[FAILURE_FULL_SIZE];

	failure_full(note, text, sizeof(text));
	say_now(report, true, "retrying %u: %s", tries, text);
}

/**
 * report_failed - a request has led to no suspend
 * @report:	the report
 * @note:	why
 *
 * Context: the xenwatch thread or the service thread.
 */
void report_failed(struct report *report, const struct failure_note *note)
{
	char text[FAILURE_FULL_SIZE];

	failure_full(note, text, sizeof(text));
	spin_lock(&report->lock);
	report->failure = *note;
	report->uevent = true;
	spin_unlock(&report->lock);
	say_now(report, false, "failed %d: %s", -note->err, text);
}

/**
 * report_resumed - a suspend is over
 * @report:	the report
 * @restored:	in a new domain, with another xenstore
 *
 * Context: the xenwatch thread.
 */
void report_resumed(struct report *report, bool restored)
{
	if (restored) {
		WRITE_ONCE(report->not_ours, false);
		WRITE_ONCE(report->written, false);
	}
	say_later(report, "resumed");
}

/**
 * report_state - wake who polls the file "state"
 * @report:	the report
 *
 * Context: process. The upcall does not call it; the thread it wakes does.
 */
void report_state(struct report *report)
{
	if (report->device)
		sysfs_notify(&report->device->kobj, NULL, "state");
}
