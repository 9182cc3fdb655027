/* SPDX-License-Identifier: GPL-2.0 */
/* Watches, the xenwatch thread, and the ways into it. */
#ifndef XEN_SUSPEND_FAKE_XENWATCH_H
#define XEN_SUSPEND_FAKE_XENWATCH_H

#include <linux/types.h>

struct task_struct;
struct xenbus_watch;

/* for tests */
void fake_xenwatch_init(void (*do_suspend)(void));
int fake_xenwatch_start(void);
void fake_xenwatch_exit(void);
struct task_struct *fake_xenwatch_task(void);
bool fake_xen_watched(const struct xenbus_watch *watch);
void fake_xenwatch_call(const struct xenbus_watch *watch, const char *path);
void fake_xenwatch_manage(void);
void fake_xenwatch_restored(void);
void fake_xenwatch_flush(void);

/* for the module's sources, see seam.h */
int fake_register_watch(struct xenbus_watch *watch);
void fake_unregister_watch(struct xenbus_watch *watch);

#endif
