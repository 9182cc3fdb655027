/* SPDX-License-Identifier: GPL-2.0 */
/*
 * handshake.c. The word, whose parts change in one step.
 *
 * The number of a request matters only by comparison with that of the request
 * pending. So each variable that holds a number is a bit here, "it is the pending
 * one's", and the next request clears all of them: exact, but for a number that wraps.
 */
#define DISARMED	0
#define ARMED		1
#define SUSPENDING	2
#define RESUMING	3

byte base;			/* hs_base() */
bool req;			/* HS_REQUEST */
bit by;				/* HS_BY */

/* Is this number the pending request's? */
bool kicked;			/* service.kicked */
bool expired;			/* service.expired */
bool written_for;		/* control.written */
bool remembered;		/* handshake.remembered */
bool retry_seq;			/* verdict.retry.seq */
bool svc_seq, watch_seq;	/* that which the service, the xenwatch thread has in hand */
/* Is it the number that the xenwatch thread has in hand, the pending request's or an older? */
bool written_watch, svc_watch;

bool late;			/* 55 s have passed since the pending request came */
bool asked_by[2];		/* notifies() != channel_port.earlier */
bool any_request;		/* hs_requests() != release.requests_before */
bool to_learn;			/* hs_requests() != offer.requests */

/* struct hs_attempt */
bool serves, was_served;
byte refused;
#define TOO_LATE	1
#define DESERTED	2

#define is_requested	(base == ARMED && req)
#define is_new		(is_requested && !asleep && !kicked)

inline hs_next_request(p)
{
	req = true;
	by = p;
	late = false;
	kicked = false;
	expired = false;
	written_for = false;
	remembered = false;
	retry_seq = false;
	svc_seq = false;
	watch_seq = false;
	asked_by[p] = true;
	any_request = true;
	to_learn = true;
	asked_here = true;
	lied = false;
	origin = sender[p];
	astride_request = astride[p]
}

inline hs_upcall(p)
{
	if
	:: base == DISARMED ->
		printf("upcall| finds the guest disarmed: spurious, by port %d\n", p + 1);
		CLAIM("BROKEN no_notify_lost\n", job_force || sender[p] == NOBODY || owed[sender[p]] != ASKED || stale[sender[p]]);
		if
		:: sender[p] != NOBODY && owed[sender[p]] == ASKED -> owed[sender[p]] = TOLD
		:: else
		fi
	:: else ->
		if
		:: req ->
			printf("upcall| a request is pending: this notify, by port %d, is part of it\n", p + 1);
			asked_by[p] = true
		:: else ->
			hs_next_request(p);
			printf("upcall| a new request, by port %d; wakes the service thread\n", p + 1);
			wake()
		fi
	fi;
	sender[p] = NOBODY;
	astride[p] = false
}

/* The request of which cur is true is given up; who is part of it is told why. */
#define FOR_LATE	1
#define FOR_DESERTED	2
#define FOR_OTHER	3
#define FOR_FAILED	4	/* failed_unseen(): no verdict_drop() */
inline hs_drop(cur, why)
{
	if
	:: is_requested && cur ->
		CLAIM("BROKEN no_refusal_in_time\n", why != FOR_LATE || late);
		CLAIM("BROKEN no_refusal_in_time\n", why != FOR_DESERTED || all_left);
		req = false;
		tell_all();
		if
		:: why != FOR_FAILED -> job_resumed = true; wake()
		:: else
		fi
	:: else
	fi
}

inline hs_begin(ok)
{
	ok = is_requested;
	if
	:: ok ->
		base = SUSPENDING;
		serves = true;
		was_served = false;
		refused = 0
	:: else
	fi
}

inline hs_absorb()
{
	if
	:: base == ARMED ->
		base = SUSPENDING;
		serves = req;
		was_served = false;
		refused = 0
	:: else
	fi
}

inline hs_gate(ours, deserted)
{
	if
	:: base == SUSPENDING && req && serves ->
		if
		:: ours && late ->
			refused = TOO_LATE
		:: ours && !late && deserted ->
			CLAIM("BROKEN no_refusal_in_time\n", all_left);
			refused = DESERTED
		:: else
		fi;
		CLAIM("BROKEN no_stock_suspend_refused\n", !refused || !by_manage || !stock_read || \
		      (assumed(NO_TEXT_OF_BOTH) && ours))
	:: else
	fi
}

inline hs_crossed()
{
	if
	:: base == SUSPENDING ->
		base = RESUMING;
		was_served = req;
		req = false
	:: else
	fi
}
