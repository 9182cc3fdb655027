// SPDX-License-Identifier: GPL-2.0
/* Giving up a watch while a suspend may be under way. */
#include <linux/freezer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "watch.h"
#include "xenwatch.h"

struct unwatch {
	struct work_struct work;
	struct xenbus_watch *watch;
	wait_queue_head_t wq;
	bool done;
};

static void unwatch_work(struct work_struct *work)
{
	struct unwatch *unwatch = container_of(work, struct unwatch, work);

	unregister_xenbus_watch(unwatch->watch);
	WRITE_ONCE(unwatch->done, true);
	wake_up(&unwatch->wq);
}

/**
 * watch_unregister - unregister_xenbus_watch() for a task that can be frozen
 * @watch:	the watch
 *
 * unregister_xenbus_watch() sleeps for the xenwatch thread, which may be in a
 * suspend and wait for the freezer; and the freezer would wait for whoever
 * sleeps there, if that is a task of user space (rmmod), until it gives up and
 * the suspend fails. So a worker does, which is not frozen, and the task waits
 * where it can be.
 *
 * Context: process; waits for a running callback.
 */
void watch_unregister(struct xenbus_watch *watch)
{
	struct unwatch unwatch = { .watch = watch };

	INIT_WORK_ONSTACK(&unwatch.work, unwatch_work);
	init_waitqueue_head(&unwatch.wq);
	queue_work(system_long_wq, &unwatch.work);
	while (!wait_event_timeout(unwatch.wq, READ_ONCE(unwatch.done),
				   FREEZE_POLL))
		try_to_freeze();
	flush_work(&unwatch.work);
	destroy_work_on_stack(&unwatch.work);
}
