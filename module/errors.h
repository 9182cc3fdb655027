/* SPDX-License-Identifier: GPL-2.0 */
/* The last error of each kind. */
#ifndef XEN_SUSPEND_ERRORS_H
#define XEN_SUSPEND_ERRORS_H

#include <linux/spinlock.h>
#include <linux/types.h>

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

#define ERROR_REASON_SIZE 240

/**
 * struct errors - the last errors
 * @lock:	protects all below; taken in process context only
 * @last:	by source: errno (0: none), reason, and which came last
 * @stamp:	number of errors noted so far
 */
struct errors {
	/* protects all below */
	spinlock_t lock;
	struct {
		int err;
		unsigned int stamp;
		char reason[ERROR_REASON_SIZE];
	} last[ERROR_SOURCES];
	unsigned int stamp;
};

void errors_init(struct errors *errors);
__printf(4, 5)
void errors_note(struct errors *errors, enum error_source source, int err,
		 const char *fmt, ...);
void errors_clear(struct errors *errors, enum error_source source);
ssize_t errors_show(struct errors *errors, char *buf);

#endif
