/* SPDX-License-Identifier: GPL-2.0 */
/* The fake xenstore. */
#ifndef XEN_SUSPEND_FAKE_XENSTORE_H
#define XEN_SUSPEND_FAKE_XENSTORE_H

#include "fake-store.h"

/* Set by who has to know: who watches what has fired can be told, with no lock held. */
extern void (*fake_store_send)(void);

/* for tests */
void fake_xen_put(const char *path, const char *value, enum fake_perm perm);
void fake_xen_remove(const char *path);
const char *fake_xen_value(const char *path);
const char *fake_xen_text(const char *path);
unsigned int fake_xen_port(void);

/* for the module's sources, see seam.h */
int fake_transaction_start(struct xenbus_transaction *xbt);
int fake_transaction_end(struct xenbus_transaction xbt, bool abort);
void *fake_xenbus_read(struct xenbus_transaction xbt, const char *dir,
		       const char *name, unsigned int *len);
int fake_xenbus_write(struct xenbus_transaction xbt, const char *dir,
		      const char *name, const char *value);
int fake_xenbus_rm(struct xenbus_transaction xbt, const char *dir,
		   const char *name);
char **fake_xenbus_directory(struct xenbus_transaction xbt, const char *dir,
			     const char *name, unsigned int *num);

#endif
