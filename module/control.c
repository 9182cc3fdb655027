// SPDX-License-Identifier: GPL-2.0
/*
 * control/shutdown: asking manage.c for a suspend, and taking it back.
 *
 * manage.c reads it in the xenwatch thread and writes "" in its place before it
 * acts. If "suspend" is still there when its request is over (another suspend has
 * served it, or it was dropped), manage.c would take it for a request that nobody
 * makes, and the guest would stay suspended.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/bits.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "control.h"
#include "handshake.h"
#include "transaction.h"

/* control->written: this bit is set if the number below it was written at all */
#define WRITTEN BIT(31)

/**
 * control_init - nothing is written
 * @control:	it
 *
 * Context: any.
 */
void control_init(struct control *control)
{
	mutex_init(&control->writing);
}

/* What control/shutdown holds */
enum text {
	TEXT_NONE,
	TEXT_SUSPEND,
	TEXT_OTHER,
};

/* Return: enum text, or an error of xenstore. */
static int look(struct xenbus_transaction xbt)
{
	char *value = xenbus_read(xbt, "control", "shutdown", NULL);
	enum text text = TEXT_OTHER;

	if (IS_ERR(value))
		return PTR_ERR(value);
	if (!*value)
		text = TEXT_NONE;
	else if (!strcmp(value, "suspend"))
		text = TEXT_SUSPEND;
	kfree(value);
	return text;
}

/**
 * control_write - ask manage.c for a suspend
 * @control:	it
 * @hs:		the handshake
 * @seq:	for this request; nothing is written if it is not pending any more
 *
 * Context: the service thread, may sleep for xenstored.
 * Return: 0 or an error, and then nothing is written.
 */
int control_write(struct control *control, const struct handshake *hs,
		  unsigned int seq)
{
	int err = 0;

	mutex_lock(&control->writing);
	if (hs_is_pending(hs_word(hs), seq)) {
		WRITE_ONCE(control->written, WRITTEN | seq);
		err = xenbus_write(XBT_NIL, "control", "shutdown", "suspend");
		if (err)
			control_forget(control);
	}
	mutex_unlock(&control->writing);
	return err;
}

/**
 * control_is_for - was it written for this request?
 * @control:	it
 * @seq:	the request
 *
 * Context: any.
 */
bool control_is_for(const struct control *control, unsigned int seq)
{
	return READ_ONCE(control->written) == (WRITTEN | seq);
}

/**
 * control_was_read - has manage.c read what was written for a request?
 * @control:	it
 * @seq:	the request
 *
 * Context: the xenwatch thread, may sleep for xenstored.
 * Return: true if it has, and so has acted on it.
 */
bool control_was_read(struct control *control, unsigned int seq)
{
	bool read;

	mutex_lock(&control->writing);
	read = control_is_for(control, seq) && look(XBT_NIL) == TEXT_NONE;
	mutex_unlock(&control->writing);
	return read;
}

/*
 * In a transaction: between the look and the write manage.c may take our
 * request and the toolstack write another one.
 */
static int look_and_take_back(struct xenbus_transaction xbt, void *found)
{
	int text = look(xbt);

	if (text < 0)
		return text;
	*(enum text *)found = text;
	if (text != TEXT_SUSPEND)
		return 0;
	return xenbus_write(xbt, "control", "shutdown", "") ?: 1;
}

/* Return: what was there, enum text, or an error of xenstore, which is in the log */
static int take_back(void)
{
	enum text found = TEXT_NONE;
	int err = transaction_run(look_and_take_back, &found);

	if (!err)
		return found;
	pr_err("cannot take back \"suspend\" from control/shutdown: %d: the guest may suspend once more\n",
	       err);
	return err;
}

/**
 * control_revoke - take back what was written for a request, if anything was
 * @control:	it
 * @seq:	the request
 *
 * Context: the service thread, may sleep for xenstored.
 * Return: false if manage.c has read it: the attempt that comes of it ends the
 * request.
 */
bool control_revoke(struct control *control, unsigned int seq)
{
	bool read = false;

	/* Or the xenwatch thread might take our "" for manage.c's. */
	mutex_lock(&control->writing);
	if (control_is_for(control, seq)) {
		read = take_back() == TEXT_NONE;
		if (!read)
			control_forget(control);
	}
	mutex_unlock(&control->writing);
	return !read;
}

/**
 * control_answered - manage.c has read what was written for a request, in vain
 * @control:	it
 * @seq:	the request
 *
 * What is there now is another's.
 *
 * Context: the xenwatch thread.
 */
void control_answered(struct control *control, unsigned int seq)
{
	mutex_lock(&control->writing);
	if (control_is_for(control, seq))
		control_forget(control);
	mutex_unlock(&control->writing);
}

static void give_up(struct control *control)
{
	/* Nobody else writes ours: once it has been read, it is not there again. */
	if (look(XBT_NIL) != TEXT_NONE)
		take_back();
	control_forget(control);
}

/**
 * control_give_up - what was written, if anything was, is not wanted any more
 * @control:	it
 *
 * Context: the xenwatch thread, may sleep for xenstored.
 */
void control_give_up(struct control *control)
{
	mutex_lock(&control->writing);
	if (control_is_written(control))
		give_up(control);
	mutex_unlock(&control->writing);
}

/**
 * control_clear - a request is over, and what was written for it not wanted
 * @control:	it
 * @seq:	the request
 *
 * Context: the xenwatch thread, before manage.c can run in it; may sleep for
 * xenstored.
 */
void control_clear(struct control *control, unsigned int seq)
{
	mutex_lock(&control->writing);
	if (control_is_for(control, seq))
		give_up(control);
	mutex_unlock(&control->writing);
}
