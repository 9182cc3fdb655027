/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Toolstacks. Two that use the event channel as libxl does, each in a process that
 * may go on, and one that uses control/shutdown. Each step is one request to Xen or
 * xenstored; between any two of them a toolstack can be killed.
 */
#define owned(t)	(xport[port[t]] == BOUND && owner[port[t]] == t)
#define uses(t)		(st[t] != IDLE || owner[0] == t || owner[1] == t)

inline begin_call(t)
{
	calls[t]--;
	owed[t] = NOTHING;
	event[t] = false;
	if
	:: node == 0 || node >= OTHER -> printf("toolstack %d| reads the node: no port\n", t)
	:: else ->
		port[t] = node - 1;
		st[t] = HAS_READ;
		printf("toolstack %d| reads port %d from the node\n", t, port[t] + 1)
	fi
}

inline bind(t)
{
	CLAIM_BINDS(port[t]);
	if
	:: xport[port[t]] == UNBOUND ->
		xport[port[t]] = BOUND;
		owner[port[t]] = t;
		stale[t] = node != port[t] + 1;
		rival[t] = false;
		st[t] = BINDS;
		printf("toolstack %d| binds port %d\n", t, port[t] + 1)
	:: else ->
		st[t] = IDLE;
		printf("toolstack %d| cannot bind port %d: its call fails\n", t, port[t] + 1)
	fi
}

inline go_on(t)
{
	if
	:: printf("toolstack %d| resumes the guest in place\n", t);
		resume_in_place();
		st[t] = FREES
	:: restores ->
		restores--;
		printf("toolstack %d| restores the guest in a new domain\n", t);
		new_domain()
	fi
}

inline free(t)
{
	if
	:: printf("toolstack %d| unbinds port %d\n", t, port[t] + 1);
		if
		:: owned(t) -> unbind(port[t])
		:: else
		fi;
		st[t] = IDLE
#if LIVES_ON
	:: owned(t) ->
		st[t] = IDLE;
		printf("toolstack %d| lives on, and keeps port %d\n", t, port[t] + 1)
	/* Remus */
	:: calls[t] && owned(t) && owed[t] == SERVED ->
		calls[t]--;
		st[t] = BINDED
#endif
	fi
}

inline kill(t)
{
	kills--;
	printf("toolstack %d| is killed\n", t);
	if
	:: owner[0] == t -> unbind(0)
	:: else
	fi;
	if
	:: owner[1] == t -> unbind(1)
	:: else
	fi;
	st[t] = IDLE;
	event[t] = false;
	owed[t] = GONE;
	origin = (origin == t -> NOBODY : origin);
	sender[0] = (sender[0] == t -> NOBODY : sender[0]);
	sender[1] = (sender[1] == t -> NOBODY : sender[1])
}

/*
 * Its minute began when it notified, and the guest's 55 s when that notify came in: at
 * most five seconds later, unless the domain stood still. So it does not give up
 * while its request is pending and those are not over, nor between gate and hypercall.
 */
#define may_give_up(t) \
	(TIME && st[t] == WAIT && up && stage != GATED && !pend[port[t]] && \
	 (owed[t] != ASKED || !req || late || astride_request))

proctype toolstack(bit t)
{
end:
	do
	:: atomic { st[t] == IDLE && calls[t] && up -> begin_call(t) }
	:: atomic { st[t] == HAS_READ -> bind(t) }
	:: atomic { st[t] == BINDS ->
		subscribed = port[t] + 1;
		st[t] = BINDED }
	:: atomic { st[t] == BINDED ->
		printf("toolstack %d| notifies port %d\n", t, port[t] + 1);
		st[t] = WAIT;
		event[t] = false;
		owed[t] = NOTHING;
		notify(t, port[t]) }
	:: atomic { st[t] == WAIT && event[t] ->
		event[t] = false;
		if
		:: !up -> st[t] = HAS
		:: else
		fi }
	:: atomic { st[t] == HAS ->
		if
		:: !up -> go_on(t)
		:: else -> st[t] = FREES
		fi }
	:: atomic { st[t] == FREES -> free(t) }
#if TIME
	:: atomic { may_give_up(t) ->
		printf("toolstack %d| has waited for a minute, and gives up\n", t);
		if
		:: owed[t] != SERVED -> owed[t] = GAVE_UP
		:: else
		fi;
		st[t] = FREES }
#endif
	:: atomic { kills && uses(t) -> kill(t) }
	od
}

#if STOCK
active proctype stock_toolstack()
{
end:
	do
	:: atomic { stock == IDLE && stock_calls && up ->
		stock_calls--;
		printf("stock toolstack| writes suspend into control/shutdown\n");
		owed[STOCKS] = ASKED;
		stock = WAIT;
		asks = true;
		by_stock = true;
		control_changed() }
	:: atomic { stock == WAIT && !up ->
		stock = IDLE;
		if
		:: resume_in_place();
			printf("stock toolstack| resumes the guest in place\n")
		:: restores ->
			restores--;
			printf("stock toolstack| restores the guest in a new domain\n");
			new_domain()
		fi }
#if TIME
	/* It takes its request back, if nobody has read it. */
	:: atomic { stock == WAIT && up && asks && (!by_us || !assumed(NO_TEXT_OF_BOTH)) ->
		printf("stock toolstack| has waited for a minute, and takes its text back\n");
		stock = IDLE;
		owed[STOCKS] = GAVE_UP;
		control_emptied() }
#endif
	od
}
#endif

/* A domain that nobody goes on with: somebody resumes it at last. */
#define nobody_has \
	(st[0] != HAS && st[1] != HAS && stock != WAIT && \
	 !(st[0] == WAIT && event[0]) && !(st[1] == WAIT && event[1]))
active proctype host()
{
	atomic {
		calls[0] = CALLS0;
		calls[1] = CALLS1;
		run toolstack(0);
#if CALLS1
		run toolstack(1)
#endif
	}
end:
	do
	:: atomic { !up && nobody_has ->
		printf("host| somebody resumes the guest\n");
		resume_in_place() }
	od
}
