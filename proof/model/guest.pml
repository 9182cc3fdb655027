/* SPDX-License-Identifier: GPL-2.0 */
/* What the guest's contexts share: channel.c, and the upcall itself. */
/* Wake the service thread; asleep by the guest's own will, it is frozen. */
inline wake()
{
	running = true;
	wakeup = wakeup || wakes
}

#define slot_bound(p)	(open[p] && xport[p] == BOUND)
#define slot_free(p)	(open[p] && xport[p] == UNBOUND)
#define any_bound	(slot_bound(0) || slot_bound(1))
#define held_open	open[1 - offered]
/* channel_asker(): another may have asked since, by the port offered ahead */
#define another_asks(p)	(p != offered && asked_by[offered] && slot_bound(offered))
#define asker_bound(p)	(slot_bound(p) || another_asks(p))
#define asker_none(p)	(slot_free(p) && !another_asks(p))
#define is_held		(published && !held_open && slot_bound(offered))

inline open_port(p)
{
	open[p] = true;
	irq[p] = true;
	mapped[p] = true;
	xport[p] = UNBOUND;
	owner[p] = NOBODY;
	pend[p] = false;
	asked_by[p] = false;
	offered = p
}

/*
 * unbind_from_irqhandler(). The port may be one that a toolstack has read from the
 * node before: what becomes of that one is its own.
 */
inline close_slot(p)
{
	if
	:: irq[p] && mapped[p] ->
		xport[p] = CLOSED;
		owner[p] = NOBODY;
		pend[p] = false;
		sender[p] = NOBODY;
		CLAIM_NODE
	:: else
	fi;
	open[p] = false;
	irq[p] = false;
	mapped[p] = false
}

/*
 * To close a port that a toolstack's call goes by is to break that call. It cannot be
 * helped if it read the node before the port was withdrawn and has bound it after; or
 * if another has asked by the other port since: Xen has one subscription only.
 */
#define calls_by(t, p)	(st[t] >= BINDS && port[t] == p)
inline close_port(p)
{
	if
	:: xport[p] == BOUND && mapped[p] ->
		CLAIM("BROKEN none_closed_in_use\n", job_force || !calls_by(owner[p], p) || stale[owner[p]] || rival[owner[p]]);
		if
		:: owed[owner[p]] == ASKED && pend[p] && port[owner[p]] == p -> owed[owner[p]] = TOLD
		:: else
		fi
	:: else
	fi;
	close_slot(p)
}

#define goes	(released || job_force)

/* Interrupts, one at a time for each port, and never inside stop_machine() */
bool irqs_off;
active proctype upcall()
{
end:
	do
	:: atomic { up && !irqs_off && pend[0] && irq[0] && mapped[0] ->
		pend[0] = false;
		hs_upcall(0) }
	:: atomic { up && !irqs_off && pend[1] && irq[1] && mapped[1] ->
		pend[1] = false;
		hs_upcall(1) }
#if TIME
	/* Not before its suspend is started, nor when it has passed the gate */
	:: atomic { up && req && !late && !is_new && !starting && stage != GATED ->
		late = true;
		printf("time| 55 s have passed since that request\n") }
#endif
	od
}
