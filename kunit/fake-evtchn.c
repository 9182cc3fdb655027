// SPDX-License-Identifier: GPL-2.0
/* Event channels and their IRQs. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <xen/events.h>
#include <asm/xen/hypercall.h>

#include "fake-evtchn.h"
#include "fake-kernel.h"
#include "fake-xenstore.h"

/*
 * The invariant that everything else is for: what the guest has put into the
 * node is an open port, at all times. Looked at after every call.
 */
static void check_node(void)
{
	const struct fake_node *node = fake_store_find(fake_xen.store,
						       FAKE_NODE);
	unsigned int port;

	if (!node || !node->by_guest || !*node->value)
		return;
	if (kstrtouint(node->value, 10, &port) || port >= FAKE_PORTS ||
	    !fake_xen.ports[port].open)
		fake_xen.violations++;
}

static int alloc_port(struct evtchn_alloc_unbound *alloc)
{
	int err = fake_xen_call(FAKE_ALLOC, 'a');
	unsigned long flags;
	unsigned int i;

	if (err)
		return err;
	if (alloc->dom != DOMID_SELF)
		return -EPERM;
	spin_lock_irqsave(&fake_xen.lock, flags);
	err = -ENOSPC;
	for (i = 0; i < FAKE_PORTS - 1; i++) {
		evtchn_port_t try = 1 + (fake_xen.next_port + i) % (FAKE_PORTS - 1);

		if (fake_xen.ports[try].open || fake_xen.irqs[try].handler)
			continue;
		fake_xen.ports[try] = (struct fake_port){
			.open = true,
			.remote = alloc->remote_dom,
			.status = EVTCHNSTAT_unbound,
		};
		fake_xen.next_port = try;
		alloc->port = try;
		err = 0;
		break;
	}
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

static void close_port(evtchn_port_t port)
{
	fake_xen.ports[port].open = false;
	fake_xen.ports[port].mapped = false;
	fake_xen.ports[port].pending = false;
	fake_xen.ports[port].kept = false;
	check_node();
}

static int close_own(evtchn_port_t port)
{
	int err = fake_xen_call(FAKE_CLOSE, 'c');
	unsigned long flags;

	if (err)
		return err;
	if (port >= FAKE_PORTS || !fake_xen.ports[port].open)
		return -EINVAL;
	spin_lock_irqsave(&fake_xen.lock, flags);
	close_port(port);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return 0;
}

static int port_status(struct evtchn_status *status)
{
	int err = fake_xen_call(FAKE_STATUS, 's');
	const struct fake_port *port;

	if (err)
		return err;
	if (status->dom != DOMID_SELF)
		return -EPERM;
	if (status->port >= FAKE_PORTS)
		return -EINVAL;
	port = &fake_xen.ports[status->port];
	status->status = port->open ? port->status : EVTCHNSTAT_closed;
	if (status->status == EVTCHNSTAT_unbound)
		status->u.unbound.dom = port->remote;
	if (status->status == EVTCHNSTAT_interdomain)
		status->u.interdomain.dom = port->remote;
	return 0;
}

int fake_event_channel_op(int cmd, void *arg)
{
	if (fake_xen.real)
		return HYPERVISOR_event_channel_op(cmd, arg);
	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		return alloc_port(arg);
	case EVTCHNOP_close:
		return close_own(((struct evtchn_close *)arg)->port);
	case EVTCHNOP_status:
		return port_status(arg);
	default:
		return -EOPNOTSUPP;
	}
}

/** fake_alloc_port - a new port for domain @remote, 0 if it failed */
evtchn_port_t fake_alloc_port(domid_t remote)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF, .remote_dom = remote };

	return fake_event_channel_op(EVTCHNOP_alloc_unbound, &alloc) ? 0 :
								       alloc.port;
}

/** fake_close_port - close a port of ours */
int fake_close_port(evtchn_port_t port)
{
	struct evtchn_close close = { .port = port };

	return fake_event_channel_op(EVTCHNOP_close, &close);
}

int fake_bind_irq(evtchn_port_t port, irq_handler_t handler,
		  unsigned long irqflags, const char *name, void *dev_id)
{
	int err;

	if (fake_xen.real)
		return bind_evtchn_to_irqhandler_lateeoi(port, handler, irqflags,
							 name, dev_id);
	err = fake_xen_call(FAKE_BIND, 'b');
	if (err)
		return err;
	if (port >= FAKE_PORTS || !fake_xen.ports[port].open)
		return -EINVAL;
	fake_xen.irqs[port] = (struct fake_irq){ handler, irqflags, dev_id };
	fake_xen.ports[port].mapped = true;
	return FAKE_IRQ_BASE + port;
}

/* One handler at a time, and who frees an IRQ waits for it, as free_irq(). */
static atomic_t delivering = ATOMIC_INIT(0);

static void drop_handler(unsigned int irq)
{
	WRITE_ONCE(fake_xen.irqs[irq - FAKE_IRQ_BASE].handler, NULL);
	smp_mb(); /* seen by who delivers from now on */
	while (atomic_read(&delivering))
		cpu_relax();
}

void fake_unbind_irq(unsigned int irq, void *dev_id)
{
	evtchn_port_t port = irq - FAKE_IRQ_BASE;
	unsigned long flags;

	if (fake_xen.real) {
		unbind_from_irqhandler(irq, dev_id);
		return;
	}
	fake_xen_call(FAKE_UNBIND, 'u');
	drop_handler(irq);
	spin_lock_irqsave(&fake_xen.lock, flags);
	/* A restore took the mapping away; then only the IRQ is freed. */
	if (fake_xen.ports[port].mapped)
		close_port(port);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

/* The port stays open, masked. */
const void *fake_free_irq(unsigned int irq, void *dev_id)
{
	if (fake_xen.real)
		return free_irq(irq, dev_id);
	fake_xen_call(FAKE_FREE, 'x');
	drop_handler(irq);
	return "xen-suspend";
}

unsigned int fake_irq_from_evtchn(evtchn_port_t port)
{
	if (fake_xen.real)
		return irq_from_evtchn(port);
	return port < FAKE_PORTS && fake_xen.ports[port].mapped ?
	       FAKE_IRQ_BASE + port : -1U;
}

/*
 * As the kernel's xen_irq_lateeoi_locked(): the first spurious event is forgiven, and
 * each one more in a row doubles the time until the next is let through. That is what
 * it means to do. But the worker that lets it through calls the same function, for an
 * event that is not spurious, and so the count begins anew: every second one is put
 * off, by a jiffy. real-xen sees it.
 */
static void end_of_interrupt(struct fake_port *port, bool spurious)
{
	unsigned int delay = 0;

	if (!spurious) {
		port->spurious = 0;
	} else {
		if ((1 << port->spurious) < HZ << 2)
			port->spurious++;
		if (port->spurious > 1)
			delay = min_t(unsigned int, 1 << (port->spurious - 2), HZ);
	}
	if (delay && !fake_xen.no_backoff)
		port->eoi_at = fake_jiffies() + delay;
	else
		WRITE_ONCE(port->masked, false);
}

void fake_irq_lateeoi(unsigned int irq, unsigned int flags)
{
	if (fake_xen.real) {
		xen_irq_lateeoi(irq, flags);
		return;
	}
	fake_xen_call(FAKE_EOI, 0);
	fake_xen.spurious += !!(flags & XEN_EOI_FLAG_SPURIOUS);
	end_of_interrupt(&fake_xen.ports[irq - FAKE_IRQ_BASE],
			 flags & XEN_EOI_FLAG_SPURIOUS);
}

void fake_clear_irq_pending(int irq)
{
	if (fake_xen.real) {
		xen_clear_irq_pending(irq);
		return;
	}
	fake_xen_call(FAKE_CLEAR, 0);
	fake_xen.ports[irq - FAKE_IRQ_BASE].pending = false;
}

/** fake_xen_init - a new domain that nothing has happened to */
void fake_xen_init(enum fake_layout layout)
{
	memset(&fake_xen, 0, sizeof(fake_xen));
	spin_lock_init(&fake_xen.lock);
	fake_xen.next_port = 6;
	fake_store_changed = check_node;
	fake_store_lay_out(layout);
}

/** fake_xen_new_domain - what a real restore does to us */
void fake_xen_new_domain(enum fake_layout layout)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	memset(fake_xen.ports, 0, sizeof(fake_xen.ports));
	fake_store_lay_out(layout);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

/** fake_xen_open_ports - how many event channels are open */
int fake_xen_open_ports(void)
{
	int i, open = 0;

	for (i = 0; i < FAKE_PORTS; i++)
		open += fake_xen.ports[i].open;
	return open;
}

/** fake_xen_bound_irqs - how many IRQs are bound */
int fake_xen_bound_irqs(void)
{
	int i, bound = 0;

	for (i = 0; i < FAKE_PORTS; i++)
		bound += !!fake_xen.irqs[i].handler;
	return bound;
}

static void set_toolstack(u32 status)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&fake_xen.lock, flags);
	for (i = 0; i < FAKE_PORTS; i++)
		if (fake_xen.ports[i].open)
			fake_xen.ports[i].status = status;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

/** fake_xen_bind_toolstack - a toolstack binds and subscribes */
void fake_xen_bind_toolstack(void)
{
	set_toolstack(EVTCHNSTAT_interdomain);
}

/** fake_xen_unbind_toolstack - it closes its end: ours is unbound again */
void fake_xen_unbind_toolstack(void)
{
	set_toolstack(EVTCHNSTAT_unbound);
}

/* One event; it may be back before its handler has returned. */
static void handle(evtchn_port_t number)
{
	const struct fake_irq *irq = &fake_xen.irqs[number];
	struct fake_port *port = &fake_xen.ports[number];
	irq_handler_t handler = READ_ONCE(irq->handler);

	WRITE_ONCE(port->pending, false);
	if (!handler)
		return;
	if (fake_xen.irqs_suspended && !(irq->flags & IRQF_NO_SUSPEND)) {
		port->kept = true;
		return;
	}
	WRITE_ONCE(port->masked, true);
	handler(FAKE_IRQ_BASE + number, irq->dev_id);
}

static void deliver(evtchn_port_t number)
{
	struct fake_port *port = &fake_xen.ports[number];
	unsigned long flags;

	local_irq_save(flags);
	while (atomic_cmpxchg(&delivering, 0, 1))
		cpu_relax();
	if (port->eoi_at && time_after_eq(fake_jiffies(), port->eoi_at)) {
		port->eoi_at = 0;
		end_of_interrupt(port, false);
	}
	while (READ_ONCE(port->pending) && !READ_ONCE(fake_xen.irqs_off) &&
	       !READ_ONCE(port->masked))
		handle(number);
	atomic_set_release(&delivering, 0);
	local_irq_restore(flags);
}

/** fake_xen_deliver - time has passed, or events are let in: deliver what is due */
void fake_xen_deliver(void)
{
	unsigned int i;

	for (i = 0; i < FAKE_PORTS; i++) {
		if (READ_ONCE(fake_xen.ports[i].pending))
			deliver(i);
	}
}

/** fake_xen_notify - somebody notifies a port of ours */
void fake_xen_notify(evtchn_port_t port)
{
	if (port >= FAKE_PORTS || !READ_ONCE(fake_xen.ports[port].open))
		return;
	WRITE_ONCE(fake_xen.ports[port].pending, true);
	deliver(port);
}

/** fake_xen_irqs_suspend - as suspend_device_irqs(), resume_device_irqs() */
void fake_xen_irqs_suspend(bool suspend)
{
	unsigned int i;

	fake_xen.irqs_suspended = suspend;
	for (i = 0; i < FAKE_PORTS && !suspend; i++) {
		if (!fake_xen.ports[i].kept)
			continue;
		fake_xen.ports[i].kept = false;
		fake_xen_notify(i);
	}
}

/** fake_xen_irqs_off - as in stop_machine(): no handler runs from now on */
void fake_xen_irqs_off(void)
{
	WRITE_ONCE(fake_xen.irqs_off, true);
	smp_mb(); /* seen by who delivers from now on */
	while (atomic_read(&delivering))
		cpu_relax();
}

/** fake_xen_irqs_on - deliver what came while irqs_off was set */
void fake_xen_irqs_on(void)
{
	WRITE_ONCE(fake_xen.irqs_off, false);
	fake_xen_deliver();
}

/** fake_xen_expect_clean - nothing is left behind, and nothing ever was wrong */
void fake_xen_expect_clean(struct kunit *test)
{
	KUNIT_EXPECT_EQ_MSG(test, fake_xen.violations, 0,
			    "the node held a port that was not open");
	KUNIT_EXPECT_EQ_MSG(test, fake_xen_open_ports(), 0, "a port leaked");
	KUNIT_EXPECT_EQ_MSG(test, fake_xen_bound_irqs(), 0, "an IRQ leaked");
	KUNIT_EXPECT_EQ_MSG(test, fake_xen.tx_open, 0, "a transaction is open");
}
