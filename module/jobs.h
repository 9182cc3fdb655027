/* SPDX-License-Identifier: GPL-2.0 */
/* Bits of work for the service thread, and who waits for them. */
#ifndef XEN_SUSPEND_JOBS_H
#define XEN_SUSPEND_JOBS_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;

/**
 * enum job - what the service thread can be asked to do
 * @JOB_LOOK:		see what the toolstack offers
 * @JOB_RESTORED:	this is a new domain
 * @JOB_RESUMED:	a request or a suspend is over, in the same domain
 * @JOB_AWAKE:		the guest has slept by its own will, and woken up
 * @JOB_RETRY:		a suspend has failed: try again after a pause
 * @JOB_STOCK_FAILED:	a suspend asked for through control/shutdown has failed
 * @JOB_RELEASE:	withdraw and close, when that harms nobody
 * @JOB_FORCE:		and if it does, too
 */
enum job {
	JOB_LOOK,
	JOB_RESTORED,
	JOB_RESUMED,
	JOB_AWAKE,
	JOB_RETRY,
	JOB_STOCK_FAILED,
	JOB_RELEASE,
	JOB_FORCE,
};

/**
 * struct jobs - what is to be done, and what was
 * @todo:	bits of enum job, set by anybody, cleared by the service thread;
 *		JOB_RELEASE and JOB_FORCE stay set
 * @done:	bits of enum job that somebody waits for: JOB_LOOK the first time it
 *		is done, JOB_RELEASE
 * @thread:	the service thread; set before anybody can ask for anything
 * @wq:		who waits for @done
 *
 * What was written before jobs_ask() is seen by the thread after jobs_take(),
 * and what the thread wrote before jobs_finish() by who finds the job done.
 */
struct jobs {
	unsigned long todo;
	unsigned long done;
	struct task_struct *thread;
	wait_queue_head_t wq;
};

void jobs_init(struct jobs *jobs);
void jobs_ask(struct jobs *jobs, enum job job);
bool jobs_take(struct jobs *jobs, enum job job);
void jobs_finish(struct jobs *jobs, enum job job);
long jobs_wait(struct jobs *jobs, enum job job, long timeout, bool killable);
bool jobs_wait_here(struct jobs *jobs, enum job job, long timeout);

static inline bool jobs_asked(const struct jobs *jobs, enum job job)
{
	return READ_ONCE(jobs->todo) & BIT(job);
}

static inline bool jobs_done(const struct jobs *jobs, enum job job)
{
	/* before what the job has written is read */
	return smp_load_acquire(&jobs->done) & BIT(job);
}

#endif
