/* SPDX-License-Identifier: GPL-2.0 */
/* What the toolstack offers in xenstore, and telling it our port. */
#ifndef XEN_SUSPEND_NEGOTIATE_H
#define XEN_SUSPEND_NEGOTIATE_H

#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/xenbus.h>

#define XEN_SUSPEND_DIR		"device/suspend"
#define XEN_SUSPEND_LEAF	"event-channel"
#define XEN_SUSPEND_NODE	XEN_SUSPEND_DIR "/" XEN_SUSPEND_LEAF

/**
 * enum xen_suspend_mode - how the toolstack lets us publish the port
 * @MODE_XENSTORE_ONLY:		not at all; it suspends us by control/shutdown
 * @MODE_TOOLSTACK_NODE:	the node was made for us (libxl's default)
 * @MODE_COMPAT:		device is ours to write and we make the node
 *				(xend_suspend_evtchn_compat, xend)
 */
enum xen_suspend_mode {
	MODE_XENSTORE_ONLY,
	MODE_TOOLSTACK_NODE,
	MODE_COMPAT,
};

/**
 * struct negotiation - what is agreed with the toolstack of this domain
 * @mode:	how the port is published
 * @published:	the port that the node holds, as far as we know; 0 if none of ours
 * @unsure:	publishing this one failed, but the node may hold it all the same
 * @made_dir:	device/suspend did not exist before (MODE_COMPAT)
 * @refusal:	why there is no offer (MODE_XENSTORE_ONLY): -ENOENT no node and
 *		device not writable, -EACCES a node that is not ours to write
 *
 * Written by the service thread only; @mode is read by sysfs.
 */
struct negotiation {
	enum xen_suspend_mode mode;
	evtchn_port_t published;
	evtchn_port_t unsure;
	bool made_dir;
	int refusal;
};

enum xen_suspend_mode negotiate_decide(bool node_exists, bool node_written,
				       bool device_writable);
int negotiate_publish(struct negotiation *neg, evtchn_port_t port);
int negotiate_replace(struct negotiation *neg, evtchn_port_t port);
int negotiate_withdraw(struct negotiation *neg);
const char *negotiate_mode_name(enum xen_suspend_mode mode);

#endif
