/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every call of this module into Xen, xenstore and the event channel code, in
 * one table, so that a reader sees them on one screen and KUnit can stand in
 * for all of them.
 */
#ifndef XEN_SUSPEND_XEN_CALLS_H
#define XEN_SUSPEND_XEN_CALLS_H

#include <linux/interrupt.h>
#include <xen/interface/event_channel.h>
#include <xen/xenbus.h>

/*
 * How often a task that waits for the xenwatch thread looks whether it is to
 * freeze: xenwatch may be in a suspend, and wait for just that.
 */
#define FREEZE_POLL (HZ / 50)

/**
 * struct xen_calls - the calls
 * @transaction_start:	as xenbus_transaction_start()
 * @transaction_end:	as xenbus_transaction_end(); -EAGAIN: do it all again
 * @read:		as xenbus_read(); the string is the caller's to kfree()
 * @write:		write a string
 * @rm:			as xenbus_rm(), with all that is below
 * @count_children:	how many nodes are in a directory, or an error
 * @watch:		as register_xenbus_watch()
 * @unwatch:		as unregister_xenbus_watch(); waits for a running callback
 * @port_alloc:		EVTCHNOP_alloc_unbound for this domain
 * @port_close:		EVTCHNOP_close
 * @port_status:	EVTCHNOP_status of a port of this domain
 * @irq_bind:		bind_evtchn_to_irqhandler_lateeoi(); IRQ or error
 * @irq_unbind:		unbind_from_irqhandler(); closes the port too, unless it
 *			went away in a restore
 * @irq_abandon:	free_irq(): no more events, the port stays open and masked
 * @irq_of_port:	irq_from_evtchn(): the IRQ that the kernel has for a port
 * @irq_eoi:		xen_irq_lateeoi()
 * @irq_clear_pending:	xen_clear_irq_pending()
 *
 * All but the last three may sleep; those work with interrupts off.
 */
struct xen_calls {
	int (*transaction_start)(struct xenbus_transaction *xbt);
	int (*transaction_end)(struct xenbus_transaction xbt, bool abort);
	char *(*read)(struct xenbus_transaction xbt, const char *dir,
		      const char *node);
	int (*write)(struct xenbus_transaction xbt, const char *dir,
		     const char *node, const char *value);
	int (*rm)(struct xenbus_transaction xbt, const char *dir,
		  const char *node);
	int (*count_children)(struct xenbus_transaction xbt, const char *dir,
			      const char *node);
	int (*watch)(struct xenbus_watch *watch);
	void (*unwatch)(struct xenbus_watch *watch);
	int (*port_alloc)(domid_t remote, evtchn_port_t *port);
	int (*port_close)(evtchn_port_t port);
	int (*port_status)(struct evtchn_status *status);
	int (*irq_bind)(evtchn_port_t port, irq_handler_t handler, void *dev_id);
	void (*irq_unbind)(int irq, void *dev_id);
	void (*irq_abandon)(int irq, void *dev_id);
	int (*irq_of_port)(evtchn_port_t port);
	void (*irq_eoi)(int irq, bool spurious);
	void (*irq_clear_pending)(int irq);
};

extern const struct xen_calls *xen_calls;

#endif
