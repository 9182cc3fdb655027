/* SPDX-License-Identifier: GPL-2.0 */
/* The one instance of the module. */
#ifndef XEN_SUSPEND_MAIN_H
#define XEN_SUSPEND_MAIN_H

#include "xen-suspend.h"

extern struct xen_suspend xen_suspend_instance;

void xen_suspend_assemble(struct xen_suspend *xs);

#endif
