/* SPDX-License-Identifier: GPL-2.0 */
/* The thread that does what may sleep. */
#ifndef XEN_SUSPEND_SERVICE_H
#define XEN_SUSPEND_SERVICE_H

#include <linux/completion.h>
#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;
struct xen_suspend;

/**
 * enum service_job - a bit of struct service's todo
 * @TODO_LOOK:		see what the toolstack offers
 * @TODO_RESTORED:	this is a new domain
 * @TODO_RESUMED:	a request or a suspend is over, in the same domain
 * @TODO_RETRY:		a suspend has failed: try again after a pause
 * @TODO_STOCK_FAILED:	a suspend asked for through control/shutdown has failed
 * @TODO_RELEASE:	withdraw and close, when that harms nobody
 * @TODO_FORCE:		and if it does, too
 */
enum service_job {
	TODO_LOOK,
	TODO_RESTORED,
	TODO_RESUMED,
	TODO_RETRY,
	TODO_STOCK_FAILED,
	TODO_RELEASE,
	TODO_FORCE,
};

/* How often a release that waits looks again; nothing wakes it. */
#define RELEASE_POLL (HZ / 5)

/**
 * struct service - the service thread
 * @task:		the thread
 * @todo:		what it is asked to do, bits of enum service_job
 * @wq:			woken when @negotiated or @released is set
 * @negotiated:		the first negotiation is over
 * @negotiate_err:	its result
 * @released:		xenstore is as it was found and the port closed
 * @self_test:		the direct trigger's self-test has come back
 * @self_test_passed:	in the thread it was to come back in
 *
 * The rest belongs to the thread:
 * @kicked:		request that a suspend was started for, and whether any was
 * @retrying:		that suspend has failed and is to be started again
 * @next_try:		jiffies of that
 * @requests_before:	requests there had been before this domain
 * @subscribed:		Xen may be subscribed to our port
 * @pinned:		we hold a reference to our own module because of that
 * @retry_ms:		pause before the next negotiation, 0 if none failed
 * @retry_at:		jiffies of it
 * @release_noted:	jiffies of the last log line about an unload that waits
 */
struct service {
	struct task_struct *task;
	unsigned long todo;
	wait_queue_head_t wq;
	bool negotiated;
	int negotiate_err;
	bool released;
	struct completion self_test;
	bool self_test_passed;
	unsigned long kicked;
	bool retrying;
	unsigned long next_try;
	unsigned long requests_before;
	bool subscribed;
	bool pinned;
	unsigned int retry_ms;
	unsigned long retry_at;
	unsigned long release_noted;
};

int service_create(struct xen_suspend *xs);
void service_todo(struct service *svc, enum service_job job);
int service_watch(struct xen_suspend *xs);
int service_negotiate(struct service *svc);
void service_resumed(struct service *svc, bool restored);
void service_unwatch(struct xen_suspend *xs);
void service_stop(struct service *svc);

#endif
