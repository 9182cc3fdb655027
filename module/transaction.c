// SPDX-License-Identifier: GPL-2.0
/* A xenstore transaction, tried again when it conflicts with somebody else's. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "transaction.h"

/*
 * How often a transaction is tried again before the caller gets -EAGAIN. One
 * that conflicts this often will not get through soon, and the service thread
 * must come to a point where it can be frozen.
 */
#define TRANSACTION_TRIES 1000

#define NO_MEMORY_PAUSE_MS 20

/*
 * Out of memory, the end was not sent, or xenstored had none. It has to be
 * known: xenbus counts its transactions, and the next suspend would wait for
 * ever for one that never ended, stock or not, with all tasks frozen. To end one
 * that is over already is a WARN_ON() there.
 */
static bool is_open(struct xenbus_transaction xbt)
{
	/* In every guest that can be suspended at all: only the transaction is not. */
	char *value = xenbus_read(xbt, "control", "", NULL);

	if (IS_ERR(value))
		return PTR_ERR(value) != -ENOENT;
	kfree(value);
	return true;
}

static int end_transaction(struct xenbus_transaction xbt, bool abort)
{
	int err = xenbus_transaction_end(xbt, abort);

	while (err == -ENOMEM && is_open(xbt)) {
		msleep(NO_MEMORY_PAUSE_MS);
		err = xenbus_transaction_end(xbt, abort);
	}
	return err;
}

/**
 * transaction_run - run something as one xenstore transaction
 * @fn:		what to do; returns 1 to commit, 0 to abort because there is nothing
 *		to commit, or an error; called anew after a conflict
 * @data:	for @fn
 *
 * Context: process, may sleep for xenstored.
 * Return: 0, an error, or -EAGAIN if the transaction kept conflicting.
 */
int transaction_run(int (*fn)(struct xenbus_transaction xbt, void *data),
		    void *data)
{
	struct xenbus_transaction xbt;
	unsigned int tries;
	int err, end;

	for (tries = 0; tries < TRANSACTION_TRIES; tries++) {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;
		err = fn(xbt, data);
		end = end_transaction(xbt, err <= 0);
		if (err == 1)
			err = end;
		if (err != -EAGAIN)
			return err;
		cond_resched();
	}
	return -EAGAIN;
}
