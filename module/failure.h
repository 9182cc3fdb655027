/* SPDX-License-Identifier: GPL-2.0 */
/* Why a suspend did not happen. Pure logic, as the handshake. */
#ifndef XEN_SUSPEND_FAILURE_H
#define XEN_SUSPEND_FAILURE_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * enum failure - what a suspend has failed of
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

/**
 * struct failure_facts - what is known of a suspend that did not come to the
 * hypercall
 * @refused:	what our own gate said, 0 if it was not asked or let it pass
 * @prepared:	all tasks and kernel threads were frozen
 * @frozen:	and our own device, the first of all
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
	bool frozen;
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
 * @what:	what it was
 * @err:	negative errno
 * @text:	cause and remedy
 */
struct failure_note {
	enum failure what;
	int err;
	char text[FAILURE_TEXT_SIZE];
};

/**
 * struct failure_counts - failed attempts by what they have failed of
 * @by:	by enum failure
 */
struct failure_counts {
	atomic_long_t by[FAILURES];
};

void failure_judge(const struct failure_facts *facts,
		   struct failure_note *note);
bool failure_passes(const struct failure_note *note);
const char *failure_name(enum failure what);

static inline void failure_count(struct failure_counts *counts,
				 enum failure what)
{
	atomic_long_inc(&counts->by[what]);
}

#endif
