// SPDX-License-Identifier: GPL-2.0
/* Tests of module/jobs.c: asking for work, and waiting until it is done. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "../module/jobs.h"
#include "../module/xenwatch.h"
#include "fake-module.h"
#include "suites.h"

static struct jobs *jobs(void)
{
	struct jobs *jobs = &xen_suspend_instance.jobs;

	jobs->thread = current;
	return jobs;
}

static void who_asks_wakes_the_thread(struct kunit *test)
{
	set_current_state(TASK_INTERRUPTIBLE);
	jobs_ask(jobs(), JOB_LOOK);
	KUNIT_EXPECT_EQ(test, (unsigned int)READ_ONCE(current->__state),
			(unsigned int)TASK_RUNNING);
	__set_current_state(TASK_RUNNING);
}

static void a_job_is_taken_once(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, jobs_take(jobs(), JOB_RETRY));
	jobs_ask(jobs(), JOB_RETRY);
	jobs_ask(jobs(), JOB_RETRY);
	KUNIT_EXPECT_FALSE(test, jobs_take(jobs(), JOB_RESUMED));
	KUNIT_EXPECT_TRUE(test, jobs_asked(jobs(), JOB_RETRY));
	KUNIT_EXPECT_TRUE(test, jobs_take(jobs(), JOB_RETRY));
	KUNIT_EXPECT_FALSE(test, jobs_asked(jobs(), JOB_RETRY));
	KUNIT_EXPECT_FALSE(test, jobs_take(jobs(), JOB_RETRY));
}

static void what_is_done_is_not_waited_for(struct kunit *test)
{
	jobs_finish(jobs(), JOB_RELEASE);
	KUNIT_EXPECT_TRUE(test, jobs_done(jobs(), JOB_RELEASE));
	KUNIT_EXPECT_FALSE(test, jobs_done(jobs(), JOB_LOOK));
	KUNIT_EXPECT_GT(test, jobs_wait(jobs(), JOB_RELEASE, MAX_SCHEDULE_TIMEOUT,
					true), 0L);
	KUNIT_EXPECT_TRUE(test, jobs_wait_here(jobs(), JOB_RELEASE, 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kernel.freeze_polls), 0);
}

/* In rmmod, say: the freezer of a suspend waits for it. */
static void who_waits_for_a_job_looks_whether_it_is_to_freeze(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, jobs_wait(jobs(), JOB_RELEASE, 3 * FREEZE_POLL,
					false), 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kernel.freeze_polls), 3);
}

static void who_holds_locks_waits_without_freezing(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, jobs_wait_here(jobs(), JOB_RELEASE,
						3 * FREEZE_POLL));
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kernel.freeze_polls), 0);
}

static long killed[2];

static int wait_killed(void *data)
{
	int killable;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	for (killable = 0; killable < 2; killable++)
		killed[killable] = jobs_wait(data, JOB_RELEASE, FREEZE_POLL, killable);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void a_signal_that_kills_ends_the_wait_if_it_may(struct kunit *test)
{
	struct task_struct *task;

	killed[1] = 1;
	task = kthread_run(wait_killed, jobs(), "killed");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(killed[1]) != 1));
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, killed[0], 0L);
	KUNIT_EXPECT_EQ(test, killed[1], (long)-ERESTARTSYS);
}

static struct kunit_case jobs_cases[] = {
	KUNIT_CASE(who_asks_wakes_the_thread),
	KUNIT_CASE(a_job_is_taken_once),
	KUNIT_CASE(what_is_done_is_not_waited_for),
	KUNIT_CASE(who_waits_for_a_job_looks_whether_it_is_to_freeze),
	KUNIT_CASE(who_holds_locks_waits_without_freezing),
	KUNIT_CASE(a_signal_that_kills_ends_the_wait_if_it_may),
	{}
};

struct kunit_suite jobs_suite = {
	.name = "jobs",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = jobs_cases,
};
