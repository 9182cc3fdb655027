/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine of the suspend handshake. Pure logic: it knows nothing of
 * Xen, so that KUnit can drive every transition. handshake.c has the rules.
 */
#ifndef XEN_SUSPEND_HANDSHAKE_H
#define XEN_SUSPEND_HANDSHAKE_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * enum hs_base - where this guest stands between two suspends
 * @HS_DISARMED:	no event channel, or not ours any more: a notify is spurious
 * @HS_ARMED:		a notify is a request
 * @HS_SUSPENDING:	do_suspend() runs and SCHEDOP_shutdown is still to come
 * @HS_RESUMING:	SCHEDOP_shutdown has returned and do_suspend() winds up
 */
enum hs_base {
	HS_DISARMED,
	HS_ARMED,
	HS_SUSPENDING,
	HS_RESUMING,
};

#define HS_BASE_MASK	0x3
/* A request has come and neither been served nor dropped. */
#define HS_REQUEST	0x4
#define HS_STATE_MASK	(HS_BASE_MASK | HS_REQUEST)
/* The port by which the newest request came: 0 or 1 */
#define HS_BY		0x8
/* The number of the newest request, in the bits above; it wraps. */
#define HS_SEQ_SHIFT	8
/* A toolstack may hold on to one port while the next uses another. */
#define HS_PORTS	2

/**
 * enum hs_verdict - what an upcall turned out to be
 * @HS_NEW:		a request: somebody has to act on it
 * @HS_COALESCED:	one more notify of the request already pending
 * @HS_SPURIOUS:	nobody was to notify us now
 */
enum hs_verdict {
	HS_NEW,
	HS_COALESCED,
	HS_SPURIOUS,
};

/**
 * enum hs_outcome - how a suspend attempt ended
 * @HS_NOTHING:		no attempt was under way
 * @HS_FAILED:		it never reached the hypercall; the request is over
 * @HS_AGAIN:		likewise, and the request stays pending: to be tried again
 * @HS_FAILED_OTHER:	an attempt not made for the event channel failed; a request
 *			that came meanwhile stays pending
 * @HS_CANCELLED:	resumed in place, the same domain
 * @HS_RESTORED:	resumed in a new domain
 */
enum hs_outcome {
	HS_NOTHING,
	HS_FAILED,
	HS_AGAIN,
	HS_FAILED_OTHER,
	HS_CANCELLED,
	HS_RESTORED,
};

/**
 * struct hs_attempt - the suspend attempt under way
 * @serves:	made for a pending request of the event channel (its failure is
 *		that request's failure)
 * @refused:	0, or why it was refused at the gate: -ETIME or -ECONNRESET
 * @served:	a request was pending when the hypercall was made
 * @seq:	number of that request, or of the one that it serves
 * @request_ns:	when it came
 * @signal_ns:	request to start of do_suspend(), 0 if it came later than that
 * @suspend_ns:	request to the gate, 0 if no request
 *
 * Written by the xenwatch thread, which runs do_suspend(), and by the syscore
 * callbacks, for which the xenwatch thread waits in stop_machine(): never two
 * at a time, and stop_machine() orders them. Nobody else reads it.
 */
struct hs_attempt {
	bool serves;
	int refused;
	bool served;
	unsigned int seq;
	u64 request_ns;
	u64 signal_ns;
	u64 suspend_ns;
};

/**
 * struct hs_port - what the upcall of one port writes, and nobody else
 * @request_ns:	when the newest request by this port came
 * @requests:	new requests
 * @coalesced:	notifies that belonged to a request already pending
 * @spurious:	notifies while disarmed
 *
 * Upcalls of the same port come one after the other, those of two ports at the
 * same time: hence one struct each. @request_ns belongs to the upcall until the
 * exchange that sets HS_REQUEST and names this port; from then until HS_REQUEST
 * is cleared it is everybody's to read, and the upcall leaves it alone.
 */
struct hs_port {
	u64 request_ns;
	unsigned long requests;
	unsigned long coalesced;
	unsigned long spurious;
};

/**
 * struct handshake - the state of the handshake
 * @word:	enum hs_base, HS_REQUEST, HS_BY and the request number, changed only
 *		by compare-and-exchange
 * @ports:	by number of the port
 * @attempt:	the attempt under way
 * @remembered:	number of the last request that came while resuming; written by
 *		the xenwatch thread
 * @suspends:	requests that led to the suspend hypercall
 * @cancelled:	those of @suspends that resumed in place
 * @failures:	requests that led to no suspend
 * @last_signal_us: last request served: until do_suspend() started
 * @last_suspend_us: the same request: until SCHEDOP_shutdown
 */
struct handshake {
	atomic_t word;
	struct hs_port ports[HS_PORTS];
	struct hs_attempt attempt;
	unsigned int remembered;
	atomic_long_t suspends;
	atomic_long_t cancelled;
	atomic_long_t failures;
	unsigned long last_signal_us;
	unsigned long last_suspend_us;
};

static inline int hs_word(const struct handshake *hs)
{
	/* before what goes with it is read: a request's time, hs_is_remembered() */
	return atomic_read_acquire(&hs->word);
}

static inline enum hs_base hs_base(int word)
{
	return word & HS_BASE_MASK;
}

static inline bool hs_is_requested(int word)
{
	return hs_base(word) == HS_ARMED && (word & HS_REQUEST);
}

static inline unsigned int hs_by(int word)
{
	return !!(word & HS_BY);
}

static inline unsigned int hs_seq(int word)
{
	return (unsigned int)word >> HS_SEQ_SHIFT;
}

/* Is this request pending, and its suspend not begun? */
static inline bool hs_is_pending(int word, unsigned int seq)
{
	return hs_is_requested(word) && hs_seq(word) == seq;
}

/* Counts of both ports, read at any time */
static inline unsigned long hs_requests(const struct handshake *hs)
{
	return READ_ONCE(hs->ports[0].requests) +
	       READ_ONCE(hs->ports[1].requests);
}

static inline unsigned long hs_coalesced(const struct handshake *hs)
{
	return READ_ONCE(hs->ports[0].coalesced) +
	       READ_ONCE(hs->ports[1].coalesced);
}

static inline unsigned long hs_spurious(const struct handshake *hs)
{
	return READ_ONCE(hs->ports[0].spurious) +
	       READ_ONCE(hs->ports[1].spurious);
}

/* When the request of that word came, for as long as it is pending */
static inline u64 hs_request_ns(const struct handshake *hs, int word)
{
	return READ_ONCE(hs->ports[hs_by(word)].request_ns);
}

/*
 * Did the pending request of that word come while resuming? It may be older: Xen
 * keeps what is sent to a domain that stands still.
 */
static inline bool hs_is_remembered(const struct handshake *hs, int word)
{
	return READ_ONCE(hs->remembered) == hs_seq(word);
}

enum hs_verdict hs_upcall(struct handshake *hs, unsigned int by, u64 now_ns);
bool hs_arm(struct handshake *hs);
bool hs_disarm(struct handshake *hs);
bool hs_begin(struct handshake *hs, u64 now_ns);
void hs_absorb(struct handshake *hs, u64 start_ns);
int hs_gate(struct handshake *hs, u64 now_ns, u64 deadline_ns, bool deserted);
void hs_crossed(struct handshake *hs);
enum hs_outcome hs_end(struct handshake *hs, bool restored, bool again);
bool hs_drop(struct handshake *hs, unsigned int seq);
u64 hs_time_left_ns(const struct handshake *hs, u64 now_ns, u64 deadline_ns);
const char *hs_state_name(int word);

#endif
