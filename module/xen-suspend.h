/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module as a whole: its parts, which main.c puts together. Those of levels 3
 * and 4 are here, for their functions take the whole; each belongs to the file of
 * its name all the same.
 */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include <linux/completion.h>
#include <linux/types.h>
#include <xen/xenbus.h>

#include "attempt.h"
#include "channel.h"
#include "control.h"
#include "direct.h"
#include "errors.h"
#include "failure.h"
#include "handshake.h"
#include "jobs.h"
#include "lifecycle.h"
#include "negotiate.h"
#include "report.h"
#include "story.h"
#include "verdict.h"

struct platform_device;
struct task_struct;

/**
 * struct trigger - how a suspend is started
 * @kind:	which way; direct only once all that it needs is there
 * @watch:	on control/shutdown, and for events of our own making
 * @event:	the direct trigger's event for the next request; service thread only
 * @self_test:	the direct trigger's self-test has come back
 * @arrived_there: in the xenwatch thread, as it should; written before @self_test is
 *		completed
 */
struct trigger {
	enum trigger_kind kind;
	struct xenbus_watch watch;
	struct made_event *event;
	struct completion self_test;
	bool arrived_there;
};

/**
 * struct offer - what the toolstack of this domain is offered
 * @negotiations: how often something was agreed
 * @replacements: how often a port was replaced that a toolstack had not given back
 * @fresh_port_ms: how long after a resume that is done, 0 for never; a parameter
 * @err:	result of the last negotiation
 * @suspends:	how often the guest had been suspended when that was last looked at
 * @requests:	requests there had been then
 * @gives_back:	who asked last in this domain had given its port back when the guest
 *		ran again
 * @replace:	the port offered may have to be replaced
 * @replace_at:	jiffies of that
 * @replaced:	it has been, and the new one is still to be published
 * @retry_ms:	pause before the next negotiation, 0 if none failed
 * @retry_at:	jiffies of it
 *
 * Belongs to the service thread; sysfs reads the counters and writes the
 * parameter.
 */
struct offer {
	unsigned long negotiations;
	unsigned long replacements;
	unsigned int fresh_port_ms;
	int err;
	unsigned long suspends;
	unsigned long requests;
	bool gives_back;
	bool replace;
	unsigned long replace_at;
	bool replaced;
	unsigned int retry_ms;
	unsigned long retry_at;
};

/**
 * struct release - whether the module may go
 * @pinned:	we hold a reference to our own module: Xen may be subscribed
 * @noted:	jiffies of the last log line about an unload that waits
 * @requests_before: requests there had been before this domain
 *
 * Belongs to the service thread.
 */
struct release {
	bool pinned;
	unsigned long noted;
	unsigned long requests_before;
};

/**
 * struct service - the service thread
 * @task:		the thread
 * @watch:		on device: the offer has changed
 * @negotiates:		from now on @watch asks for a look; set once, by whoever loads
 *
 * The rest belongs to the thread:
 * @hurried:		it has real-time priority
 * @kicked:		request that a suspend was started for, and whether any was
 * @expired:		request that the toolstack has given up, and whether any was
 * @retrying:		that suspend has failed and is to be started again
 * @next_try:		jiffies of that
 */
struct service {
	struct task_struct *task;
	struct xenbus_watch watch;
	bool negotiates;
	bool hurried;
	unsigned long kicked;
	unsigned long expired;
	bool retrying;
	unsigned long next_try;
};

/**
 * struct power - the device whose callbacks tell of a suspend
 * @device:	it; carries the sysfs files, too
 */
struct power {
	struct platform_device *device;
};

/**
 * struct xen_suspend - all parts; one, since a guest has one channel
 * @handshake:	the state machine
 * @patience:	parameters: how long to go on trying
 * @channel:	the event channel
 * @control:	what we have asked manage.c for
 * @jobs:	what the service thread is asked to do
 * @lifecycle:	is the guest going down?
 * @errors:	the last error of each kind
 * @report:	what the toolstack is told in xenstore, and uevents
 * @story:	what is remembered of suspends
 * @verdict:	what becomes of suspends
 * @attempt:	the suspend under way
 * @trigger:	how do_suspend() gets called
 * @agreed:	what is agreed with the toolstack in xenstore
 * @offer:	which port it is offered
 * @release:	whether the module may go
 * @service:	the thread that does what may sleep
 * @power:	the device with the PM callbacks
 */
struct xen_suspend {
	struct handshake handshake;
	struct patience patience;
	struct channel channel;
	struct control control;
	struct jobs jobs;
	struct lifecycle lifecycle;
	struct errors errors;
	struct report report;
	struct story story;
	struct verdict verdict;
	struct attempt attempt;
	struct trigger trigger;
	struct negotiation agreed;
	struct offer offer;
	struct release release;
	struct service service;
	struct power power;
};

#endif
