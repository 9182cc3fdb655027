/* SPDX-License-Identifier: GPL-2.0 */
/* Trying a failed suspend again. Pure logic, as the handshake. */
#ifndef XEN_SUSPEND_RETRY_H
#define XEN_SUSPEND_RETRY_H

#include <linux/types.h>

/**
 * struct retry - how often the pending request was tried
 * @seq:	the request meant
 * @tries:	suspends tried for it that have failed
 * @pause_ms:	how long to wait before the next
 * @total:	retries of all requests so far
 *
 * Written by the xenwatch thread, in which suspends fail, before it asks the
 * service thread for TODO_RETRY, which makes the next try: set_bit() there and
 * test_and_clear_bit() in the service thread are after and before. Between the
 * two nobody writes, since the next try has not begun. @total is read by sysfs
 * at any time.
 */
struct retry {
	unsigned int seq;
	unsigned int tries;
	unsigned int pause_ms;
	unsigned long total;
};

bool retry_plan(struct retry *retry, unsigned int seq, unsigned int first_ms,
		u64 left_ns);

#endif
