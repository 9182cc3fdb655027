/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a suspend: which of the two ways, and giving up on one. */
#ifndef XEN_SUSPEND_TRIGGER_H
#define XEN_SUSPEND_TRIGGER_H

#include <linux/completion.h>
#include <linux/types.h>
#include <xen/xenbus.h>

#include "direct.h"

struct made_event;
struct task_struct;
struct xen_suspend;

/**
 * struct trigger - how a suspend is started
 * @kind:	which way; direct only once all that it needs is there
 * @watch:	on control/shutdown, and for events of our own making
 * @event:	the direct trigger's event for the next request; service thread only
 * @self_test:	the direct trigger's self-test has come back,
 * @xenwatch:	in this thread: NULL if not in xenwatch
 */
struct trigger {
	enum trigger_kind kind;
	struct xenbus_watch watch;
	struct made_event *event;
	struct completion self_test;
	struct task_struct *xenwatch;
};

int trigger_parse(const char *param);
int trigger_init(struct xen_suspend *xs, bool direct);
void trigger_exit(struct xen_suspend *xs);
void trigger_free(struct xen_suspend *xs);
bool trigger_send(struct xen_suspend *xs, unsigned int seq);
void trigger_write(struct xen_suspend *xs, unsigned int seq);
void trigger_refill(struct xen_suspend *xs);
void trigger_expire(struct xen_suspend *xs, unsigned int seq);

#endif
