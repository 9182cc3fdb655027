/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel lets a module see of a suspend that fails: tracepoints. */
#ifndef XEN_SUSPEND_OBSERVER_H
#define XEN_SUSPEND_OBSERVER_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "failure.h"

struct tracepoint;

/**
 * enum observer_phase - what devices are called for
 * @PHASE_OTHER:	nothing, or to wake up
 * @PHASE_PREPARING:	to prepare
 * @PHASE_SUSPENDING:	to suspend, in one of three steps
 */
enum observer_phase {
	PHASE_OTHER,
	PHASE_PREPARING,
	PHASE_SUSPENDING,
};

/**
 * struct observer - what was seen of xenwatch's suspend under way
 * @is_freezing: has it not come further than the freezer?
 * @thawed_all:	it has come to its end: all is thawed
 * @data:	for both, which run in the xenwatch thread with preemption disabled
 * @device_end:	the tracepoint after each callback of a device
 * @phases:	the one at both ends of what a suspend consists of
 * @watched:	both are there and call us
 * @phase:	what devices are called for; read by the threads that call them,
 *		which begin after it is written and end before it is again
 * @suspended:	a device was suspended; written by all threads that call devices, with
 *		the same value
 * @restoring:	those that were are told of a restore
 * @core_slept:	all syscore callbacks have let the suspend pass; written in
 *		stop_machine(), for which the xenwatch thread waits
 * @lock:	protects @device_err and @device: devices are suspended by several
 *		threads at a time. Raw, because probes must not sleep on PREEMPT_RT
 * @device_err:	the first error of a device, 0 if none
 * @device:	its name
 * @thawed:	the freezer gave up
 * @tasks:	how many tasks were not frozen then
 * @pid:	the first of them
 * @comm:	its name
 *
 * What has no other owner is written by the xenwatch thread alone.
 */
struct observer {
	bool (*is_freezing)(void *data);
	void (*thawed_all)(void *data);
	void *data;
	struct tracepoint *device_end;
	struct tracepoint *phases;
	bool watched;
	enum observer_phase phase;
	bool suspended;
	bool restoring;
	bool core_slept;
	/* protects the next two */
	raw_spinlock_t lock;
	int device_err;
	char device[FAILURE_NAME_SIZE];
	bool thawed;
	int tasks;
	int pid;
	char comm[FAILURE_NAME_SIZE];
};

void observer_init(struct observer *observer);
void observer_exit(struct observer *observer);
void observer_reset(struct observer *observer);
bool observer_saw_hypercall(const struct observer *observer);
void observer_tell(struct observer *observer, struct failure_facts *facts);

#endif
