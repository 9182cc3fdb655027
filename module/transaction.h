/* SPDX-License-Identifier: GPL-2.0 */
/* A xenstore transaction, from its start to its end. */
#ifndef XEN_SUSPEND_TRANSACTION_H
#define XEN_SUSPEND_TRANSACTION_H

#include <xen/xenbus.h>

int transaction_run(int (*fn)(struct xenbus_transaction xbt, void *data),
		    void *data);

#endif
