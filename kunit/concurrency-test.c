// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the whole under load: real interrupts on several CPUs against real
 * threads, by the million. Nothing may be lost, nothing doubled, and no state
 * may follow another that the table in handshake-table-test.c does not have.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "fake-module.h"
#include "storm.h"
#include "suites.h"

static void notify_module(void)
{
	atomic_long_inc(&storm_notifies);
	fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static int read_sysfs(void *data)
{
	struct device *dev = &xen_suspend_instance.power.device->dev;
	char *page = (char *)__get_free_page(GFP_KERNEL);
	struct attribute **attr;
	long bad = 0;

	while (page && !kthread_should_stop()) {
		for (attr = xen_suspend_groups[0]->attrs; *attr; attr++) {
			struct device_attribute *file =
				container_of(*attr, struct device_attribute,
					     attr);
			ssize_t len = file->show(dev, file, page);

			bad += len < 1 || page[len - 1] != '\n';
		}
		cond_resched();
	}
	free_page((unsigned long)page);
	return bad;
}

/*
 * The toolstack asks, again if what it asked for went with a restore. How many
 * suspends have been served by now?
 */
static long ask(struct xen_suspend *xs)
{
	fake_request(xs);
	return atomic_long_read(&xs->handshake.suspends);
}

static void suspends_and_restores_and_an_unload_under_a_storm_of_notifies(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	unsigned long end = jiffies + msecs_to_jiffies(stress_ms), n;
	struct task_struct *reader;
	long before;

	fake_kernel.real_thread = true;
	fake_xen.managed = true;
	/* Else there would be no storm for long: see fake-evtchn.c. */
	fake_xen.no_backoff = true;
	fake_set_parameter("retry_ms", "1");
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	reader = kthread_run(read_sysfs, NULL, "reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, reader);
	storm_start(test, notify_module);
	for (n = 1; time_before(jiffies, end); n++) {
		WRITE_ONCE(fake_suspend.end,
			   n % 10 == 0 ? END_RESTORED :
			   n % 3 == 0 ? END_FROZEN : END_CANCELLED);
		if (n % 2)
			fake_xen_bind_toolstack();
		else
			fake_xen_unbind_toolstack();
		if (n % 7 == 0)
			fake_xenwatch_call(&xs->service.watch, XEN_SUSPEND_NODE);
		usleep_range(500, 2000);
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(reader), 0);
	/* Under the storm still: a restore, and nobody is subscribed any more. */
	WRITE_ONCE(fake_suspend.end, END_RESTORED);
	fake_xen_bind_toolstack();
	for (n = 0; n < 5000 && hs_base(atomic_read(&xs->handshake.word)) !=
				HS_DISARMED; n++)
		usleep_range(500, 2000);
	storm_stop();
	/* A storm may have met nothing; without it, who asks is served. */
	WRITE_ONCE(fake_suspend.end, END_CANCELLED);
	before = atomic_long_read(&xs->handshake.suspends);
	KUNIT_EXPECT_TRUE(test, eventually(ask(xs) > before));
	kunit_info(test, "%ld notifies, %lu requests, %ld suspends, %ld failed, %lu retries, %lu negotiations\n",
		   atomic_long_read(&storm_notifies), hs_requests(&xs->handshake),
		   atomic_long_read(&xs->handshake.suspends),
		   atomic_long_read(&xs->handshake.failures), xs->verdict.retry.total,
		   xs->offer.negotiations);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	fake_module_exit();

	KUNIT_EXPECT_EQ(test, atomic_read(&xs->handshake.word) & HS_BASE_MASK,
			(int)HS_DISARMED);
	KUNIT_EXPECT_LE(test, (unsigned long)
			(atomic_long_read(&xs->handshake.suspends) +
			 atomic_long_read(&xs->handshake.failures)),
			hs_requests(&xs->handshake));
	storm_expect_known(test);
}

static void concurrency_teardown(struct kunit *test)
{
	storm_stop();
	fake_teardown(test);
}

static struct kunit_case concurrency_cases[] = {
	KUNIT_CASE(suspends_and_restores_and_an_unload_under_a_storm_of_notifies),
	{}
};

struct kunit_suite concurrency_suite = {
	.name = "concurrency",
	.init = fake_setup,
	.exit = concurrency_teardown,
	.test_cases = concurrency_cases,
};
