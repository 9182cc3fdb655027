/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The properties, and what is written down to judge them. Nothing here has any
 * influence on what the processes do.
 *
 * What each toolstack is owed, by number; the third uses control/shutdown:
 */
#define NOTHING	0	/* it has not asked */
#define ASKED	1	/* it has, and there was neither a suspend nor a reason why not */
#define SERVED	2	/* the guest was suspended after it had asked */
#define TOLD	3	/* the guest has recorded why there will be no suspend */
#define GAVE_UP	4	/* its minute is over */
#define GONE	5	/* it was killed */
#define STOCKS	2	/* number of the one that uses control/shutdown */

byte owed[3];
/* Who made the request that is pending, and who has notified each port last */
byte origin = NOBODY;
byte sender[2] = NOBODY;
/* Sent after the gate has cleared what was pending, or while the domain stood still */
bool astride[2];
bool astride_request;
/* manage.c acts on what the third toolstack wrote */
bool stock_read;
/* A notify by one port was cleared at the gate, with a request by the other */
bool part_by_other;
/* A port is to be replaced since it was bound already when it was published */
bool bound_published;
/* Its toolstack was not offered another port ahead, since it gives its own back */
bool trusted;
/* Its text was taken back with ours */
bool taken_from_stock;

/* The name is printed in the replay of a counterexample: proof/faults reads it. */
#define CLAIM(name, holds) \
	if \
	:: holds \
	:: else -> printf(name); assert(false) \
	fi

/*
 * Who resumes the guest and calls again, at once, can bind what it reads: if it is
 * alone, and nothing fails.
 */
#if !TIME && !FAILS && !KILLS && !XSERR && !NOMEM && !LAYOUT && !CALLS1 && !STOCK
#define CLAIM_BINDS(p) \
	CLAIM("BROKEN next_call_can_bind\n", xport[p] == UNBOUND || (assumed(NO_SURPRISE) && trusted))
#else
#define CLAIM_BINDS(p)	skip
#endif

/* Every notify not yet answered is on its way, pending, or part of a request. */
#define kept(t) \
	(owed[t] != ASKED || (st[t] == WAIT && pend[port[t]]) || req)
#define CLAIM_KEPT \
	CLAIM("BROKEN no_notify_lost\n", kept(0) && kept(1))

/* A request is over, and why is recorded: so is why for all that are part of it. */
#define tell(t) \
	if \
	:: owed[t] == ASKED && !(st[t] == WAIT && pend[port[t]]) -> owed[t] = TOLD \
	:: else \
	fi
#define tell_all() tell(0); tell(1)

/* Who made the request does not wait for it any more. */
#define origin_left	(origin == NOBODY || owed[origin] != ASKED)

/* Nor does anybody else whose notify is part of it. */
#define joined(t)	(owed[t] == ASKED && !(st[t] == WAIT && pend[port[t]]))
#define all_left	(origin_left && !joined(0) && !joined(1))

/* Does somebody wait for a suspend? */
#define waits(t) (owed[t] == ASKED)
/*
 * The request's toolstack was killed, and the next one has bound the same port and
 * is about to ask: the guest cannot tell the two apart, and the next one copes.
 */
#define inherited \
	(req && xport[by] == BOUND && owner[by] != NOBODY && origin == NOBODY && \
	 owed[owner[by]] == NOTHING)
#define wanted (waits(0) || waits(1) || waits(STOCKS) || stock_read || \
		 (assumed(NO_HEIR) && inherited) || \
		 (assumed(NO_NOTIFY_ASTRIDE) && astride_request))

#define origin_is(what) (req && origin != NOBODY && owed[origin] == what)

/*
 * Is this suspend one that should be? Judged when the gate lets it pass: a toolstack
 * killed between that and the hypercall is no different from one killed after it.
 */
#define CLAIM_WANTED \
	CLAIM("BROKEN none_after_giving_up\n", wanted || !origin_is(GAVE_UP)); \
	CLAIM("BROKEN one_request_one_suspend\n", wanted || !origin_is(SERVED)); \
	CLAIM("BROKEN none_after_going\n", wanted || !req || origin != NOBODY); \
	CLAIM("BROKEN none_unasked\n", wanted)

#define serve_owed(t) \
	if \
	:: owed[t] == ASKED -> owed[t] = SERVED \
	:: else \
	fi

/* The node holds no port that is closed. */
#define CLAIM_NODE \
	CLAIM("BROKEN node_holds_open_port\n", node == 0 || node >= OTHER || xport[node - 1] != CLOSED)
