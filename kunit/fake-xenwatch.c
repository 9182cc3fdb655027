// SPDX-License-Identifier: GPL-2.0
/* Watches, the xenwatch thread, and the ways into it. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "fake-kernel.h"
#include "fake-xenstore.h"
#include "fake-xenwatch.h"

static void (*do_suspend_fn)(void);

/** fake_xen_watched - is a watch registered? */
bool fake_xen_watched(const struct xenbus_watch *watch)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (READ_ONCE(fake_xen.watches[i]) == watch)
			return true;
	}
	return false;
}

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
	do_suspend_fn();
	kfree(call);
}

/** fake_xenwatch_manage - manage.c sees "suspend" in control/shutdown */
void fake_xenwatch_manage(void)
{
	struct call *call = kzalloc(sizeof(*call), GFP_KERNEL | __GFP_NOFAIL);

	kthread_init_work(&call->work, manage);
	kthread_queue_work(xenwatch, &call->work);
}

/** fake_xenwatch_task - the xenwatch thread, NULL if there is none */
struct task_struct *fake_xenwatch_task(void)
{
	return xenwatch ? xenwatch->task : NULL;
}

static void flush(struct kthread_worker *worker)
{
	/* A callback may take its own watch away. */
	if (worker && worker->task != current)
		kthread_flush_worker(worker);
}

/** fake_xenwatch_flush - wait until the xenwatch thread is idle */
void fake_xenwatch_flush(void)
{
	flush(xenwatch);
	flush(other);
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

/* --- watches --- */

int fake_register_watch(struct xenbus_watch *watch)
{
	int i, err;

	if (fake_xen.real)
		return register_xenbus_watch(watch);
	err = fake_xen_call(FAKE_WATCH, 'W');
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (!fake_xen.watches[i]) {
			WRITE_ONCE(fake_xen.watches[i], watch);
			return 0;
		}
	}
	return -ENOSPC;
}

void fake_unregister_watch(struct xenbus_watch *watch)
{
	int i;

	if (fake_xen.real) {
		unregister_xenbus_watch(watch);
		return;
	}
	fake_xen_call(FAKE_UNWATCH, 'U');
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (fake_xen.watches[i] == watch)
			WRITE_ONCE(fake_xen.watches[i], NULL);
	}
	fake_xenwatch_flush();
}

/* manage.c's watch on control/shutdown, if there is a manage.c */
static void written(const char *value)
{
	if (fake_xen.managed && !strcmp(value, "suspend"))
		fake_xenwatch_manage();
}

/** fake_xenwatch_init - no thread yet; do_suspend() is @do_suspend */
void fake_xenwatch_init(void (*do_suspend)(void))
{
	do_suspend_fn = do_suspend;
	fake_store_written = written;
	fake_kernel.address[FAKE_DO_SUSPEND] = (unsigned long)do_suspend;
	fake_kernel.address[FAKE_XS_WATCH_MSG] = (unsigned long)fake_xs_watch_msg;
}

/** fake_xenwatch_exit - end the threads */
void fake_xenwatch_exit(void)
{
	if (xenwatch)
		kthread_destroy_worker(xenwatch);
	if (other)
		kthread_destroy_worker(other);
	xenwatch = NULL;
	other = NULL;
}
