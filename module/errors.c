// SPDX-License-Identifier: GPL-2.0
/* The last error of each kind: for sysfs, where everybody reads it, and the log. */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/sysfs.h>

#include "errors.h"

/**
 * errors_init - no error so far
 * @errors:	the errors
 *
 * Context: any.
 */
void errors_init(struct errors *errors)
{
	spin_lock_init(&errors->lock);
}

/**
 * errors_note - note and log what went wrong
 * @errors:	the errors
 * @source:	what kind of thing
 * @err:	negative errno
 * @fmt:	the reason: cause, path, what to do
 *
 * Context: process.
 */
void errors_note(struct errors *errors, enum error_source source, int err,
		 const char *fmt, ...)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	char reason[ERROR_REASON_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);

	spin_lock(&errors->lock);
	errors->last[source].err = err;
	errors->last[source].stamp = ++errors->stamp;
	memcpy(errors->last[source].reason, reason, sizeof(reason));
	spin_unlock(&errors->lock);

	if (__ratelimit(&limit))
		pr_warn("%s (error %d)\n", reason, err);
}

/**
 * errors_clear - a thing has gone well
 * @errors:	the errors
 * @source:	what kind of thing
 *
 * Context: process.
 */
void errors_clear(struct errors *errors, enum error_source source)
{
	spin_lock(&errors->lock);
	errors->last[source].err = 0;
	spin_unlock(&errors->lock);
}

/**
 * errors_show - the text of the file last_error
 * @errors:	the errors
 * @buf:	a page
 *
 * Context: process.
 * Return: its length.
 */
ssize_t errors_show(struct errors *errors, char *buf)
{
	int i, last = -1;
	ssize_t len;

	spin_lock(&errors->lock);
	for (i = 0; i < ERROR_SOURCES; i++) {
		if (!errors->last[i].err)
			continue;
		if (last < 0 || (int)(errors->last[i].stamp -
				      errors->last[last].stamp) > 0)
			last = i;
	}
	if (last < 0)
		len = sysfs_emit(buf, "0\n");
	else
		len = sysfs_emit(buf, "%d %s\n", errors->last[last].err,
				 errors->last[last].reason);
	spin_unlock(&errors->lock);
	return len;
}
