/* SPDX-License-Identifier: GPL-2.0 */
/* Giving up a watch while a suspend may be under way. */
#ifndef XEN_SUSPEND_WATCH_H
#define XEN_SUSPEND_WATCH_H

struct xenbus_watch;

void watch_unregister(struct xenbus_watch *watch);

#endif
