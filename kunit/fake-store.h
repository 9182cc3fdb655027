/* SPDX-License-Identifier: GPL-2.0 */
/* What the fake xenstore holds. */
#ifndef XEN_SUSPEND_FAKE_STORE_H
#define XEN_SUSPEND_FAKE_STORE_H

#include "fake-xen.h"

/*
 * Set by who has to know: any node has been written, and who watches this one is to
 * be told; both with fake_xen.lock held.
 */
extern void (*fake_store_changed)(void);
extern void (*fake_store_fired)(const char *path);

struct fake_node *fake_store_find(struct fake_node *store, const char *path);
void fake_store_lay_out(enum fake_layout layout);

/* inside the transaction, or outside */
struct fake_node *fake_store_seen(bool tx, const char *path);
enum fake_perm fake_store_inherited(bool tx, const char *path);
void fake_store_put(bool tx, const char *path, const char *value, bool by_guest);
void fake_store_remove(bool tx, const char *path);
const char *fake_store_child(bool tx, int i, const char *dir);

bool fake_store_conflicts(void);
void fake_store_commit(void);
void fake_store_meddle(void);

#endif
