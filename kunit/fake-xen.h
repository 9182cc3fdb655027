/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen as the module sees it: a small xenstore and a small event channel layer,
 * both of which can be made to fail. Here is what they share.
 */
#ifndef XEN_SUSPEND_FAKE_XEN_H
#define XEN_SUSPEND_FAKE_XEN_H

#include <linux/interrupt.h>
#include <linux/spinlock.h>
#include <xen/interface/event_channel.h>
#include <xen/xenbus.h>

#define FAKE_NODE "device/suspend/event-channel"

/* what a guest may do with a node */
enum fake_perm { FAKE_RW, FAKE_RO, FAKE_NONE };

/* how a toolstack lays out xenstore (DESIGN: the table of layouts) */
enum fake_layout {
	LAYOUT_DEFAULT,		/* device read-only, an empty node to write */
	LAYOUT_COMPAT,		/* device writable, no node */
	LAYOUT_NOTHING,		/* device read-only, no node */
	LAYOUT_READ_ONLY,	/* a node that is not ours to write */
};

/* the calls, and all of them at once */
enum fake_op {
	FAKE_ANY,
	FAKE_TX_START, FAKE_TX_END, FAKE_READ, FAKE_WRITE, FAKE_RM, FAKE_DIRECTORY,
	FAKE_WATCH, FAKE_UNWATCH,
	FAKE_ALLOC, FAKE_CLOSE, FAKE_STATUS, FAKE_BIND, FAKE_UNBIND,
	FAKE_FREE, FAKE_EOI, FAKE_CLEAR,
	FAKE_OPS
};

#define FAKE_VALUE_SIZE 4097
#define FAKE_NODES 16
#define FAKE_PORTS 32
#define FAKE_IRQ_BASE 1000

struct fake_node {
	char path[40];
	char value[FAKE_VALUE_SIZE];
	enum fake_perm perm;
	bool by_guest;
	unsigned long generation;	/* the number of its last change */
	/* of a transaction's copy: */
	bool gone;			/* not there, or removed */
	bool fires;			/* who watches it is told of the commit */
	unsigned long changed;		/* when, 0: not by the transaction */
};

struct fake_port {
	bool open;
	bool mapped;		/* the kernel knows which IRQ it has */
	bool pending;
	bool masked;		/* until the EOI, and for as long as that is put off */
	bool kept;		/* an IRQ that is suspended has it: for after the resume */
	unsigned int spurious;	/* in a row */
	unsigned long eoi_at;	/* jiffies of an EOI that is put off, 0: none is */
	domid_t remote;
	u32 status;
};

struct fake_irq {
	irq_handler_t handler;
	unsigned long flags;
	void *dev_id;
};

/**
 * struct fake_xen - Xen, and what tests set and see of it
 * @lock:	protects the rest
 * @store:	xenstore
 * @tx:		what the open transaction has looked at or written
 * @tx_id:	its number
 * @tx_open:	how many transactions are open: 0 or 1
 * @tx_ended_twice: how many were ended that were not
 * @conflicts:	before how many commits to come somebody writes what was looked at
 * @ports:	event channels, by port
 * @irqs:	IRQs, by the port they were bound for
 * @next_port:	the number given out next
 * @irqs_off:	events stay pending
 * @irqs_suspended: as after suspend_device_irqs()
 * @no_backoff:	EOIs are never put off
 * @fail_op:	which call fails, FAKE_ANY for all,
 * @fail_at:	at which call of that kind, from 1; 0: none
 * @fail_times:	how often in a row
 * @fail_err:	with what
 * @fail_unsent: the end of a transaction that fails has not been sent
 * @fail_late:	a commit that fails has been made: only its answer was lost
 * @calls:	how often each was called
 * @log:	what was called in which order, as letters; see fake-xen.c
 * @logged:	letters in @log
 * @violations:	how often the node held a port that is not open
 * @spurious:	events reported as spurious
 * @watches:	registered watches
 * @managed:	there is a manage.c, which watches control/shutdown
 * @hook:	called before each call, with no lock held
 * @real:	there is a real Xen, and all calls go to it
 */
struct fake_xen {
	/* protects the rest */
	spinlock_t lock;
	struct fake_node store[FAKE_NODES];
	struct fake_node tx[FAKE_NODES];
	u32 tx_id;
	int tx_open;
	int tx_ended_twice;
	unsigned int conflicts;
	struct fake_port ports[FAKE_PORTS];
	struct fake_irq irqs[FAKE_PORTS];
	evtchn_port_t next_port;
	bool irqs_off;
	bool irqs_suspended;
	bool no_backoff;
	enum fake_op fail_op;
	unsigned int fail_at;
	unsigned int fail_times;
	int fail_err;
	bool fail_unsent;
	bool fail_late;
	unsigned int calls[FAKE_OPS];
	char log[128];
	unsigned int logged;
	unsigned int violations;
	unsigned int spurious;
	struct xenbus_watch *watches[4];
	bool managed;
	void (*hook)(enum fake_op op);
	bool real;
};

extern struct fake_xen fake_xen;

void fake_xen_fail(enum fake_op op, unsigned int at, unsigned int times,
		   int err);
int fake_xen_call(enum fake_op op, char letter);

#endif
