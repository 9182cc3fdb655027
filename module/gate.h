/* SPDX-License-Identifier: GPL-2.0 */
/* The last gate before the suspend hypercall. */
#ifndef XEN_SUSPEND_GATE_H
#define XEN_SUSPEND_GATE_H

struct xen_suspend;

void gate_init(struct xen_suspend *xs);
void gate_exit(void);

#endif
