// SPDX-License-Identifier: GPL-2.0
/* Bits of work for the service thread, and who waits for them. */
#include <linux/bitops.h>
#include <linux/freezer.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "jobs.h"
#include "xenwatch.h"

/**
 * jobs_init - nothing to do, nothing done
 * @jobs:	the jobs
 *
 * Context: any.
 */
void jobs_init(struct jobs *jobs)
{
	init_waitqueue_head(&jobs->wq);
}

/**
 * jobs_ask - ask the service thread to do a job
 * @jobs:	the jobs
 * @job:	which
 *
 * Context: any.
 */
void jobs_ask(struct jobs *jobs, enum job job)
{
	/* set_bit() alone orders nothing: what the job is about comes first. */
	smp_mb__before_atomic();
	set_bit(job, &jobs->todo);
	wake_up_process(jobs->thread);
}

/**
 * jobs_take - is a job to be done? Then it is being done from now on
 * @jobs:	the jobs
 * @job:	which
 *
 * Context: the service thread.
 * Return: true if it was asked for.
 */
bool jobs_take(struct jobs *jobs, enum job job)
{
	return test_and_clear_bit(job, &jobs->todo);
}

/**
 * jobs_finish - a job that somebody waits for is done
 * @jobs:	the jobs
 * @job:	which
 *
 * Context: the service thread.
 */
void jobs_finish(struct jobs *jobs, enum job job)
{
	/* as in jobs_ask(), for jobs_done() */
	smp_mb__before_atomic();
	set_bit(job, &jobs->done);
	wake_up_all(&jobs->wq);
}

static long wait_a_moment(struct jobs *jobs, enum job job, bool killable)
{
	if (killable)
		return wait_event_killable_timeout(jobs->wq,
						   jobs_done(jobs, job),
						   FREEZE_POLL);
	return wait_event_timeout(jobs->wq, jobs_done(jobs, job), FREEZE_POLL);
}

/**
 * jobs_wait - wait until a job is done, and freeze meanwhile if asked to
 * @jobs:	the jobs
 * @job:	which
 * @timeout:	how long to wait, in jiffies; frozen, the time stands still
 * @killable:	a signal that would end the process ends the wait
 *
 * wait_event_freezable() would be ended by the freezer's own signal.
 *
 * Context: process, not the service thread.
 * Return: positive if it is done, 0 if the time is over, or -ERESTARTSYS.
 */
long jobs_wait(struct jobs *jobs, enum job job, long timeout, bool killable)
{
	long ret = 0;

	for (; timeout > 0 && !ret; timeout -= FREEZE_POLL) {
		ret = wait_a_moment(jobs, job, killable);
		if (!ret)
			try_to_freeze();
	}
	return ret;
}

/**
 * jobs_wait_here - wait until a job is done, without freezing
 * @jobs:	the jobs
 * @job:	which
 * @timeout:	how long to wait, in jiffies
 *
 * Context: process, also with locks held that a suspend needs.
 * Return: true if it is done.
 */
bool jobs_wait_here(struct jobs *jobs, enum job job, long timeout)
{
	return wait_event_timeout(jobs->wq, jobs_done(jobs, job), timeout);
}
