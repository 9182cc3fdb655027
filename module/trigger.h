/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a suspend: which of the two ways, and giving up on one. */
#ifndef XEN_SUSPEND_TRIGGER_H
#define XEN_SUSPEND_TRIGGER_H

#include <linux/types.h>

struct xen_suspend;

int trigger_parse(const char *param);
int trigger_init(struct xen_suspend *xs, bool direct);
void trigger_exit(struct xen_suspend *xs);
void trigger_free(struct xen_suspend *xs);
bool trigger_send(struct xen_suspend *xs, unsigned int seq);
void trigger_write(struct xen_suspend *xs, unsigned int seq);
void trigger_refill(struct xen_suspend *xs);
void trigger_expire(struct xen_suspend *xs, unsigned int seq, bool at_last);

#endif
