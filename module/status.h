/* SPDX-License-Identifier: GPL-2.0 */
/* What an administrator can see: sysfs, and the last error. */
#ifndef XEN_SUSPEND_STATUS_H
#define XEN_SUSPEND_STATUS_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct device;
struct attribute_group;

/**
 * enum error_source - what went wrong; each remembers its own last error, which
 * the next success of the same kind clears
 * @ERROR_TRIGGER:	choosing the trigger
 * @ERROR_NEGOTIATE:	negotiating
 * @ERROR_SUSPEND:	serving a request
 * @ERROR_STOCK:	a suspend asked for through control/shutdown
 * @ERROR_SOURCES:	how many there are
 */
enum error_source {
	ERROR_TRIGGER,
	ERROR_NEGOTIATE,
	ERROR_SUSPEND,
	ERROR_STOCK,
	ERROR_SOURCES,
};

#define STATUS_REASON_SIZE 240

/**
 * struct status - the last errors
 * @lock:	protects all below; taken in process context only
 * @errors:	by source: errno (0: none), reason, and which came last
 * @stamp:	number of errors noted so far
 * @device:	where sysfs shows it; set before the service thread starts
 */
struct status {
	/* protects all below */
	spinlock_t lock;
	struct {
		int err;
		unsigned int stamp;
		char reason[STATUS_REASON_SIZE];
	} errors[ERROR_SOURCES];
	unsigned int stamp;
	struct device *device;
};

void status_init(struct status *status);
__printf(4, 5)
void status_error(struct status *status, enum error_source source, int err,
		  const char *fmt, ...);
void status_clear_error(struct status *status, enum error_source source);
ssize_t status_show_error(struct status *status, char *buf);
void status_state_changed(struct status *status);

extern const struct attribute_group *xen_suspend_groups[];

#endif
