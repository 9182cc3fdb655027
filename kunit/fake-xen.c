// SPDX-License-Identifier: GPL-2.0
/*
 * What all calls to Xen and xenstore share: they are counted, logged and can be
 * made to fail. The calls themselves are in fake-xenstore.c, fake-evtchn.c and
 * fake-xenwatch.c.
 *
 * fake_xen.log has a letter for each call: ( start, ) commit, ! abort, r read,
 * w write, d delete, n list, W watch, U unwatch, a allocate, c close, s status,
 * b bind, u unbind, x free the IRQ. EOIs and clears are not in it.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "fake-xen.h"

struct fake_xen fake_xen;

/**
 * fake_xen_call - a call begins
 * @op:		which
 * @letter:	its letter for the log
 *
 * Return: 0, or the error that it is to fail with.
 */
int fake_xen_call(enum fake_op op, char letter)
{
	enum fake_op kind;
	unsigned int nth;
	unsigned long flags;
	int err = 0;

	if (fake_xen.hook)
		fake_xen.hook(op);
	spin_lock_irqsave(&fake_xen.lock, flags);
	fake_xen.calls[FAKE_ANY]++;
	fake_xen.calls[op]++;
	if (letter && fake_xen.logged < sizeof(fake_xen.log) - 1)
		fake_xen.log[fake_xen.logged++] = letter;
	kind = fake_xen.fail_op;
	nth = fake_xen.calls[kind];
	if (fake_xen.fail_at && (kind == FAKE_ANY || kind == op) &&
	    nth >= fake_xen.fail_at &&
	    nth - fake_xen.fail_at < fake_xen.fail_times)
		err = fake_xen.fail_err;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

/** fake_xen_fail - have calls fail, counted from now on */
void fake_xen_fail(enum fake_op op, unsigned int at, unsigned int times,
		   int err)
{
	memset(fake_xen.calls, 0, sizeof(fake_xen.calls));
	fake_xen.fail_op = op;
	fake_xen.fail_times = times;
	fake_xen.fail_err = err;
	fake_xen.fail_at = at;
}
