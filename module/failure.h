/* SPDX-License-Identifier: GPL-2.0 */
/* Why a suspend did not happen, and whether to try again. Pure logic. */
#ifndef XEN_SUSPEND_FAILURE_H
#define XEN_SUSPEND_FAILURE_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * enum failure - the causes of a failed suspend
 * @FAILURE_TASKS:	a task of user space did not freeze; where that cannot be told
 *			apart, perhaps a kernel thread
 * @FAILURE_KTHREADS:	a kernel thread or a work queue did not freeze
 * @FAILURE_HELPERS:	a program that the kernel has started did not end
 * @FAILURE_TRANSITION:	another power transition is under way
 * @FAILURE_DEVICE:	a device refused
 * @FAILURE_SYSTEM:	the core of the system refused after all devices were ready
 * @FAILURE_TRIGGER:	the suspend could not be started
 * @FAILURE_SHUTDOWN:	the guest powers off or reboots, or the module is unloaded
 * @FAILURE_LATE:	the toolstack has given up by now
 * @FAILURE_DESERTED:	the toolstack is gone
 * @FAILURES:		how many there are
 */
enum failure {
	FAILURE_TASKS,
	FAILURE_KTHREADS,
	FAILURE_HELPERS,
	FAILURE_TRANSITION,
	FAILURE_DEVICE,
	FAILURE_SYSTEM,
	FAILURE_TRIGGER,
	FAILURE_SHUTDOWN,
	FAILURE_LATE,
	FAILURE_DESERTED,
	FAILURES
};

#define FAILURE_NAME_SIZE 32
#define FAILURE_TEXT_SIZE 160
#define FAILURE_WHO_SIZE 80
#define FAILURE_FULL_SIZE (FAILURE_TEXT_SIZE + FAILURE_WHO_SIZE + 4)

/**
 * struct failure_facts - what is known of a suspend that did not reach the
 * hypercall
 * @refused:	what our own gate said, 0 if it was not asked or let it pass
 * @prepared:	all tasks and kernel threads were frozen
 * @lied:	devices were told of a restore that never was
 * @thawed:	the freezer got as far as freezing tasks
 * @watched:	@thawed and all below is known; otherwise there was nobody to see it
 * @took_ns:	how long it took to fail
 * @device_err:	the first error of a device, 0 if none
 * @device:	that device's name
 * @tasks:	how many tasks of user space were not frozen when the freezer gave up
 * @pid:	the first of them
 * @comm:	and its name
 */
struct failure_facts {
	int refused;
	bool prepared;
	bool lied;
	bool thawed;
	bool watched;
	u64 took_ns;
	int device_err;
	char device[FAILURE_NAME_SIZE];
	int tasks;
	int pid;
	char comm[FAILURE_NAME_SIZE];
};

/**
 * struct failure_note - what is said of a failure
 * @what:	its cause
 * @err:	negative errno
 * @final:	another try would harm
 * @text:	cause and remedy, for everybody
 * @who:	other users' tasks, for root: or empty
 */
struct failure_note {
	enum failure what;
	int err;
	bool final;
	char text[FAILURE_TEXT_SIZE];
	char who[FAILURE_WHO_SIZE];
};

/**
 * struct failure_counts - failed attempts by cause
 * @by:	by enum failure
 */
struct failure_counts {
	atomic_long_t by[FAILURES];
};

/**
 * struct patience - the parameters that say how long to go on trying
 * @deadline_ms: how long the toolstack waits, 0 for ever
 * @retry_ms:	the first pause before another try, 0 for no other
 *
 * Written by sysfs at any time.
 */
struct patience {
	unsigned int deadline_ms;
	unsigned int retry_ms;
};

/**
 * struct retry - how often the pending request was tried
 * @seq:	the request meant
 * @tries:	suspends tried for it that have failed
 * @pause_ms:	how long to wait before the next
 * @total:	retries of all requests so far
 *
 * Written by the xenwatch thread, in which suspends fail, before it asks the
 * service thread for JOB_RETRY, which makes the next try. Between the two nobody
 * writes, since the next try has not begun. @total is read by sysfs at any time.
 */
struct retry {
	unsigned int seq;
	unsigned int tries;
	unsigned int pause_ms;
	unsigned long total;
};

void failure_judge(const struct failure_facts *facts,
		   struct failure_note *note);
bool failure_passes(const struct failure_note *note);
bool failure_retry(struct retry *retry, unsigned int seq,
		   const struct patience *patience, u64 left_ns);
const char *failure_name(enum failure what);
void failure_full(const struct failure_note *note, char *text, size_t size);

static inline void failure_count(struct failure_counts *counts,
				 enum failure what)
{
	atomic_long_inc(&counts->by[what]);
}

#endif
