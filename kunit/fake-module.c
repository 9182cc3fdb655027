// SPDX-License-Identifier: GPL-2.0
/*
 * The module set up as it is after loading, with the service thread's rounds in
 * the hands of the test.
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>

#include "fake-module.h"

/**
 * fake_set_parameter - set a parameter of the module, as sysfs does
 * @name:	its name
 * @value:	its value
 *
 * Return: 0 or an error.
 */
int fake_set_parameter(const char *name, const char *value)
{
	unsigned int i;

	for (i = 0; i < THIS_MODULE->num_kp; i++) {
		const struct kernel_param *kp = &THIS_MODULE->kp[i];

		if (!strcmp(kp->name, name))
			return kp->ops->set(value, kp);
	}
	return -ENOENT;
}

/* Who waits for the service thread waits for what that waits for, too. */
static void while_waiting(void)
{
	fake_service_step();
	fake_xenwatch_flush();
}

/** fake_setup - the suites' .init */
int fake_setup(struct kunit *test)
{
	fake_suspend_init();
	memset(&xen_suspend_instance, 0, sizeof(xen_suspend_instance));
	xen_suspend_assemble(&xen_suspend_instance);
	fake_set_parameter("trigger", "auto");
	fake_set_parameter("toolstack_domid", "0");
	fake_set_parameter("deadline_ms", "55000");
	/* One request, one attempt; who tests retries asks for them. */
	fake_set_parameter("retry_ms", "0");
	fake_set_parameter("fresh_port_ms", "0");
	fake_kernel.while_waiting = while_waiting;
	return 0;
}

/** fake_teardown - the suites' .exit, also after a test that failed */
void fake_teardown(struct kunit *test)
{
	struct delayed_work *work = &xen_suspend_instance.report.work;

	fake_xen.hook = NULL;
	fake_suspend.at = NULL;
	if (fake_kernel.syscore) {
		fake_unload(test);
		KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
		KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	}
	fake_xenwatch_exit();
	KUNIT_EXPECT_EQ_MSG(test, fake_kernel.ticks_lost, 0,
			    "CPU 0 was left without its tick");
	KUNIT_EXPECT_EQ(test, fake_kernel.kprobes, 0);
	KUNIT_EXPECT_FALSE(test, fake_device_leaked());
	KUNIT_EXPECT_EQ(test, fake_kernel.freezer_key, 0);
	KUNIT_EXPECT_EQ(test, fake_trace.probes, 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_trace.work, NULL);
	if (fake_kernel.real_thread)
		KUNIT_EXPECT_FALSE(test, cancel_delayed_work_sync(work));
	fake_xen_expect_clean(test);
}

/**
 * fake_load - load the module
 * @test:	the test
 * @layout:	what the toolstack offers
 * @trigger:	the trigger to use
 *
 * As the kernel does. The first round of the service thread is that of its own
 * publication, which fires its watch. fake_teardown() undoes it.
 */
struct xen_suspend *fake_load(struct kunit *test, enum fake_layout layout,
			      enum trigger_kind trigger)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_xen_init(layout);
	fake_set_parameter("trigger", trigger_name(trigger));
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	KUNIT_ASSERT_EQ(test, (int)xs->trigger.kind, (int)trigger);
	fake_xenwatch_flush();
	KUNIT_ASSERT_GT(test, fake_service_step(), 0);
	KUNIT_ASSERT_TRUE(test, jobs_done(&xs->jobs, JOB_LOOK));
	return xs;
}

/** fake_unload - unload it, by main.c's own order, whatever is under way */
void fake_unload(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	fake_xen_unbind_toolstack();
	fake_xenwatch_flush();
	if (!fake_kernel.real_thread) {
		/* A test that failed is cleaned up after in another thread. */
		xs->service.task = current;
		xs->jobs.thread = current;
		xs->channel.thread = current;
		/* What a broken module waits for is over: the test fails, not the run. */
		fake_kernel.clock_ns = ktime_get_mono_fast_ns() + 3600 * NSEC_PER_SEC;
	}
	/* An attempt that a test has left in the middle of it */
	if (hs_base(atomic_read(&xs->handshake.word)) >= HS_SUSPENDING)
		attempt_complete(&xs->attempt);
	set_bit(JOB_FORCE, &xs->jobs.todo);
	fake_module_exit();
	KUNIT_EXPECT_TRUE(test, jobs_done(&xs->jobs, JOB_RELEASE));
}

/**
 * fake_pass - time passes
 * @ms:		how much
 *
 * What is due is done: work, and events that were held back. The service thread has
 * its turn when the test gives it one.
 */
void fake_pass(unsigned int ms)
{
	fake_kernel.jiffies += msecs_to_jiffies(ms);
	fake_xen_deliver();
	fake_work_run();
}

/** fake_request - the toolstack binds and notifies */
void fake_request(struct xen_suspend *xs)
{
	fake_xen_bind_toolstack();
	fake_xen_notify(channel_port(&xs->channel));
}

/**
 * fake_try - one try of the pending request
 * @xs:		the module
 *
 * The service thread starts it, the xenwatch thread does it, with the xenstore
 * trigger as manage.c would, and the service thread sees how it ended.
 */
void fake_try(struct xen_suspend *xs)
{
	fake_service_step();
	if (xs->trigger.kind == TRIGGER_XENSTORE)
		fake_xenwatch_manage();
	fake_xenwatch_flush();
	fake_service_step();
}

/** fake_sysfs - the text of a file in sysfs, also DIRECTORY/FILE */
const char *fake_sysfs(struct kunit *test, const char *name)
{
	const struct attribute_group **group;
	struct device *dev = &xen_suspend_instance.power.device->dev;
	char *page = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	struct attribute **attr;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	/* sysfs_emit() wants its page to begin where a page begins. */
	page = PTR_ALIGN(page, PAGE_SIZE);
	for (group = xen_suspend_groups; *group; group++) {
		size_t len = (*group)->name ? strlen((*group)->name) + 1 : 0;

		if (len && (strncmp(name, (*group)->name, len - 1) ||
			    name[len - 1] != '/'))
			continue;
		for (attr = (*group)->attrs; *attr; attr++) {
			struct device_attribute *file =
				container_of(*attr, struct device_attribute, attr);

			if (strcmp((*attr)->name, name + len))
				continue;
			KUNIT_EXPECT_EQ(test, file->show(dev, file, page),
					(ssize_t)strlen(page));
			return page;
		}
	}
	KUNIT_FAIL(test, "no file %s", name);
	return "";
}
