/* SPDX-License-Identifier: GPL-2.0 */
/* The module as a whole: its parts, which main.c puts together. */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include "attempt.h"
#include "channel.h"
#include "control.h"
#include "errors.h"
#include "failure.h"
#include "handshake.h"
#include "jobs.h"
#include "lifecycle.h"
#include "negotiate.h"
#include "offer.h"
#include "power.h"
#include "release.h"
#include "report.h"
#include "service.h"
#include "story.h"
#include "trigger.h"
#include "verdict.h"

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
