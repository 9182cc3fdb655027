// SPDX-License-Identifier: GPL-2.0
/*
 * Why a suspend did not happen: from the facts (observer.c, power.c) to a cause,
 * a remedy, and whether it is worth another try.
 *
 * What do_suspend() of drivers/xen/manage.c can fail of, in order:
 *
 *   freeze_processes()		helpers still run (5 s), a task did not freeze (20 s),
 *				since 7.2 before it: another transition has the lock
 *   freeze_kernel_threads()	a kernel thread or a work queue did not (20 s)
 *   dpm_suspend_start()	a device refused to get ready or to stop
 *   dpm_suspend_end()		a device refused late
 *   syscore_suspend()		our gate, or another callback
 *   SCHEDOP_shutdown		Xen does not refuse: domain_shutdown() of
 *				xen/common/domain.c has no way to, and do_suspend()
 *				takes an error for a suspend resumed in place
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "failure.h"

/* Half of RUNNING_HELPERS_TIMEOUT, for which freeze_processes() waits for
 * helpers; one who finds a lock taken does not wait at all.
 */
#define HELPERS_WAIT (2500 * (u64)NSEC_PER_MSEC)

__printf(4, 5)
static void say(struct failure_note *note, enum failure what, int err,
		const char *fmt, ...)
{
	va_list args;
	char *c;

	note->what = what;
	note->err = err;
	va_start(args, fmt);
	vsnprintf(note->text, sizeof(note->text), fmt, args);
	va_end(args);
	/* A task's name is whatever its user makes it. */
	for (c = note->text; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
}

static void judge_freezer(const struct failure_facts *facts,
			  struct failure_note *note)
{
	if (!facts->watched)
		say(note, FAILURE_TASKS, -EBUSY,
		    "tasks or kernel threads refused to freeze: see the kernel log");
	else if (facts->tasks > 1)
		say(note, FAILURE_TASKS, -EBUSY,
		    "%s (pid %d) and %d more tasks refused to freeze: see /proc/%d/stack",
		    facts->comm, facts->pid, facts->tasks - 1, facts->pid);
	else if (facts->tasks)
		say(note, FAILURE_TASKS, -EBUSY,
		    "%s (pid %d) refused to freeze: see /proc/%d/stack",
		    facts->comm, facts->pid, facts->pid);
	else if (facts->thawed)
		say(note, FAILURE_KTHREADS, -EBUSY,
		    "a kernel thread or work queue refused to freeze: the kernel log names it");
	else if (facts->took_ns < HELPERS_WAIT)
		say(note, FAILURE_TRANSITION, -EBUSY,
		    "another power transition is under way: let it end");
	else
		say(note, FAILURE_HELPERS, -EAGAIN,
		    "a program that the kernel has started does not end: look for children of kthreadd");
}

/**
 * failure_judge - find out what a suspend has failed of
 * @facts:	what is known
 * @note:	what to say of it
 *
 * Context: any.
 */
void failure_judge(const struct failure_facts *facts, struct failure_note *note)
{
	if (facts->refused == -ECONNRESET)
		say(note, FAILURE_DESERTED, -ECONNRESET,
		    "the toolstack that asked is gone: not suspending");
	else if (facts->refused)
		say(note, FAILURE_LATE, facts->refused,
		    "too late at the last gate (deadline_ms): the toolstack has given up");
	else if (facts->device_err)
		say(note, FAILURE_DEVICE, facts->device_err,
		    "device %s refused to suspend: see what its driver says in the kernel log",
		    facts->device);
	else if (!facts->prepared)
		judge_freezer(facts, note);
	else if (!facts->frozen && !facts->watched)
		say(note, FAILURE_DEVICE, -EBUSY,
		    "a device refused to suspend: see the kernel log");
	else
		say(note, FAILURE_SYSTEM, -EBUSY,
		    "a device or the system core refused to suspend late: see the kernel log");
}

/**
 * failure_passes - may the cause of a failure be gone in a moment?
 * @note:	the failure
 *
 * Context: any.
 * Return: true if it is worth trying again.
 */
bool failure_passes(const struct failure_note *note)
{
	switch (note->what) {
	case FAILURE_TASKS:
	case FAILURE_KTHREADS:
	case FAILURE_HELPERS:
	case FAILURE_TRANSITION:
	case FAILURE_SYSTEM:
		return true;
	case FAILURE_DEVICE:
		/* "not now", as against "never" */
		switch (note->err) {
		case -EBUSY:
		case -EAGAIN:
		case -EINTR:
		case -ENOMEM:
		case -ETIME:
		case -ETIMEDOUT:
			return true;
		}
		return false;
	default:
		return false;
	}
}

static const char * const names[FAILURES] = {
	[FAILURE_TASKS] = "tasks",
	[FAILURE_KTHREADS] = "kernel_threads",
	[FAILURE_HELPERS] = "helpers",
	[FAILURE_TRANSITION] = "transition",
	[FAILURE_DEVICE] = "device",
	[FAILURE_SYSTEM] = "system",
	[FAILURE_TRIGGER] = "trigger",
	[FAILURE_SHUTDOWN] = "shutdown",
	[FAILURE_LATE] = "late",
	[FAILURE_DESERTED] = "deserted",
};

/**
 * failure_name - the name of a failure, as in sysfs and in uevents
 * @what:	the failure
 *
 * Context: any.
 * Return: a constant string.
 */
const char *failure_name(enum failure what)
{
	return names[what];
}
