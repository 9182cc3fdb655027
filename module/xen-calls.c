// SPDX-License-Identifier: GPL-2.0
/* The real struct xen_calls. */
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "xen-calls.h"

static int real_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	return xenbus_transaction_end(xbt, abort);
}

static char *real_read(struct xenbus_transaction xbt, const char *dir,
		       const char *node)
{
	return xenbus_read(xbt, dir, node, NULL);
}

static int real_count_children(struct xenbus_transaction xbt, const char *dir,
			       const char *node)
{
	unsigned int count = 0;
	char **list = xenbus_directory(xbt, dir, node, &count);

	if (IS_ERR(list))
		return PTR_ERR(list);
	kfree(list);
	return count;
}

static int real_port_alloc(domid_t remote, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = remote,
	};
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	if (!err)
		*port = alloc.port;
	return err;
}

static int real_port_close(evtchn_port_t port)
{
	struct evtchn_close close = { .port = port };

	return HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
}

static int real_port_status(struct evtchn_status *status)
{
	status->dom = DOMID_SELF;
	return HYPERVISOR_event_channel_op(EVTCHNOP_status, status);
}

/*
 * IRQF_NO_SUSPEND: dpm_suspend_noirq() would otherwise keep a notify that came
 * before the hypercall and hand it over after it, when it would be taken for a
 * new request. IRQF_NOBALANCING: nothing is gained from moving a rare event.
 */
static int real_irq_bind(evtchn_port_t port, irq_handler_t handler,
			 void *dev_id)
{
	return bind_evtchn_to_irqhandler_lateeoi(port, handler,
						 IRQF_NO_SUSPEND |
						 IRQF_NOBALANCING,
						 "xen-suspend", dev_id);
}

static void real_irq_unbind(int irq, void *dev_id)
{
	unbind_from_irqhandler(irq, dev_id);
}

static void real_irq_abandon(int irq, void *dev_id)
{
	free_irq(irq, dev_id);
}

static int real_irq_of_port(evtchn_port_t port)
{
	return irq_from_evtchn(port);
}

static void real_irq_eoi(int irq, bool spurious)
{
	xen_irq_lateeoi(irq, spurious ? XEN_EOI_FLAG_SPURIOUS : 0);
}

static int real_write(struct xenbus_transaction xbt, const char *dir,
		      const char *node, const char *value)
{
	return xenbus_write(xbt, dir, node, value);
}

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

/*
 * unregister_xenbus_watch() sleeps for the xenwatch thread, which may be in a
 * suspend and wait for the freezer; and the freezer would wait for whoever
 * sleeps there, if that is a task of user space (rmmod), until it gives up and
 * the suspend fails. So a worker does, which is not frozen, and the task waits
 * where it can be.
 */
static void real_unwatch(struct xenbus_watch *watch)
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

static const struct xen_calls xen_calls_real = {
	.transaction_start = xenbus_transaction_start,
	.transaction_end = real_transaction_end,
	.read = real_read,
	.write = real_write,
	.rm = xenbus_rm,
	.count_children = real_count_children,
	.watch = register_xenbus_watch,
	.unwatch = real_unwatch,
	.port_alloc = real_port_alloc,
	.port_close = real_port_close,
	.port_status = real_port_status,
	.irq_bind = real_irq_bind,
	.irq_unbind = real_irq_unbind,
	.irq_abandon = real_irq_abandon,
	.irq_of_port = real_irq_of_port,
	.irq_eoi = real_irq_eoi,
	.irq_clear_pending = xen_clear_irq_pending,
};

const struct xen_calls *xen_calls = &xen_calls_real;
