// SPDX-License-Identifier: GPL-2.0
/* The parts of the kernel that seam.h puts a fake in the place of. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/sched/types.h>
#include <xen/xenbus.h>

#include "../module/compat.h"
#include "fake-kernel.h"
#include "fake-suspend.h"
#include "fake-xen.h"

struct fake_kernel fake_kernel;

u64 fake_clock_ns(void)
{
	u64 clock = READ_ONCE(fake_kernel.clock_ns);

	return clock ?: ktime_get_mono_fast_ns();
}

/* --- the handshake's word --- */

atomic_long_t (*fake_transitions)[FAKE_STATES];
void (*fake_before_exchange)(atomic_t *word);

bool fake_try_cmpxchg(atomic_t *word, int *old, int new)
{
	int before = *old;

	if (fake_before_exchange)
		fake_before_exchange(word);
	if (!atomic_try_cmpxchg(word, old, new))
		return false;
	if (fake_transitions)
		atomic_long_inc(&fake_transitions[before & (FAKE_STATES - 1)]
						 [new & (FAKE_STATES - 1)]);
	return true;
}

/* --- the service thread --- */

/*
 * Held by the service thread but where it can be frozen, and by do_suspend()
 * while it is.
 */
DEFINE_MUTEX(fake_freezer);

static struct task_struct *service_task;

static int freezable_thread(void *data)
{
	int ret;

	mutex_lock(&fake_freezer);
	WRITE_ONCE(service_task, current);
	ret = fake_kernel.service_fn(data);
	mutex_unlock(&fake_freezer);
	return ret;
}

struct task_struct *fake_kthread_run(int (*fn)(void *data), void *data,
				     const char *name)
{
	if (fake_kernel.fail_thread)
		return ERR_PTR(fake_kernel.fail_thread);
	fake_kernel.service_fn = fn;
	fake_kernel.service_data = data;
	if (fake_kernel.real_thread)
		return kthread_run(freezable_thread, data, "%s", name);
	/* Waking up who runs already does nothing. */
	return current;
}

int fake_kthread_stop(struct task_struct *task)
{
	return fake_kernel.real_thread ? kthread_stop(task) : 0;
}

bool fake_kthread_should_stop(void)
{
	return fake_kernel.real_thread ? kthread_should_stop() :
					 fake_kernel.loops <= 0;
}

void fake_sched_set_fifo(struct task_struct *task)
{
	if (fake_kernel.real_thread)
		sched_set_fifo(task);
}

long fake_schedule_timeout(long timeout)
{
	if (!fake_kernel.real_thread) {
		fake_kernel.slept = timeout;
		return 0;
	}
	/* wait_event_timeout() in another thread comes here, too */
	if (current != READ_ONCE(service_task))
		return schedule_timeout(timeout);
	mutex_unlock(&fake_freezer);
	timeout = schedule_timeout(timeout);
	mutex_lock(&fake_freezer);
	return timeout;
}

bool fake_try_to_freeze(void)
{
	fake_kernel.loops--;
	if (fake_kernel.real_thread && current == READ_ONCE(service_task)) {
		mutex_unlock(&fake_freezer);
		mutex_lock(&fake_freezer);
	}
	return false;
}

/**
 * fake_service_step - one round of the service thread's loop
 *
 * Return: how long it would sleep now, 0 if it has more to do.
 */
long fake_service_step(void)
{
	fake_kernel.loops = 1;
	fake_kernel.slept = 0;
	mutex_lock(&fake_freezer);
	fake_kernel.service_fn(fake_kernel.service_data);
	mutex_unlock(&fake_freezer);
	return fake_kernel.slept;
}

/* --- the xenwatch thread and the way into it --- */

static struct kthread_worker *xenwatch, *other;

struct call {
	struct kthread_work work;
	struct xenbus_watch *watch;
	char *path;
	struct xs_event *event;
};

/* struct xs_watch_event of the kernel's drivers/xen/xenbus/xenbus.h */
struct xs_event {
	struct list_head list;
	unsigned int len;
	struct xenbus_watch *handle;
	const char *path;
	const char *token;
	char body[];
};

static void call_watch(struct kthread_work *work)
{
	struct call *call = container_of(work, struct call, work);

	if (fake_xen_watched(call->watch))
		call->watch->callback(call->watch, call->path, "");
	kfree(call->event);
	kfree(call->path);
	kfree(call);
}

static void queue_call(struct xenbus_watch *watch, const char *path,
		       struct xs_event *event)
{
	struct call *call = kzalloc(sizeof(*call), GFP_KERNEL | __GFP_NOFAIL);

	kthread_init_work(&call->work, call_watch);
	call->watch = watch;
	call->path = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
	call->event = event;
	kthread_queue_work(fake_kernel.other_thread ? other : xenwatch,
			   &call->work);
}

/* As the kernel's. */
static int fake_xs_watch_msg(struct xs_event *event)
{
	const char *token = event->body + strlen(event->body) + 1;
	struct xenbus_watch *watch;
	unsigned long address;

	WRITE_ONCE(fake_kernel.events, fake_kernel.events + 1);
	if (fake_kernel.refuse_event) {
		kfree(event);
		return fake_kernel.refuse_event;
	}
	if (event->len != token - event->body + strlen(token) + 1 ||
	    kstrtoul(token, 16, &address)) {
		kfree(event);
		return -EINVAL;
	}
	watch = (struct xenbus_watch *)address;
	if (fake_kernel.lose_events || !fake_xen_watched(watch) ||
	    (watch->will_handle && !watch->will_handle(watch, event->body, token))) {
		kfree(event);
		return 0;
	}
	queue_call(watch, event->body, event);
	return 0;
}

/**
 * fake_xenwatch_call - xenstored sends an event for a watch
 * @watch:	the watch
 * @path:	what has changed
 */
void fake_xenwatch_call(const struct xenbus_watch *watch, const char *path)
{
	struct xenbus_watch *handle = (struct xenbus_watch *)watch;

	if (!handle->will_handle || handle->will_handle(handle, path, ""))
		queue_call(handle, path, NULL);
}

static void manage(struct kthread_work *work)
{
	struct call *call = container_of(work, struct call, work);

	fake_xen_put("control/shutdown", "", FAKE_RW);
	fake_do_suspend();
	kfree(call);
}

/** fake_xenwatch_manage - manage.c sees "suspend" in control/shutdown */
void fake_xenwatch_manage(void)
{
	struct call *call = kzalloc(sizeof(*call), GFP_KERNEL | __GFP_NOFAIL);

	kthread_init_work(&call->work, manage);
	kthread_queue_work(xenwatch, &call->work);
}

/** fake_xenwatch_flush - wait until the xenwatch thread is idle */
void fake_xenwatch_flush(void)
{
	if (xenwatch)
		kthread_flush_worker(xenwatch);
	if (other)
		kthread_flush_worker(other);
}

/**
 * fake_xenwatch_start - start it
 *
 * Return: 0 or an error.
 */
int fake_xenwatch_start(void)
{
	xenwatch = kthread_create_worker(0, "xenwatch");
	if (IS_ERR(xenwatch)) {
		xenwatch = NULL;
		return -ENOMEM;
	}
	other = kthread_create_worker(0, "other");
	if (IS_ERR(other)) {
		other = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* --- the kernel's symbols --- */

static const char * const symbol_names[FAKE_SYMBOLS] = {
	"kallsyms_on_each_symbol", "do_suspend", "xs_watch_msg",
	"shutting_down", "_stext", "_etext", "_sdata", "_edata",
};

static int fake_walk(xen_suspend_kallsyms_fn *fn, void *data)
{
	int i, n;

	for (i = 0; i < FAKE_SYMBOLS; i++) {
		for (n = 0; n < fake_kernel.times_found[i]; n++) {
#ifdef XEN_SUSPEND_HAVE_KALLSYMS_MODULE_ARG
			fn(data, symbol_names[i], NULL, fake_kernel.address[i]);
#else
			fn(data, symbol_names[i], fake_kernel.address[i]);
#endif
		}
	}
	return 0;
}

int fake_register_kprobe(struct kprobe *kp)
{
	if (fake_kernel.no_kprobe)
		return -ENOENT;
	kp->addr = (kprobe_opcode_t *)fake_walk;
	fake_kernel.kprobes++;
	return 0;
}

void fake_unregister_kprobe(struct kprobe *kp)
{
	fake_kernel.kprobes--;
}

/* --- power management --- */

/* The last one, held to see whether anybody else still does */
static struct platform_device *last_device;

/** fake_device_leaked - has the module not given its last device back? */
bool fake_device_leaked(void)
{
	bool leaked;

	if (!last_device)
		return false;
	leaked = kref_read(&last_device->dev.kobj.kref) > 1;
	put_device(&last_device->dev);
	last_device = NULL;
	return leaked;
}

struct platform_device *fake_platform_device_alloc(const char *name, int id)
{
	if (fake_kernel.fail_alloc)
		return NULL;
	fake_device_leaked();
	last_device = platform_device_alloc(name, id);
	if (last_device)
		get_device(&last_device->dev);
	return last_device;
}

int fake_platform_device_add(struct platform_device *pdev)
{
	int err = fake_kernel.fail_add ?: platform_device_add(pdev);

	/* As the driver core leaves a device that it could not bind. */
	if (!err && fake_kernel.fail_bind)
		device_release_driver(&pdev->dev);
	return err;
}

int fake_platform_driver_register(struct platform_driver *drv)
{
	return fake_kernel.fail_driver ?:
	       __platform_driver_register(drv, THIS_MODULE);
}

int fake_register_reboot_notifier(struct notifier_block *nb)
{
	return fake_kernel.fail_reboot ?: register_reboot_notifier(nb);
}

/* The kernel's own callbacks, timekeeping's say, are first in the list. */
struct list_head fake_syscore_list;
static struct fake_syscore timekeeping, interloper;

void fake_register_syscore(struct fake_syscore *callbacks)
{
	fake_kernel.syscore = callbacks;
	list_add_tail(&callbacks->node, &fake_syscore_list);
	if (fake_kernel.torn_list)
		timekeeping.node.prev = &callbacks->node;
	if (fake_kernel.interloper)
		list_add_tail(&interloper.node, &fake_syscore_list);
	fake_kernel.interloper = false;
}

void fake_unregister_syscore(struct fake_syscore *callbacks)
{
	if (fake_kernel.syscore == callbacks)
		fake_kernel.syscore = NULL;
	if (fake_kernel.torn_list)
		timekeeping.node.prev = &fake_syscore_list;
	list_del(&callbacks->node);
}

/* --- loading --- */

bool fake_try_module_get(struct module *module)
{
	if (fake_kernel.fail_pin)
		return false;
	fake_kernel.pins++;
	return true;
}

void fake_module_put(struct module *module)
{
	fake_kernel.pins--;
}

int fake_register_xenstore_notifier(struct notifier_block *nb)
{
	if (!fake_kernel.no_xenstore)
		nb->notifier_call(nb, 0, NULL);
	return 0;
}

void fake_sysfs_notify(struct kobject *kobj, const char *dir, const char *attr)
{
	if (!dir && !strcmp(attr, "state"))
		WRITE_ONCE(fake_kernel.notified, fake_kernel.notified + 1);
	sysfs_notify(kobj, dir, attr);
}

/** fake_kernel_init - a kernel in which all goes well */
void fake_kernel_init(void)
{
	int i;

	INIT_LIST_HEAD(&fake_syscore_list);
	list_add_tail(&timekeeping.node, &fake_syscore_list);
	fake_transitions = NULL;
	fake_before_exchange = NULL;
	fake_kernel = (struct fake_kernel){
		.system_state = SYSTEM_RUNNING,
		.xen_domain = true,
		.shutting_down = -1,
		.address = {
			[FAKE_WALK] = (unsigned long)fake_walk,
			[FAKE_DO_SUSPEND] = (unsigned long)fake_do_suspend,
			[FAKE_XS_WATCH_MSG] = (unsigned long)fake_xs_watch_msg,
			[FAKE_SHUTTING_DOWN] =
				(unsigned long)&fake_kernel.shutting_down,
			/* the fakes lie in a module: anywhere is the text */
			[FAKE_ETEXT] = ULONG_MAX,
			[FAKE_EDATA] = ULONG_MAX,
		},
	};
	for (i = 0; i < FAKE_SYMBOLS; i++)
		fake_kernel.times_found[i] = 1;
}

/** fake_kernel_exit - end its threads */
void fake_kernel_exit(void)
{
	if (xenwatch)
		kthread_destroy_worker(xenwatch);
	if (other)
		kthread_destroy_worker(other);
	xenwatch = NULL;
	other = NULL;
}
