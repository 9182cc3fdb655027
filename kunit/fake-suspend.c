// SPDX-License-Identifier: GPL-2.0
/*
 * do_suspend() as a script: the order in which the kernel's calls a device and
 * the syscore callbacks, with all of its ways out, its two bugs included; and
 * the module set up as it is after loading, with the service thread's rounds
 * in the hands of the test.
 */
#include <linux/device.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "../module/compat.h"
#include "fake-suspend.h"

struct fake_suspend fake_suspend;

static void at(enum fake_point point)
{
	if (fake_suspend.at)
		fake_suspend.at(point);
}

/* syscore_suspend() */
static int syscore_suspend_all(void)
{
	struct fake_syscore *callbacks;
	int err = 0;

	/* Who is halfway through adding some cannot be when all CPUs stop. */
	fake_syscore_list.next->prev = &fake_syscore_list;
	list_for_each_entry_reverse(callbacks, &fake_syscore_list, node) {
		if (callbacks == fake_kernel.syscore) {
			err = fake_syscore_suspend(callbacks);
			fake_suspend.gate_err = err;
		} else if (fake_suspend.end == END_SYSCORE) {
			err = -EBUSY;
		}
		if (err)
			break;
	}
	if (!err)
		return 0;
	list_for_each_entry_continue(callbacks, &fake_syscore_list, node) {
		if (callbacks == fake_kernel.syscore)
			fake_syscore_resume(callbacks);
	}
	return err;
}

/* stop_machine(xen_suspend): true if cancelled */
static bool hypercall(void)
{
	unsigned long flags;
	bool cancelled = true;

	fake_xen_irqs_off();
	local_irq_save(flags);
	at(AT_STOPPED);
	if (!syscore_suspend_all()) {
		at(AT_GATED);
		fake_suspend.hypercalls++;
		if (fake_suspend.end == END_RESTORED) {
			fake_xen_new_domain(fake_suspend.layout);
			cancelled = false;
		}
		fake_syscore_resume(fake_kernel.syscore);
	}
	local_irq_restore(flags);
	fake_xen_irqs_on();
	return cancelled;
}

/** fake_do_suspend - as manage.c's do_suspend() */
void fake_do_suspend(void)
{
	struct device *dev = &xen_suspend_instance.power.device->dev;
	const struct dev_pm_ops *ops = dev->driver->pm;
	enum fake_end end = fake_suspend.end;
	bool cancelled = false;

	fake_kernel.shutting_down = 2;	/* SHUTDOWN_SUSPEND */
	fake_suspend.count++;
	at(AT_START);
	if (end == END_TASKS)
		goto out;
	mutex_lock(&fake_freezer);
	if (end == END_PREPARE)
		goto out_thaw;

	ops->prepare(dev);
	at(AT_PREPARED);
	if (end != END_PREPARED) {
		ops->freeze(dev);
		at(AT_FROZEN);
		if (end != END_FROZEN && end != END_LATE)
			cancelled = hypercall();
		at(AT_CROSSED);
		if (cancelled)
			ops->thaw(dev);
		else
			ops->restore(dev);
		at(AT_THAWED);
	}
	ops->complete(dev);
out_thaw:
	mutex_unlock(&fake_freezer);
out:
	fake_kernel.shutting_down = -1;
	at(AT_END);
}

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

/** fake_setup - the suites' .init */
int fake_setup(struct kunit *test)
{
	fake_suspend = (struct fake_suspend){};
	fake_kernel_init();
	fake_xen_init(LAYOUT_DEFAULT);
	memset(&xen_suspend_instance, 0, sizeof(xen_suspend_instance));
	xen_suspend_instance.channel.hs = &xen_suspend_instance.handshake;
	status_init(&xen_suspend_instance.status);
	fake_set_parameter("trigger", "auto");
	fake_set_parameter("toolstack_domid", "0");
	fake_set_parameter("deadline_ms", "55000");
	return 0;
}

/** fake_teardown - the suites' .exit, also after a test that failed */
void fake_teardown(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_xen.hook = NULL;
	fake_suspend.at = NULL;
	if (fake_kernel.syscore) {
		fake_unload(test);
		power_exit(xs);
		service_stop(&xs->service);
		KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
		KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	}
	fake_kernel_exit();
	KUNIT_EXPECT_EQ(test, fake_kernel.kprobes, 0);
	fake_xen_expect_clean(test);
}

/**
 * fake_load - the module as after loading
 * @test:	the test
 * @layout:	what the toolstack offers
 * @trigger:	the trigger to use
 *
 * fake_teardown() undoes it.
 */
struct xen_suspend *fake_load(struct kunit *test, enum fake_layout layout,
			      enum trigger_kind trigger)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_xen_init(layout);
	xs->trigger = trigger;
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, service_create(xs), 0);
	KUNIT_ASSERT_EQ(test, power_init(xs), 0);
	KUNIT_ASSERT_EQ(test, service_watch(xs), 0);
	KUNIT_ASSERT_EQ(test, trigger_init(xs), 0);
	KUNIT_ASSERT_EQ(test, (int)xs->trigger, (int)trigger);
	service_todo(&xs->service, TODO_LOOK);
	KUNIT_ASSERT_GT(test, fake_service_step(), 0);
	KUNIT_ASSERT_TRUE(test, xs->service.negotiated);
	return xs;
}

/** fake_unload - give all back, whatever is under way */
void fake_unload(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	int i;

	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	fake_xen_unbind_toolstack();
	fake_xenwatch_flush();
	if (!fake_kernel.real_thread) {
		/* A test that failed is cleaned up after in another thread. */
		xs->service.task = current;
		xs->channel.service = current;
	}
	/* An attempt that a test has left in the middle of it */
	power_end(xs);
	if (fake_kernel.real_thread) {
		release_for_shutdown(&xs->service);
	} else {
		set_bit(TODO_FORCE, &xs->service.todo);
		service_todo(&xs->service, TODO_RELEASE);
		for (i = 0; i < 10 && !xs->service.released; i++)
			fake_service_step();
	}
	KUNIT_EXPECT_TRUE_MSG(test, xs->service.released,
			      "the module cannot be unloaded");
	trigger_exit(xs);
	if (fake_xen_watched(&xs->watch))
		service_unwatch(xs);
}

/** fake_request - the toolstack binds and notifies */
void fake_request(struct xen_suspend *xs)
{
	fake_xen_bind_toolstack();
	fake_xen_notify(xs->channel.port);
}

/** fake_sysfs - the text of a file in sysfs */
const char *fake_sysfs(struct kunit *test, const char *name)
{
	struct device *dev = &xen_suspend_instance.power.device->dev;
	char *page = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	struct attribute **attr;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	/* sysfs_emit() wants its page to begin where a page begins. */
	page = PTR_ALIGN(page, PAGE_SIZE);
	for (attr = xen_suspend_groups[0]->attrs; *attr; attr++) {
		struct device_attribute *file =
			container_of(*attr, struct device_attribute, attr);

		if (strcmp((*attr)->name, name))
			continue;
		KUNIT_EXPECT_EQ(test, file->show(dev, file, page),
				(ssize_t)strlen(page));
		return page;
	}
	KUNIT_FAIL(test, "no file %s", name);
	return "";
}
