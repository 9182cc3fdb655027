// SPDX-License-Identifier: GPL-2.0
/*
 * Watches, the xenwatch thread, and the ways into it.
 *
 * xenstored's events come in the order of what has changed, each watch's first when
 * it is registered. With a service thread that the test runs, they are under way
 * until somebody flushes them, and so is what that thread itself sends: nothing
 * happens in the middle of one of its rounds. With real threads they come at once.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "fake-kernel.h"
#include "fake-xenstore.h"
#include "fake-xenwatch.h"

static void (*do_suspend_fn)(void);

static struct xenbus_watch manage_watch;

/** fake_xen_watched - is a watch registered? */
bool fake_xen_watched(const struct xenbus_watch *watch)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (READ_ONCE(fake_xen.watches[i]) == watch)
			return true;
	}
	return watch == &manage_watch && fake_xen.managed;
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

/* --- under way: what has been sent, and not arrived --- */

#define UNDER_WAY 64

static struct sent {
	struct xenbus_watch *watch;
	char path[sizeof_field(struct fake_node, path)];
	struct xs_event *event;		/* of the module's own making */
} under_way[UNDER_WAY];

static unsigned int first_sent, next_sent;

/* Those that arrive do so one after the other. */
static DEFINE_MUTEX(arriving);

/* with fake_xen.lock held */
static void send(struct xenbus_watch *watch, const char *path,
		 struct xs_event *event)
{
	struct sent *sent = &under_way[next_sent % UNDER_WAY];

	if (WARN_ON(next_sent - first_sent == UNDER_WAY))
		return;
	sent->watch = watch;
	sent->event = event;
	strscpy(sent->path, path, sizeof(sent->path));
	next_sent++;
}

static bool take_sent(struct sent *sent)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&fake_xen.lock, flags);
	found = first_sent != next_sent;
	if (found)
		*sent = under_way[first_sent++ % UNDER_WAY];
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return found;
}

/* As the kernel's process_msg(): who does not want it is not woken. */
static void arrive(void)
{
	struct sent sent;

	if (!xenwatch)
		return;
	mutex_lock(&arriving);
	while (take_sent(&sent)) {
		struct xenbus_watch *watch = sent.watch;

		if (!fake_xen_watched(watch) ||
		    (watch->will_handle && !watch->will_handle(watch, sent.path, "")))
			kfree(sent.event);
		else
			queue_call(watch, sent.path, sent.event);
	}
	mutex_unlock(&arriving);
}

static bool concerns(const struct xenbus_watch *watch, const char *path)
{
	size_t len = watch && watch->node ? strlen(watch->node) : 0;

	return len && !strncmp(path, watch->node, len) &&
	       (!path[len] || path[len] == '/');
}

/* A node has changed, with fake_xen.lock held. manage.c's watch is the oldest. */
static void fired(const char *path)
{
	int i;

	if (fake_xen.managed && concerns(&manage_watch, path))
		send(&manage_watch, path, NULL);
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (concerns(fake_xen.watches[i], path))
			send(fake_xen.watches[i], path, NULL);
	}
}

static void arrive_at_once(void)
{
	if (fake_kernel.real_thread)
		arrive();
}

/* As the kernel's. */
static int fake_xs_watch_msg(struct xs_event *event)
{
	const char *token = event->body + strlen(event->body) + 1;
	unsigned long address, flags;

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
	if (fake_kernel.lose_events) {
		kfree(event);
		return 0;
	}
	spin_lock_irqsave(&fake_xen.lock, flags);
	send((struct xenbus_watch *)address, event->body, event);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	if (!fake_in_service() || fake_kernel.real_thread)
		arrive();
	return 0;
}

/**
 * fake_xenwatch_call - xenstored sends an event for a watch
 * @watch:	the watch
 * @path:	what has changed
 */
void fake_xenwatch_call(const struct xenbus_watch *watch, const char *path)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	send((struct xenbus_watch *)watch, path, NULL);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	arrive();
}

/**
 * fake_xenwatch_restored - in a new domain, as xs_resume()
 *
 * All watches are registered anew, and so each fires.
 */
void fake_xenwatch_restored(void)
{
	unsigned long flags;
	int i;

	spin_lock_irqsave(&fake_xen.lock, flags);
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (fake_xen.watches[i] && fake_xen.watches[i]->node)
			send(fake_xen.watches[i], fake_xen.watches[i]->node, NULL);
	}
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	arrive_at_once();
}

/* manage.c's shutdown_handler() */
static void shutdown_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	if (strcmp(fake_xen_text("control/shutdown"), "suspend"))
		return;
	fake_xen_put("control/shutdown", "", FAKE_RW);
	do_suspend_fn();
}

static struct xenbus_watch manage_watch = {
	.node = "control/shutdown", .callback = shutdown_changed };

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

	arrive();
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

/** fake_xenwatch_flush - all that is under way arrives, and what that leads to */
void fake_xenwatch_flush(void)
{
	do {
		arrive();
		flush(xenwatch);
		flush(other);
	} while (xenwatch && READ_ONCE(first_sent) != READ_ONCE(next_sent));
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
	unsigned long flags;
	int i, err;

	if (fake_xen.real)
		return register_xenbus_watch(watch);
	err = fake_xen_call(FAKE_WATCH, 'W');
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches) && fake_xen.watches[i]; i++)
		;
	if (i == ARRAY_SIZE(fake_xen.watches))
		return -ENOSPC;
	spin_lock_irqsave(&fake_xen.lock, flags);
	WRITE_ONCE(fake_xen.watches[i], watch);
	if (watch->node)
		send(watch, watch->node, NULL);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	arrive_at_once();
	return 0;
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

/** fake_xenwatch_init - no thread yet; do_suspend() is @do_suspend */
void fake_xenwatch_init(void (*do_suspend)(void))
{
	do_suspend_fn = do_suspend;
	fake_store_fired = fired;
	fake_store_send = arrive_at_once;
	first_sent = 0;
	next_sent = 0;
	fake_kernel.address[FAKE_DO_SUSPEND] = (unsigned long)do_suspend;
	fake_kernel.address[FAKE_XS_WATCH_MSG] = (unsigned long)fake_xs_watch_msg;
}

/** fake_xenwatch_exit - end the threads */
void fake_xenwatch_exit(void)
{
	struct sent sent;

	if (xenwatch)
		kthread_destroy_worker(xenwatch);
	if (other)
		kthread_destroy_worker(other);
	xenwatch = NULL;
	other = NULL;
	while (take_sent(&sent))
		kfree(sent.event);
}
