// SPDX-License-Identifier: GPL-2.0
/*
 * The suspend handshake as a state machine.
 *
 * One atomic word holds where the guest stands (enum hs_base), whether a
 * request is pending (HS_REQUEST), by which port it came and its number:
 *
 *   sysfs name   base        request   entered from
 *   disarmed     DISARMED    -         hs_disarm(), hs_end() after a restore
 *   armed        ARMED       no        hs_arm(), hs_end(), hs_drop()
 *   requested    ARMED       yes       hs_upcall(), hs_end() to try again
 *   suspending   SUSPENDING  either    hs_begin(), hs_absorb()
 *   resuming     RESUMING    either    hs_crossed()
 *
 * Every transition is one compare-and-exchange. Only an upcall sets HS_REQUEST;
 * only the thread that ends a request clears it. A suspend that is to be tried
 * again leaves its request pending, and whatever asks meanwhile belongs to that
 * one: however often it is tried, one request is one suspend at most.
 *
 * The suspend hypercall is the dividing line. A notify that comes before it
 * belongs to the suspend that is about to happen. One that comes after it asks
 * for another (Remus asks again while the guest is still thawing), and to take one
 * of the first kind for the second would suspend a guest that nobody resumes. So
 * hs_crossed() clears HS_REQUEST, and a request in RESUMING is kept until hs_end().
 *
 * The races:
 *
 * upcall against hypercall: hs_gate() and hs_crossed() run inside
 *   stop_machine(), with all interrupts off: the upcall, a hard interrupt handler,
 *   has either finished or not begun. What is pending in Xen but not delivered
 *   came before the line, and is cleared at the gate. (Where handlers are threads,
 *   PREEMPT_RT, one may be caught between its wake-up and the exchange. Its notify
 *   is then remembered as a new request.)
 * upcall against upcall of the other port: one of the two exchanges succeeds; the
 *   other then finds HS_REQUEST set. Each has written its own struct hs_port.
 * upcall against begin, absorb, end, drop, disarm: if the upcall comes first the
 *   other side sees HS_REQUEST, and hs_disarm() refuses; if it comes second its
 *   own exchange fails and is tried on the new state. An upcall that finds
 *   HS_REQUEST set changes nothing: the request it belongs to will end in a
 *   suspend or in a recorded failure, and either happens after the notify.
 * a second request through control/shutdown: manage.c and the direct trigger
 *   run do_suspend() in the same thread. hs_absorb() takes a pending request into
 *   a suspend that manage.c began; the direct trigger then finds none.
 * upcall against unload: a port is closed, with its interrupt handler gone,
 *   only after hs_disarm() succeeded, or when a newer port has taken its place.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "handshake.h"
#include "trace.h"

static int hs_with_base(int word, enum hs_base base)
{
	return (word & ~HS_BASE_MASK) | base;
}

static inline void hs_trace(const char *event, int word, int next)
{
	trace_handshake(event, word & HS_STATE_MASK, next & HS_STATE_MASK,
			hs_seq(next), hs_by(next));
}

/* Every transition: handshake-table.h has them all. Inline, for the upcall. */
static inline bool hs_move(struct handshake *hs, int *word, int next, const char *event)
{
	if (!atomic_try_cmpxchg(&hs->word, word, next))
		return false;
	hs_trace(event, *word, next);
	return true;
}

/* Unsigned: the number wraps, and signed overflow is undefined. */
static int hs_next_request(int word, unsigned int by)
{
	unsigned int next = (unsigned int)word + (1U << HS_SEQ_SHIFT);

	return (next & ~HS_BY) | HS_REQUEST | by * HS_BY;
}

/**
 * hs_upcall - a notify has come in on the suspend event channel
 * @hs:		the handshake
 * @by:		the port by which it came, 0 or 1
 * @now_ns:	the time, ktime_get_mono_fast_ns()
 *
 * Context: hard interrupt, never two at once for the same port. Takes no lock;
 * one atomic read-modify-write unless it races.
 * Return: what the notify was.
 */
enum hs_verdict hs_upcall(struct handshake *hs, unsigned int by, u64 now_ns)
{
	struct hs_port *port = &hs->ports[by];
	int word = atomic_read(&hs->word);

	do {
		if (hs_base(word) == HS_DISARMED) {
			WRITE_ONCE(port->spurious, port->spurious + 1);
			return HS_SPURIOUS;
		}
		if (word & HS_REQUEST) {
			WRITE_ONCE(port->coalesced, port->coalesced + 1);
			return HS_COALESCED;
		}
		/* If the exchange fails, nobody has looked. */
		WRITE_ONCE(port->request_ns, now_ns);
	} while (!hs_move(hs, &word, hs_next_request(word, by), "notify"));

	WRITE_ONCE(port->requests, port->requests + 1);
	return HS_NEW;
}

/**
 * hs_arm - from now on a notify is a request
 * @hs:		the handshake
 *
 * Context: the service thread, before it publishes: a notify may follow at once.
 * Return: true if it was disarmed.
 */
bool hs_arm(struct handshake *hs)
{
	int word = atomic_read(&hs->word);

	do {
		if (hs_base(word) != HS_DISARMED)
			return false;
	} while (!hs_move(hs, &word, hs_with_base(word, HS_ARMED), "arm"));
	return true;
}

/**
 * hs_disarm - from now on a notify is spurious
 * @hs:		the handshake
 *
 * Context: the service thread.
 * Return: false if a request or a suspend is under way.
 */
bool hs_disarm(struct handshake *hs)
{
	int word = atomic_read(&hs->word);

	do {
		if (hs_base(word) == HS_DISARMED)
			return true;
		if (hs_base(word) != HS_ARMED || (word & HS_REQUEST))
			return false;
	} while (!hs_move(hs, &word, hs_with_base(word, HS_DISARMED), "disarm"));
	return true;
}

/* Read on two CPUs, the clock may differ by a little: never negative. */
static u64 hs_since_request(const struct handshake *hs, int word, u64 now_ns)
{
	s64 elapsed = now_ns - hs_request_ns(hs, word);

	return elapsed > 0 ? elapsed : 0;
}

/* Before the request is over, when the upcall may write the next one's. */
static void hs_note_request(struct handshake *hs, int word)
{
	hs->attempt.seq = hs_seq(word);
	hs->attempt.request_ns = hs_request_ns(hs, word);
}

static void hs_attempt_start(struct handshake *hs, int word, u64 start_ns)
{
	hs->attempt = (struct hs_attempt){ .serves = word & HS_REQUEST };
	if (hs->attempt.serves) {
		hs_note_request(hs, word);
		hs->attempt.signal_ns = hs_since_request(hs, word, start_ns);
	}
}

/**
 * hs_begin - start the suspend that the pending request asks for
 * @hs:		the handshake
 * @now_ns:	the time, for last_signal_us
 *
 * Context: the xenwatch thread, right before do_suspend().
 * Return: false if no request is pending any more.
 */
bool hs_begin(struct handshake *hs, u64 now_ns)
{
	int word = atomic_read(&hs->word);

	do {
		if (!hs_is_requested(word))
			return false;
	} while (!hs_move(hs, &word, hs_with_base(word, HS_SUSPENDING), "begin"));
	hs_attempt_start(hs, word, now_ns);
	return true;
}

/**
 * hs_absorb - a suspend is under way, whoever began it
 * @hs:		the handshake
 * @start_ns:	the earliest time known of this suspend, for last_signal_us
 *
 * It serves whatever is asked for until the hypercall.
 * Context: the xenwatch thread, from the .prepare callback.
 */
void hs_absorb(struct handshake *hs, u64 start_ns)
{
	int word = atomic_read(&hs->word);

	do {
		if (hs_base(word) != HS_ARMED)
			return;
	} while (!hs_move(hs, &word, hs_with_base(word, HS_SUSPENDING), "absorb"));
	hs_attempt_start(hs, word, start_ns);
}

/**
 * hs_gate - the last look before the suspend hypercall
 * @hs:		the handshake
 * @now_ns:	the time
 * @deadline_ns: how long the toolstack waits, 0 for ever
 * @deserted:	no toolstack has the port bound any more
 *
 * Only a suspend made for the event channel is refused.
 * Context: stop_machine(), all CPUs' interrupts off.
 * Return: 0, or -ETIME or -ECONNRESET: the toolstack has given up or is gone,
 * and a guest that suspended now would stay suspended (libxl cannot take it back).
 */
int hs_gate(struct handshake *hs, u64 now_ns, u64 deadline_ns, bool deserted)
{
	int word = atomic_read(&hs->word);

	if (hs_base(word) != HS_SUSPENDING)
		return 0;
	if (hs->attempt.serves) {
		if (!hs_time_left_ns(hs, now_ns, deadline_ns))
			hs->attempt.refused = -ETIME;
		else if (deserted)
			hs->attempt.refused = -ECONNRESET;
	}
	hs_trace(!hs->attempt.refused ? "gate-passed" :
		 hs->attempt.refused == -ETIME ? "gate-late" : "gate-deserted",
		 word, word);
	if (hs->attempt.refused || !(word & HS_REQUEST))
		return hs->attempt.refused;
	hs_note_request(hs, word);
	hs->attempt.suspend_ns = hs_since_request(hs, word, now_ns);
	return 0;
}

/**
 * hs_crossed - the suspend hypercall has returned
 * @hs:		the handshake
 *
 * A pending request is served by it; the next notify is a new one.
 * Context: stop_machine(), all CPUs' interrupts off.
 */
void hs_crossed(struct handshake *hs)
{
	int word = atomic_read(&hs->word);

	do {
		if (hs_base(word) != HS_SUSPENDING)
			return;
	} while (!hs_move(hs, &word,
			  hs_with_base(word & ~HS_REQUEST, HS_RESUMING), "crossed"));
	hs->attempt.served = word & HS_REQUEST;
}

static const char *const hs_ends[] = {
	[HS_FAILED] = "end-failed", [HS_AGAIN] = "end-again",
	[HS_FAILED_OTHER] = "end-failed_other",
	[HS_CANCELLED] = "end-cancelled", [HS_RESTORED] = "end-restored",
};

/* The two times are always of the same request: the last one served. */
static void hs_count(struct handshake *hs, enum hs_outcome outcome)
{
	const struct hs_attempt *attempt = &hs->attempt;

	if (outcome == HS_FAILED)
		atomic_long_inc(&hs->failures);
	if (!attempt->served)
		return;
	atomic_long_inc(&hs->suspends);
	if (outcome == HS_CANCELLED)
		atomic_long_inc(&hs->cancelled);
	WRITE_ONCE(hs->last_signal_us, div_u64(attempt->signal_ns, NSEC_PER_USEC));
	WRITE_ONCE(hs->last_suspend_us, div_u64(attempt->suspend_ns, NSEC_PER_USEC));
}

/**
 * hs_end - the suspend attempt is over
 * @hs:		the handshake
 * @restored:	this is a new domain: the event channel is gone
 * @again:	if a suspend made for a request has failed, keep the request
 *
 * A request that has come since the hypercall stays pending.
 * Context: the xenwatch thread.
 * Return: how it ended.
 */
enum hs_outcome hs_end(struct handshake *hs, bool restored, bool again)
{
	int word = atomic_read(&hs->word);
	enum hs_outcome outcome;
	int next;

	do {
		switch (hs_base(word)) {
		case HS_SUSPENDING:
			next = hs_with_base(word, HS_ARMED);
			if (hs->attempt.serves && again) {
				outcome = HS_AGAIN;
			} else if (hs->attempt.serves) {
				next &= ~HS_REQUEST;
				outcome = HS_FAILED;
			} else {
				outcome = HS_FAILED_OTHER;
			}
			break;
		case HS_RESUMING:
			if (restored) {
				next = hs_with_base(word & ~HS_REQUEST,
						    HS_DISARMED);
				outcome = HS_RESTORED;
			} else {
				next = hs_with_base(word, HS_ARMED);
				outcome = HS_CANCELLED;
			}
			break;
		default:
			return HS_NOTHING;
		}
		/* Before anybody can find the request pending in ARMED. */
		if (outcome == HS_CANCELLED && (word & HS_REQUEST))
			WRITE_ONCE(hs->remembered, hs_seq(word));
	} while (!hs_move(hs, &word, next, hs_ends[outcome]));

	hs_count(hs, outcome);
	return outcome;
}

/**
 * hs_drop - give up the pending request before its suspend has begun
 * @hs:		the handshake
 * @seq:	the request meant
 *
 * Context: the service thread or the xenwatch thread.
 * Return: false if that request is not pending any more.
 */
bool hs_drop(struct handshake *hs, unsigned int seq)
{
	int word = atomic_read(&hs->word);

	do {
		if (!hs_is_pending(word, seq))
			return false;
	} while (!hs_move(hs, &word, word & ~HS_REQUEST, "drop"));
	atomic_long_inc(&hs->failures);
	return true;
}

/**
 * hs_time_left_ns - how long the toolstack goes on waiting
 * @hs:		the handshake, with a request pending
 * @now_ns:	the time
 * @deadline_ns: how long it waits in all, 0 for ever
 *
 * Context: any in which the request stays pending.
 * Return: nanoseconds, U64_MAX for ever, 0 if it has given up.
 */
u64 hs_time_left_ns(const struct handshake *hs, u64 now_ns, u64 deadline_ns)
{
	u64 elapsed = hs_since_request(hs, hs_word(hs), now_ns);

	if (!deadline_ns)
		return U64_MAX;
	return elapsed < deadline_ns ? deadline_ns - elapsed : 0;
}

/**
 * hs_state_name - the name of a state, as in sysfs
 * @word:	a value of struct handshake's word
 *
 * Context: any.
 * Return: a constant string.
 */
const char *hs_state_name(int word)
{
	switch (hs_base(word)) {
	case HS_ARMED:
		return word & HS_REQUEST ? "requested" : "armed";
	case HS_SUSPENDING:
		return "suspending";
	case HS_RESUMING:
		return "resuming";
	default:
		return "disarmed";
	}
}
