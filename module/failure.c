// SPDX-License-Identifier: GPL-2.0
/*
 * Why a suspend did not happen: from the facts to a cause, a remedy, and whether
 * and when it is worth another try.
 *
 * Where do_suspend() of drivers/xen/manage.c can fail, in order:
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

/* A suspend needs some time even if nothing is in its way. */
#define ROOM_MS 1000
#define PAUSE_MOST_MS 4000

/* A task's name is whatever its user makes it. */
static void make_printable(char *c)
{
	for (; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
}

__printf(4, 5)
static void say(struct failure_note *note, enum failure what, int err,
		const char *fmt, ...)
{
	va_list args;

	*note = (struct failure_note){ .what = what, .err = err };
	va_start(args, fmt);
	vsnprintf(note->text, sizeof(note->text), fmt, args);
	va_end(args);
	make_printable(note->text);
}

/* Who they are is their users' own affair: not for everybody to read. */
static void name_tasks(const struct failure_facts *facts,
		       struct failure_note *note)
{
	int len;

	len = snprintf(note->who, sizeof(note->who), "%s, pid %d", facts->comm,
		       facts->pid);
	if (facts->tasks > 1)
		snprintf(note->who + len, sizeof(note->who) - len,
			 ", and %d more", facts->tasks - 1);
	make_printable(note->who);
}

static void judge_freezer(const struct failure_facts *facts,
			  struct failure_note *note)
{
	if (!facts->watched)
		say(note, FAILURE_TASKS, -EBUSY,
		    "tasks or kernel threads refused to freeze: see the kernel log");
	else if (facts->tasks)
		say(note, FAILURE_TASKS, -EBUSY,
		    "%d %s refused to freeze: the kernel log names %s",
		    facts->tasks, facts->tasks > 1 ? "tasks" : "task",
		    facts->tasks > 1 ? "one" : "it");
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
 * failure_judge - find out why a suspend has failed
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
	else
		say(note, FAILURE_SYSTEM, -EBUSY,
		    "a device or the system core refused to suspend: see the kernel log");
	if (!facts->prepared && facts->tasks)
		name_tasks(facts, note);
	note->final = facts->lied;
}

/**
 * failure_passes - may the cause of a failure be gone in a moment?
 * @note:	the failure
 *
 * Context: any.
 * Return: true if it is worth trying again. Not so after devices were told of a
 * restore that never was: they have reconnected on a live domain, and a disk
 * does not survive many of those.
 */
bool failure_passes(const struct failure_note *note)
{
	if (note->final)
		return false;
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

static unsigned int pause_ms(unsigned int first_ms, unsigned int tries)
{
	unsigned int most = max_t(unsigned int, first_ms, PAUSE_MOST_MS);
	unsigned int pause = first_ms;

	while (tries-- && pause < most)
		pause = min(pause * 2, most);
	return pause;
}

/**
 * failure_retry - a suspend has failed and its cause may pass: try again?
 * @retry:	what was tried so far
 * @seq:	the request that it was made for
 * @patience:	the parameters
 * @left_ns:	how long the toolstack goes on waiting, U64_MAX for ever
 *
 * After a pause that doubles from one try to the next, up to four seconds, for
 * as long as the toolstack waits. In the pause the guest runs: what stood in the
 * way needs the guest's tasks to run in order to go away.
 *
 * Context: the xenwatch thread.
 * Return: true if another try is worth it, after @retry->pause_ms.
 */
bool failure_retry(struct retry *retry, unsigned int seq,
		   const struct patience *patience, u64 left_ns)
{
	unsigned int first_ms = READ_ONCE(patience->retry_ms);

	if (!retry->tries || retry->seq != seq) {
		retry->seq = seq;
		retry->tries = 0;
	}
	retry->pause_ms = pause_ms(first_ms, retry->tries++);
	return first_ms &&
	       ((u64)retry->pause_ms + ROOM_MS) * NSEC_PER_MSEC < left_ns;
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

/**
 * failure_full - a failure in full, with whom it is about
 * @note:	the failure
 * @text:	where to write it
 * @size:	its size, FAILURE_FULL_SIZE for all of it
 *
 * Only for root, or for the toolstack.
 *
 * Context: any.
 */
void failure_full(const struct failure_note *note, char *text, size_t size)
{
	snprintf(text, size, *note->who ? "%s (%s)" : "%s", note->text,
		 note->who);
}
