/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a suspend: which of the two ways, and giving up on one. */
#ifndef XEN_SUSPEND_TRIGGER_H
#define XEN_SUSPEND_TRIGGER_H

#include <linux/types.h>

#include "failure.h"

struct xen_suspend;

/**
 * enum trigger_kind - how do_suspend() gets called
 * @TRIGGER_XENSTORE:	by manage.c, for whom we write control/shutdown
 * @TRIGGER_DIRECT:	by us, in the xenwatch thread
 */
enum trigger_kind {
	TRIGGER_XENSTORE,
	TRIGGER_DIRECT,
};

int trigger_parse(const char *param);
int trigger_init(struct xen_suspend *xs);
void trigger_exit(struct xen_suspend *xs);
void trigger_kick(struct xen_suspend *xs, unsigned int seq);
void trigger_serve(struct xen_suspend *xs);
void trigger_drop(struct xen_suspend *xs, unsigned int seq, enum failure what,
		  int err, const char *reason);
bool trigger_has_written(const struct xen_suspend *xs, unsigned int seq);
void trigger_forget_written(struct xen_suspend *xs);
void trigger_expire(struct xen_suspend *xs, unsigned int seq);
const char *trigger_name(enum trigger_kind kind);

#endif
