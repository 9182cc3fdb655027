/* SPDX-License-Identifier: GPL-2.0 */
/* control/shutdown: asking manage.c for a suspend, and taking it back. */
#ifndef XEN_SUSPEND_CONTROL_H
#define XEN_SUSPEND_CONTROL_H

#include <linux/mutex.h>
#include <linux/types.h>

struct handshake;

/**
 * struct control - what we have written
 * @writing:	held while it is written: who has it knows that it has been
 * @written:	the request for which it was, and whether any; noted before it is
 *		written, since manage.c may be quicker than xenstored's answer
 *
 * Noted by the service thread, under @writing, if the request is pending then;
 * forgotten by whoever ends the request, in the xenwatch thread or the service
 * thread. The xenwatch thread may end it at any time (by an earlier request's
 * event): it ends it first and takes back what was written after that, under
 * @writing. So who writes either sees that the request is over, or what it has
 * written is found; and manage.c, which runs in the xenwatch thread, too, does
 * not read it in between.
 */
struct control {
	/* orders writing control/shutdown against reading it */
	struct mutex writing;
	unsigned long written;
};

void control_init(struct control *control);
int control_write(struct control *control, const struct handshake *hs,
		  unsigned int seq);
bool control_is_for(const struct control *control, unsigned int seq);
bool control_was_read(struct control *control, unsigned int seq);
bool control_revoke(struct control *control, unsigned int seq);
void control_answered(struct control *control, unsigned int seq);
void control_give_up(struct control *control);
void control_clear(struct control *control, unsigned int seq);

static inline bool control_is_written(const struct control *control)
{
	return READ_ONCE(control->written);
}

static inline void control_forget(struct control *control)
{
	WRITE_ONCE(control->written, 0);
}

#endif
