// SPDX-License-Identifier: GPL-2.0
/*
 * The rules: who may touch what, which transitions there are, what becomes of
 * each request, and what each operation may answer.
 *
 * They are written down once more here, apart from handshake.c, from the table
 * and the comments of its header; a book is kept of every request.
 */
#include <linux/errno.h>
#include <stdio.h>
#include <string.h>

#include "rules.h"

#define MOST_REQUESTS 32

enum fate { FATE_NONE, FATE_PENDING, FATE_SERVED, FATE_DROPPED, FATE_FAILED };

static const char * const fate_names[] = { "not made", "pending", "served", "dropped", "failed" };

struct request {
	enum fate fate;
	u64 ns;
	unsigned int by;
	bool while_resuming;
	bool remembered;
};

/* Questions about the word that an operation may answer by. */
enum question { Q_DISARMED, Q_PENDING, Q_NOT_REQUESTED, Q_BUSY, Q_COUNT };

struct actor {
	struct rules_call call;
	bool looked;
	bool changed;
	int before;
	unsigned int yes[Q_COUNT], yes_last[Q_COUNT];
};

struct handshake rules_hs;

static struct request requests[MOST_REQUESTS];
static unsigned int made, coalesced, spurious, fates[FATE_FAILED + 1], cancelled;
static unsigned int yes[Q_COUNT];
static bool serves;
static struct actor actors[RULES_ACTORS];

static struct actor *who(void)
{
	return &actors[steps_current < 0 ? RULES_BEFORE : steps_current];
}

static bool answer(enum question question, int word)
{
	switch (question) {
	case Q_DISARMED:
		return hs_base(word) == HS_DISARMED;
	case Q_PENDING:
		return word & HS_REQUEST;
	case Q_NOT_REQUESTED:
		return !hs_is_requested(word);
	default:
		return hs_base(word) > HS_ARMED || hs_is_requested(word);
	}
}

/* Was it so at any time between the operation's first look at the word and its last? */
static bool held(const struct actor *actor, enum question question)
{
	return answer(question, actor->before) ||
	       actor->yes[question] != actor->yes_last[question];
}

void rules_reset(void)
{
	memset(&rules_hs, 0, sizeof(rules_hs));
	memset(requests, 0, sizeof(requests));
	memset(fates, 0, sizeof(fates));
	memset(yes, 0, sizeof(yes));
	memset(actors, 0, sizeof(actors));
	made = coalesced = spurious = cancelled = 0;
	serves = false;
}

void rules_call(struct rules_call call)
{
	static const char * const names[] = {
		[RULES_UPCALL] = "upcall", [RULES_ARM] = "arm", [RULES_DISARM] = "disarm",
		[RULES_DROP] = "drop", [RULES_LOOK] = "word", [RULES_BEGIN] = "begin",
		[RULES_ABSORB] = "absorb", [RULES_GATE] = "gate", [RULES_CROSSED] = "crossed",
		[RULES_END] = "end",
	};
	struct actor *actor = who();

	steps_did("%s  calls hs_%s()", rules_actor(), names[call.op]);
	actor->call = call;
	actor->looked = false;
	actor->changed = false;
	actor->before = rules_hs.word.counter;
}

static const char *in_words(int word)
{
	static char text[48];

	snprintf(text, sizeof(text), "%s%s, port %u, number %u", hs_state_name(word),
		 word & HS_REQUEST && hs_base(word) != HS_ARMED ? " with a request" : "",
		 hs_by(word), hs_seq(word));
	return text;
}

void rules_read(const void *where, int size, unsigned long long value)
{
	struct actor *actor = who();

	if (where != &rules_hs.word) {
		steps_did("%s  reads %s: %llu", rules_actor(), rules_place(where), value);
		return;
	}
	steps_did("%s  reads the word: %s", rules_actor(), in_words(value));
	memcpy(actor->yes_last, yes, sizeof(yes));
	if (!actor->looked && size == sizeof(int)) {
		actor->looked = true;
		actor->before = value;
		memcpy(actor->yes, yes, sizeof(yes));
	}
}

static bool is_legal(const struct rules_call *call, int old, int new)
{
	enum hs_base base = hs_base(old);
	int rest = old & ~HS_BASE_MASK;

	switch (call->op) {
	case RULES_UPCALL:
		return base != HS_DISARMED && !(old & HS_REQUEST) && hs_base(new) == base &&
		       (new & HS_REQUEST) && hs_by(new) == call->by &&
		       hs_seq(new) == hs_seq(old) + 1;
	case RULES_ARM:
		return base == HS_DISARMED && new == (rest | HS_ARMED);
	case RULES_DISARM:
		return base == HS_ARMED && !(old & HS_REQUEST) && new == (rest | HS_DISARMED);
	case RULES_DROP:
		return hs_is_requested(old) && hs_seq(old) == call->seq &&
		       new == (old & ~HS_REQUEST);
	case RULES_BEGIN:
		return hs_is_requested(old) && new == (rest | HS_SUSPENDING);
	case RULES_ABSORB:
		return base == HS_ARMED && new == (rest | HS_SUSPENDING);
	case RULES_CROSSED:
		return base == HS_SUSPENDING && new == ((rest & ~HS_REQUEST) | HS_RESUMING);
	case RULES_END:
		if (base == HS_SUSPENDING && serves && !call->again)
			rest &= ~HS_REQUEST;
		if (base == HS_RESUMING && call->restored)
			return new == ((rest & ~HS_REQUEST) | HS_DISARMED);
		return base >= HS_SUSPENDING && new == (rest | HS_ARMED);
	default:
		return false;
	}
}

static void request_over(unsigned int seq, enum fate fate)
{
	struct request *request = &requests[seq];

	if (request->fate != FATE_PENDING)
		steps_violated("request %u, which is %s, is %s", seq, fate_names[request->fate],
			       fate_names[fate]);
	request->fate = fate;
	fates[fate]++;
}

static void request_made(const struct rules_call *call, int old)
{
	struct request *request = &requests[++made];

	*request = (struct request){
		.fate = FATE_PENDING, .ns = call->now_ns, .by = call->by,
		.while_resuming = hs_base(old) == HS_RESUMING,
	};
}

/* What a transition that is legal means for the requests. */
static void keep_book(const struct rules_call *call, int old, int new)
{
	unsigned int seq = hs_seq(old);

	switch (call->op) {
	case RULES_UPCALL:
		request_made(call, old);
		return;
	case RULES_BEGIN:
	case RULES_ABSORB:
		serves = old & HS_REQUEST;
		return;
	case RULES_END:
		if (hs_base(old) == HS_RESUMING && (new & HS_REQUEST))
			requests[seq].remembered = true;
		if (hs_base(old) == HS_RESUMING && (old & HS_REQUEST) && !(new & HS_REQUEST))
			steps_violated("request %u is lost in a restore", seq);
		break;
	default:
		break;
	}
	if (!(old & HS_REQUEST) || (new & HS_REQUEST))
		return;
	request_over(seq, call->op == RULES_CROSSED ? FATE_SERVED :
			  call->op == RULES_DROP ? FATE_DROPPED : FATE_FAILED);
}

void rules_wrote(const void *where, int size, unsigned long long before,
		 unsigned long long after)
{
	struct actor *actor = who();
	int old = before, new = after, i;

	if (where != &rules_hs.word) {
		steps_did("%s  writes %s: %llu", rules_actor(), rules_place(where), after);
		return;
	}
	steps_did("%s  writes the word: %s", rules_actor(), in_words(new));
	if (size != sizeof(int) || actor->changed || !is_legal(&actor->call, old, new))
		steps_violated("no such transition: from %s", in_words(old));
	actor->changed = true;
	if (made + 1 == MOST_REQUESTS)
		steps_violated("too many requests for the book");
	for (i = 0; i < Q_COUNT; i++)
		yes[i] += answer(i, new);
	memcpy(actor->yes_last, yes, sizeof(yes));
	keep_book(&actor->call, old, new);
}

static void expect(bool good, const char *what)
{
	steps_did("%s  %s", rules_actor(), what);
	if (!good)
		steps_violated("%s: %s", rules_actor(), what);
}

void rules_upcall_returned(enum hs_verdict verdict)
{
	const struct actor *actor = who();

	switch (verdict) {
	case HS_NEW:
		expect(actor->changed, "returns: a new request");
		break;
	case HS_COALESCED:
		coalesced++;
		expect(!actor->changed && held(actor, Q_PENDING),
		       "returns: one more notify of a request pending");
		break;
	case HS_SPURIOUS:
		spurious++;
		expect(!actor->changed && held(actor, Q_DISARMED), "returns: spurious");
		break;
	}
}

void rules_arm_returned(bool armed)
{
	expect(armed == who()->changed, armed ? "returns: armed" : "returns: was not disarmed");
}

void rules_disarm_returned(bool disarmed)
{
	const struct actor *actor = who();

	if (disarmed)
		expect(actor->changed || held(actor, Q_DISARMED), "returns: disarmed");
	else
		expect(!actor->changed && held(actor, Q_BUSY), "returns: not disarmed");
}

void rules_drop_returned(bool dropped, u64 request_ns)
{
	const struct actor *actor = who();
	unsigned int seq = actor->call.seq;

	if (dropped) {
		expect(actor->changed, "returns: dropped");
		expect(request_ns == requests[seq].ns, "has noted when that request came");
	} else {
		expect(!actor->changed && (held(actor, Q_NOT_REQUESTED) ||
					   hs_seq(actor->before) != seq),
		       "returns: not dropped");
	}
}

/* Whoever looks at a request that is pending until he is done has seen the truth. */
void rules_looked(int word, u64 request_ns, bool remembered)
{
	const struct request *request = &requests[hs_seq(word)];

	if (!hs_is_requested(word))
		return;
	expect(request_ns == request->ns, "has looked up when the request came");
	expect(remembered == request->remembered, "has looked up whether it was remembered");
}

static void expect_noted(const char *what)
{
	const struct hs_attempt *attempt = &rules_hs.attempt;

	expect(attempt->request_ns == requests[attempt->seq].ns, what);
}

void rules_begin_returned(bool begun)
{
	const struct actor *actor = who();

	if (!begun) {
		expect(!actor->changed && held(actor, Q_NOT_REQUESTED), "returns: not begun");
		return;
	}
	expect(actor->changed && rules_hs.attempt.serves, "returns: begun");
	expect(rules_hs.attempt.seq == hs_seq(rules_hs.word.counter), "has noted which request");
	expect_noted("has noted when it came");
}

void rules_gate_returned(int err)
{
	const struct actor *actor = who();
	bool due = hs_base(actor->before) == HS_SUSPENDING && serves;

	expect(err == (due && actor->call.late ? -ETIME :
		       due && actor->call.deserted ? -ECONNRESET : 0),
	       err ? "returns: refused" : "returns: may pass");
}

void rules_crossed_returned(void)
{
	const struct actor *actor = who();
	bool served = actor->changed && (actor->before & HS_REQUEST);

	if (!actor->changed) {
		expect(hs_base(actor->before) != HS_SUSPENDING, "returns: nothing was under way");
		return;
	}
	expect(rules_hs.attempt.served == served, "has noted whether it served a request");
	if (!served)
		return;
	expect(rules_hs.attempt.seq == hs_seq(actor->before), "has noted which");
	expect_noted("has noted when that one came");
}

void rules_end_returned(enum hs_outcome outcome)
{
	const struct actor *actor = who();
	const struct rules_call *call = &actor->call;
	enum hs_base base = hs_base(actor->before);
	enum hs_outcome due = HS_NOTHING;

	if (base == HS_SUSPENDING)
		due = !serves ? HS_FAILED_OTHER : call->again ? HS_AGAIN : HS_FAILED;
	else if (base == HS_RESUMING)
		due = call->restored ? HS_RESTORED : HS_CANCELLED;
	expect(outcome == due && actor->changed == (due != HS_NOTHING), "returns how it ended");
	if (outcome == HS_CANCELLED && rules_hs.attempt.served)
		cancelled++;
}

void rules_finish(void)
{
	int word = rules_hs.word.counter;
	unsigned int over = fates[FATE_SERVED] + fates[FATE_DROPPED] + fates[FATE_FAILED];
	unsigned int pending = word & HS_REQUEST ? 1 : 0;
	/* A suspend is counted when it is over. */
	unsigned int under_way = hs_base(word) == HS_RESUMING && rules_hs.attempt.served;

	if (over + pending != made || (pending && requests[hs_seq(word)].fate != FATE_PENDING))
		steps_violated("of %u requests %u are over and %u pending", made, over, pending);
	if (hs_requests(&rules_hs) != made || hs_coalesced(&rules_hs) != coalesced ||
	    hs_spurious(&rules_hs) != spurious)
		steps_violated("the upcalls' counters: %lu %lu %lu, not %u %u %u",
			       hs_requests(&rules_hs), hs_coalesced(&rules_hs),
			       hs_spurious(&rules_hs), made, coalesced, spurious);
	if (atomic_long_read(&rules_hs.suspends) + under_way != fates[FATE_SERVED] ||
	    atomic_long_read(&rules_hs.cancelled) != cancelled ||
	    atomic_long_read(&rules_hs.failures) != fates[FATE_DROPPED] + fates[FATE_FAILED])
		steps_violated("suspends, cancelled, failures do not add up");
}

static unsigned long digest(unsigned long sum, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--)
		sum = (sum ^ *byte++) * 0x100000001b3;
	return sum;
}

unsigned long rules_outcome(void)
{
	return digest(digest(0xcbf29ce484222325, &rules_hs, sizeof(rules_hs)), requests,
		      sizeof(requests));
}
