/* SPDX-License-Identifier: GPL-2.0 */
/* The direct trigger: do_suspend() from our own call-back in xenwatch. */
#ifndef XEN_SUSPEND_DIRECT_H
#define XEN_SUSPEND_DIRECT_H

#include <linux/types.h>

struct xenbus_watch;
struct made_event;

/**
 * enum trigger_kind - how do_suspend() gets called
 * @TRIGGER_XENSTORE:	by manage.c, for whom we write control/shutdown
 * @TRIGGER_DIRECT:	by us, in the xenwatch thread
 */
enum trigger_kind {
	TRIGGER_XENSTORE,
	TRIGGER_DIRECT,
};

/**
 * enum direct_event - what a watch event is
 * @DIRECT_NOT_MADE:	one of xenstored's
 * @DIRECT_SELF_TEST:	ours, to see whether it arrives
 * @DIRECT_REQUEST:	ours: suspend
 */
enum direct_event {
	DIRECT_NOT_MADE,
	DIRECT_SELF_TEST,
	DIRECT_REQUEST,
};

int direct_find_symbols(const char **reason);
struct made_event *direct_make_event(const struct xenbus_watch *watch,
				     enum direct_event kind);
void direct_free_event(struct made_event *event);
int direct_send_event(struct made_event *event);
enum direct_event direct_event_kind(const char *path);
void direct_do_suspend(void);
bool direct_kernel_shutting_down(void);
const char *trigger_name(enum trigger_kind kind);

#endif
