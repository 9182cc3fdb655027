// SPDX-License-Identifier: GPL-2.0
/*
 * The fake event channel layer, the watches, and what all calls share. The fake
 * xenstore is in fake-xenstore.c.
 *
 * fake_xen.log has a letter for each call: ( start, ) commit, ! abort, r read,
 * w write, d delete, n count, W watch, U unwatch, a allocate, c close,
 * s status, b bind, u unbind, x abandon. EOIs and clears are not in it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "fake-xen.h"
#include "fake-xenstore.h"

struct fake_xen fake_xen;

/*
 * The invariant that everything else is for: what the guest has put into the
 * node is an open port, at all times. Looked at after every call.
 */
void fake_xen_check_node(void)
{
	const struct fake_node *node = fake_store_find(fake_xen.store,
						       XEN_SUSPEND_NODE);
	unsigned int port;

	if (!node || !node->by_guest || !*node->value)
		return;
	if (kstrtouint(node->value, 10, &port) || port >= FAKE_PORTS ||
	    !fake_xen.ports[port].open)
		fake_xen.violations++;
}

/**
 * fake_xen_call - a call begins
 * @op:		which
 * @letter:	its letter for the log
 *
 * Return: 0, or the error that it is to fail with.
 */
int fake_xen_call(enum fake_op op, char letter)
{
	enum fake_op kind;
	unsigned int nth;
	unsigned long flags;
	int err = 0;

	if (fake_xen.hook)
		fake_xen.hook(op);
	spin_lock_irqsave(&fake_xen.lock, flags);
	fake_xen.calls[FAKE_ANY]++;
	fake_xen.calls[op]++;
	if (letter && fake_xen.logged < sizeof(fake_xen.log) - 1)
		fake_xen.log[fake_xen.logged++] = letter;
	kind = fake_xen.fail_op;
	nth = fake_xen.calls[kind];
	if (fake_xen.fail_at && (kind == FAKE_ANY || kind == op) &&
	    nth >= fake_xen.fail_at &&
	    nth - fake_xen.fail_at < fake_xen.fail_times)
		err = fake_xen.fail_err;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

static int fake_alloc(domid_t remote, evtchn_port_t *port)
{
	int err = fake_xen_call(FAKE_ALLOC, 'a');
	unsigned long flags;
	unsigned int i;

	if (err)
		return err;
	spin_lock_irqsave(&fake_xen.lock, flags);
	err = -ENOSPC;
	for (i = 0; i < FAKE_PORTS - 1; i++) {
		evtchn_port_t try = 1 + (fake_xen.next_port + i) % (FAKE_PORTS - 1);

		if (fake_xen.ports[try].open || fake_xen.irqs[try].handler)
			continue;
		fake_xen.ports[try] = (struct fake_port){
			.open = true,
			.remote = remote,
			.status = EVTCHNSTAT_unbound,
		};
		fake_xen.next_port = try;
		*port = try;
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
	fake_xen_check_node();
}

static int fake_close(evtchn_port_t port)
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

static int fake_status(struct evtchn_status *status)
{
	int err = fake_xen_call(FAKE_STATUS, 's');
	const struct fake_port *port;

	if (err)
		return err;
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

static int fake_bind(evtchn_port_t port, irq_handler_t handler, void *dev_id)
{
	int err = fake_xen_call(FAKE_BIND, 'b');

	if (err)
		return err;
	if (port >= FAKE_PORTS || !fake_xen.ports[port].open)
		return -EINVAL;
	fake_xen.irqs[port] = (struct fake_irq){ handler, dev_id };
	fake_xen.ports[port].mapped = true;
	return FAKE_IRQ_BASE + port;
}

/* One handler at a time, and who frees an IRQ waits for it, as free_irq(). */
static atomic_t delivering = ATOMIC_INIT(0);

static void free_fake_irq(int irq)
{
	WRITE_ONCE(fake_xen.irqs[irq - FAKE_IRQ_BASE].handler, NULL);
	smp_mb(); /* seen by who delivers from now on */
	while (atomic_read(&delivering))
		cpu_relax();
}

static void fake_unbind(int irq, void *dev_id)
{
	evtchn_port_t port = irq - FAKE_IRQ_BASE;
	unsigned long flags;

	fake_xen_call(FAKE_UNBIND, 'u');
	free_fake_irq(irq);
	spin_lock_irqsave(&fake_xen.lock, flags);
	/* A restore took the mapping away; then only the IRQ is freed. */
	if (fake_xen.ports[port].mapped)
		close_port(port);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

static void fake_abandon(int irq, void *dev_id)
{
	fake_xen_call(FAKE_ABANDON, 'x');
	free_fake_irq(irq);
}

static int fake_irq_of_port(evtchn_port_t port)
{
	return port < FAKE_PORTS && fake_xen.ports[port].mapped ?
	       FAKE_IRQ_BASE + port : -1;
}

static void fake_eoi(int irq, bool spurious)
{
	fake_xen_call(FAKE_EOI, 0);
	fake_xen.spurious += spurious;
}

static void fake_clear(int irq)
{
	fake_xen_call(FAKE_CLEAR, 0);
	fake_xen.ports[irq - FAKE_IRQ_BASE].pending = false;
}

static int fake_watch(struct xenbus_watch *watch)
{
	int i, err = fake_xen_call(FAKE_WATCH, 'W');

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

static void fake_unwatch(struct xenbus_watch *watch)
{
	int i;

	fake_xen_call(FAKE_UNWATCH, 'U');
	for (i = 0; i < ARRAY_SIZE(fake_xen.watches); i++) {
		if (fake_xen.watches[i] == watch)
			WRITE_ONCE(fake_xen.watches[i], NULL);
	}
	fake_xenwatch_flush();
}

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

static const struct xen_calls fake_calls = {
	.transaction_start = fake_transaction_start,
	.transaction_end = fake_transaction_end,
	.read = fake_read,
	.write = fake_write,
	.rm = fake_rm,
	.count_children = fake_count_children,
	.watch = fake_watch,
	.unwatch = fake_unwatch,
	.port_alloc = fake_alloc,
	.port_close = fake_close,
	.port_status = fake_status,
	.irq_bind = fake_bind,
	.irq_unbind = fake_unbind,
	.irq_abandon = fake_abandon,
	.irq_of_port = fake_irq_of_port,
	.irq_eoi = fake_eoi,
	.irq_clear_pending = fake_clear,
};

/** fake_xen_init - a new domain, and the module's calls go to it */
void fake_xen_init(enum fake_layout layout)
{
	memset(&fake_xen, 0, sizeof(fake_xen));
	spin_lock_init(&fake_xen.lock);
	fake_xen.next_port = 6;
	fake_store_lay_out(layout);
	xen_calls = &fake_calls;
}

/** fake_xen_fail - have calls fail, counted from now on */
void fake_xen_fail(enum fake_op op, unsigned int at, unsigned int times,
		   int err)
{
	memset(fake_xen.calls, 0, sizeof(fake_xen.calls));
	fake_xen.fail_op = op;
	fake_xen.fail_times = times;
	fake_xen.fail_err = err;
	fake_xen.fail_at = at;
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

static void deliver(evtchn_port_t port)
{
	irq_handler_t handler;
	unsigned long flags;

	local_irq_save(flags);
	while (atomic_cmpxchg(&delivering, 0, 1))
		cpu_relax();
	if (!READ_ONCE(fake_xen.irqs_off)) {
		handler = READ_ONCE(fake_xen.irqs[port].handler);
		WRITE_ONCE(fake_xen.ports[port].pending, false);
		if (handler)
			handler(FAKE_IRQ_BASE + port,
				fake_xen.irqs[port].dev_id);
	}
	atomic_set_release(&delivering, 0);
	local_irq_restore(flags);
}

/** fake_xen_notify - somebody notifies a port of ours */
void fake_xen_notify(evtchn_port_t port)
{
	if (port >= FAKE_PORTS || !READ_ONCE(fake_xen.ports[port].open))
		return;
	WRITE_ONCE(fake_xen.ports[port].pending, true);
	deliver(port);
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
	unsigned int i;

	WRITE_ONCE(fake_xen.irqs_off, false);
	for (i = 0; i < FAKE_PORTS; i++)
		if (fake_xen.ports[i].pending)
			deliver(i);
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
