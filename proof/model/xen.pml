/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen and xenstore.
 *
 * The guest has two ports at most, and Xen gives out the lowest number that is
 * free: so a port closed and opened again has the number that it had, which is the
 * worst case for who still believes in the old one. Numbers are 0 and 1 here;
 * stories, the node and the subscription count from 1.
 */
#define CLOSED	0
#define UNBOUND	1
#define BOUND	2

byte xport[2];			/* what EVTCHNOP_status says of the guest's ports */
byte owner[2] = NOBODY;		/* the toolstack that has it bound */
bool pend[2];			/* an event is pending, and not yet delivered */
byte subscribed;		/* the port that Xen signals a suspend by, or 0 */
bool event[2];			/* pending for each toolstack: the guest's port signalled */
bool up = true;			/* the domain runs, it is not shut down */
bool same;			/* what the hypercall returns: the same domain */

/* xenstore, as far as it is of this domain */
#define OTHER	3		/* something in the node that is no port of ours */
#define ABSENT	4		/* no node, and no right to make one */
byte node;			/* device/suspend/event-channel: 0 is "" */
bool asks;			/* control/shutdown is "suspend" */
bool by_us, by_stock;		/* who has written that */
bool ev_manage, ev_ours;	/* watches on it have fired: manage.c's and ours */
bool writable = true;		/* the node can be written by the guest */

/* A toolstack's end of a port: closed by itself, or by the kernel if it is killed. */
#define unbind(p) \
	if \
	:: xport[p] == BOUND -> xport[p] = UNBOUND; owner[p] = NOBODY \
	:: else \
	fi

inline notify(t, p)
{
	if
	:: xport[p] == BOUND && owner[p] == t ->
		/* given up by force, and left open: nobody answers */
		owed[t] = (job_force && !irq[p] -> TOLD : ASKED);
		rival[1 - t] = true;
		/* An earlier call has made what is pending. */
		origin = (origin == t -> NOBODY : origin);
		sender[1 - p] = (sender[1 - p] == t -> NOBODY : sender[1 - p]);
		sender[p] = t;
		astride[p] = !up || (stage == GATED && !stood);
		pend[p] = true
	:: else	/* the guest has closed it */
	fi
}

/* Called by who writes control/shutdown; will_handle of our watch comes first. */
inline control_changed()
{
	ev_manage = true;
	ev_ours = ev_ours || written
}

inline control_emptied()
{
	asks = false;
	by_us = false;
	by_stock = false;
	control_changed()
}

/*
 * take_back() of control.c. The text does not say whose it is: a request that the stock
 * toolstack made in the same words is gone with ours.
 */
inline take_back()
{
	if
	:: assumed(NO_TEXT_OF_BOTH) && by_stock && owed[STOCKS] == ASKED -> taken_from_stock = true
	:: else
	fi;
	control_emptied()
}

inline control_forget()
{
	written = false;
	written_for = false;
	written_watch = false
}

/* control_give_up(), which waits for who writes */
inline give_up()
{
	if
	:: written && asks ->
		printf("guest| takes its text back from control/shutdown\n");
		take_back()
	:: else
	fi;
	control_forget()
}

/* control_clear(), likewise: for the request that the xenwatch thread has in hand */
inline control_clear()
{
	if
	:: written && written_watch -> give_up()
	:: else
	fi
}

/*
 * control_revoke(), in the thread that writes. Two numbers that are not the pending
 * one's are the same here: what was written for one still older is forgotten by now.
 */
inline control_revoke(is_read)
{
	is_read = false;
	if
	:: written && written_for == svc_seq && !asks -> is_read = true
	:: written && written_for == svc_seq && asks ->
		printf("service| takes its text back\n");
		take_back();
		control_forget()
	:: else
	fi
}

/* SCHEDOP_shutdown, and the signal that the domain has suspended */
inline shutdown()
{
	up = false;
	stood = true;
	serve_owed(0);
	serve_owed(1);
	serve_owed(STOCKS);
	if
	:: subscribed && xport[subscribed - 1] == BOUND && owner[subscribed - 1] != NOBODY ->
		event[owner[subscribed - 1]] = true
	:: else
	fi
}

/* xc_domain_resume(): the hypercall returns 1. */
inline resume_in_place()
{
	up = true;
	same = true;
	resumed_here = true
}

/* Restored: nothing of this domain is left, for anybody who has used it. */
inline new_domain()
{
	xport[0] = CLOSED; xport[1] = CLOSED;
	owner[0] = NOBODY; owner[1] = NOBODY;
	pend[0] = false; pend[1] = false;
	mapped[0] = false; mapped[1] = false;
	subscribed = 0;
	event[0] = false; event[1] = false;
	node = 0;
	writable = true;
	asks = false; by_us = false; by_stock = false;
	st[0] = IDLE; st[1] = IDLE;
	owed[0] = NOTHING; owed[1] = NOTHING; owed[STOCKS] = NOTHING;
	stock = IDLE;
	origin = NOBODY;
	resumed_here = false;
	asked_here = false;
	if
	:: another_has_it = true
	:: another_has_it = false
	fi;
	up = true;
	same = false
}
