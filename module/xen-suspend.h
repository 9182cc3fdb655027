/* SPDX-License-Identifier: GPL-2.0 */
/* The module as a whole. */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include <xen/xenbus.h>

#include "attempt.h"
#include "channel.h"
#include "failure.h"
#include "handshake.h"
#include "negotiate.h"
#include "observer.h"
#include "power.h"
#include "release.h"
#include "report.h"
#include "retry.h"
#include "service.h"
#include "status.h"
#include "story.h"
#include "trigger.h"

/**
 * struct xen_suspend - everything there is; one, since a guest has one channel
 * @handshake:	the state machine
 * @channel:	the event channel
 * @negotiation: what is agreed in xenstore
 * @negotiations: how often something was agreed; written by the service thread
 * @trigger:	how do_suspend() gets called; set before the first request can come
 * @event:	the direct trigger's event for the next request; service thread only
 * @written:	request that control/shutdown was written for; see trigger.c
 * @watch:	on device: the offer has changed, or an event of our own making
 * @shutdown_watch: on control/shutdown, for the xenstore trigger
 * @attempt:	the suspend under way
 * @observer:	what is seen of it
 * @retry:	how often the pending request was tried
 * @failed:	failed attempts for requests: retries and failures
 * @stock_failed: failed suspends that the toolstack asked for by control/shutdown
 * @stock_suspends: those that did not fail
 * @report:	what the toolstack is told of it in xenstore, and uevents
 * @story:	what is remembered of suspends
 * @debugfs:	where that is shown; may be an error, or NULL
 * @power:	PM callbacks
 * @service:	the thread that does what may sleep
 * @status:	last errors
 */
struct xen_suspend {
	struct handshake handshake;
	struct channel channel;
	struct negotiation negotiation;
	unsigned long negotiations;
	enum trigger_kind trigger;
	struct made_event *event;
	unsigned long written;
	struct xenbus_watch watch;
	struct xenbus_watch shutdown_watch;
	struct attempt attempt;
	struct observer observer;
	struct retry retry;
	struct failure_counts failed;
	struct failure_counts stock_failed;
	atomic_long_t stock_suspends;
	struct report report;
	struct story story;
	struct dentry *debugfs;
	struct power power;
	struct service service;
	struct status status;
};

extern struct xen_suspend xen_suspend_instance;
extern unsigned int xen_suspend_deadline_ms;
extern unsigned int xen_suspend_first_retry_ms;

static inline u64 xen_suspend_deadline_ns(void)
{
	return (u64)READ_ONCE(xen_suspend_deadline_ms) * NSEC_PER_MSEC;
}

static inline unsigned int xen_suspend_retry_ms(void)
{
	return READ_ONCE(xen_suspend_first_retry_ms);
}

#endif
