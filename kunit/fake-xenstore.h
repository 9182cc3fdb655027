/* SPDX-License-Identifier: GPL-2.0 */
/* The fake xenstore, as the rest of the fake Xen sees it. */
#ifndef XEN_SUSPEND_FAKE_XENSTORE_H
#define XEN_SUSPEND_FAKE_XENSTORE_H

#include "../module/negotiate.h"
#include "fake-kernel.h"
#include "fake-xen.h"

int fake_xen_call(enum fake_op op, char letter);
void fake_xen_check_node(void);

void fake_store_lay_out(enum fake_layout layout);
struct fake_node *fake_store_find(struct fake_node *store, const char *path);
int fake_transaction_start(struct xenbus_transaction *xbt);
int fake_transaction_end(struct xenbus_transaction xbt, bool abort);
char *fake_read(struct xenbus_transaction xbt, const char *dir,
		const char *node);
int fake_write(struct xenbus_transaction xbt, const char *dir,
	       const char *node, const char *value);
int fake_rm(struct xenbus_transaction xbt, const char *dir, const char *node);
int fake_count_children(struct xenbus_transaction xbt, const char *dir,
			const char *node);

#endif
