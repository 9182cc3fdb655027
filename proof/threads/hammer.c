// SPDX-License-Identifier: GPL-2.0
/*
 * module/handshake.c, unchanged, under real threads and ThreadSanitizer.
 *
 *	hammer NOTIFIES		so many by each port
 *
 * The threads are those of the kernel, and so is what orders them, and no more:
 *
 *   upcall 0, upcall 1	an interrupt handler each; irq[] is "interrupts are off here"
 *   service		polls the word; hands over by a mailbox, as xs_watch_msg()
 *   xenwatch		do_suspend(), direct or stock; fails, is refused, or goes through
 *   stopper		stop_machine(): waits until all interrupts are off
 *   sysfs		reads everything at any time
 *
 * At the end every request must have had one fate, and the counters must add up.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../module/handshake.h"

#define DEADLINE_NS 1000
#define TIME_LIMIT 300

enum fate { FATE_NONE, FATE_SERVED, FATE_DROPPED, FATE_FAILED };

static struct handshake hs;
static unsigned long notifies, most_requests;

/* Interrupts of the CPU that a port's upcalls come to */
static pthread_mutex_t irq[HS_PORTS] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
static bool channel_gone;		/* under irq[]: all of them to write */

/* By number of the notify at its port, or of the request: written once each */
static unsigned char *was_new[HS_PORTS];
static unsigned char *fates;
static u64 *served_ns;
static unsigned long verdicts[HS_PORTS][HS_SPURIOUS + 1];

/* Jobs: the only words here that threads share without a lock */
static int finished, new_domain;

/* A message and its answer, as a queue and a completion are */
struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int sent, done;
};

static struct mailbox xenwatch_box = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };
static struct mailbox stopper_box = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

/* What the stopper is to do, and what came of it: the mailbox's lock is theirs. */
static struct {
	u64 now_ns;
	bool deserted, blocked, away;
	int err;
} stop;

static void broken(const char *what, unsigned long a, unsigned long b)
{
	printf("broken: %s (%lu, %lu)\n", what, a, b);
	fflush(stdout);
	_exit(1);
}

static unsigned int roll(unsigned int *seed, unsigned int sides)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % sides;
}

/* One fate each: a second one is a suspend too many, or a suspend of a dropped request. */
static void decide(unsigned int seq, enum fate fate)
{
	unsigned char before;

	if (seq > most_requests)
		broken("no such request", seq, most_requests);
	before = __atomic_exchange_n(&fates[seq], fate, __ATOMIC_RELAXED);
	if (before)
		broken("a request with two fates", before, fate);
}

static void *upcall(void *data)
{
	unsigned int by = *(unsigned int *)data, seed = by;
	unsigned long n;

	for (n = 1; n <= notifies; n++) {
		pthread_mutex_lock(&irq[by]);
		if (!channel_gone) {
			enum hs_verdict verdict = hs_upcall(&hs, by, 2 * n + by);

			verdicts[by][verdict]++;
			was_new[by][n] = verdict == HS_NEW;
		}
		pthread_mutex_unlock(&irq[by]);
		if (!roll(&seed, 3))
			sched_yield();
	}
	return NULL;
}

static void send(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->sent++;
	pthread_cond_broadcast(&box->changed);
	pthread_mutex_unlock(&box->lock);
}

/* As verdict_drop() */
static void drop(unsigned int seq)
{
	if (hs_drop(&hs, seq))
		decide(seq, FATE_DROPPED);
}

static void open_channel(bool gone)
{
	pthread_mutex_lock(&irq[0]);
	pthread_mutex_lock(&irq[1]);
	channel_gone = gone;
	pthread_mutex_unlock(&irq[1]);
	pthread_mutex_unlock(&irq[0]);
}

static void *service(void *data)
{
	unsigned int seed = 7, kicked = ~0U;

	(void)data;
	while (!__atomic_load_n(&finished, __ATOMIC_ACQUIRE) ||
	       hs_is_requested(hs_word(&hs))) {
		int word = hs_word(&hs);

		if (__atomic_exchange_n(&new_domain, 0, __ATOMIC_SEQ_CST)) {
			open_channel(false);
			hs_arm(&hs);
		}
		if (!hs_is_requested(word)) {
			if (!roll(&seed, 50) && hs_disarm(&hs)) {
				sched_yield();
				hs_arm(&hs);
			}
			sched_yield();
			continue;
		}
		if (hs_is_remembered(&hs, word) && !roll(&seed, 4))
			drop(hs_seq(word));
		else if (!roll(&seed, 8))
			drop(hs_seq(word));
		else if (kicked != hs_seq(word) || !roll(&seed, 8))
			send(&xenwatch_box);
		kicked = hs_seq(word);
		hs_time_left_ns(&hs, 2 * notifies, DEADLINE_NS);
		sched_yield();
	}
	__atomic_store_n(&finished, 2, __ATOMIC_RELEASE);
	send(&xenwatch_box);
	return NULL;
}

/* With the mailbox locked: the syscore callbacks of the gate, all interrupts off. */
static void stop_and_suspend(void)
{
	pthread_mutex_lock(&irq[0]);
	pthread_mutex_lock(&irq[1]);
	stop.err = hs_gate(&hs, stop.now_ns, 0, stop.deserted);
	if (!stop.err && !stop.blocked) {
		hs_crossed(&hs);
		channel_gone = channel_gone || stop.away;
	}
	pthread_mutex_unlock(&irq[1]);
	pthread_mutex_unlock(&irq[0]);
}

static void *stopper(void *data)
{
	(void)data;
	pthread_mutex_lock(&stopper_box.lock);
	while (stopper_box.sent >= 0) {
		if (stopper_box.done < stopper_box.sent) {
			stop_and_suspend();
			stopper_box.done = stopper_box.sent;
			pthread_cond_broadcast(&stopper_box.changed);
		}
		pthread_cond_wait(&stopper_box.changed, &stopper_box.lock);
	}
	pthread_mutex_unlock(&stopper_box.lock);
	return NULL;
}

/* Return: the hypercall was made. */
static bool stop_machine(unsigned int *seed, bool away)
{
	bool crossed;

	pthread_mutex_lock(&stopper_box.lock);
	stop.now_ns = 4 * notifies;
	stop.deserted = !roll(seed, 6);
	stop.blocked = !roll(seed, 6);
	stop.away = away;
	stopper_box.sent++;
	pthread_cond_broadcast(&stopper_box.changed);
	while (stopper_box.done < stopper_box.sent)
		pthread_cond_wait(&stopper_box.changed, &stopper_box.lock);
	crossed = !stop.err && !stop.blocked;
	pthread_mutex_unlock(&stopper_box.lock);
	return crossed;
}

/* From .prepare, or from hs_begin(), to the end */
static void suspend(unsigned int *seed)
{
	bool away = !roll(seed, 5), crossed = roll(seed, 5) && stop_machine(seed, away);
	enum hs_outcome outcome;

	sched_yield();
	outcome = hs_end(&hs, crossed && away, roll(seed, 2));
	if (outcome == HS_FAILED)
		decide(hs.attempt.seq, FATE_FAILED);
	if ((outcome == HS_CANCELLED || outcome == HS_RESTORED) && hs.attempt.served) {
		decide(hs.attempt.seq, FATE_SERVED);
		served_ns[hs.attempt.seq] = hs.attempt.request_ns;
	}
	/* The service thread opens another one. */
	if (crossed && away)
		__atomic_store_n(&new_domain, 1, __ATOMIC_RELEASE);
}

static void serve(unsigned int *seed)
{
	int word = hs_word(&hs);

	if (!hs_is_requested(word))
		return;
	if (!hs_time_left_ns(&hs, 0, DEADLINE_NS) || !roll(seed, 20))
		drop(hs_seq(word));
	else if (hs_begin(&hs, 3 * notifies))
		suspend(seed);
}

static void *xenwatch(void *data)
{
	unsigned int seed = 11;

	(void)data;
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < 2) {
		pthread_mutex_lock(&xenwatch_box.lock);
		while (xenwatch_box.done == xenwatch_box.sent)
			pthread_cond_wait(&xenwatch_box.changed, &xenwatch_box.lock);
		xenwatch_box.done++;
		pthread_mutex_unlock(&xenwatch_box.lock);
		if (roll(&seed, 4)) {
			serve(&seed);
			continue;
		}
		/* The toolstack asks for one through control/shutdown. */
		hs_absorb(&hs, 3 * notifies);
		suspend(&seed);
	}
	return NULL;
}

static void *sysfs(void *data)
{
	unsigned long last = 0, now, rounds = 0;

	(void)data;
	while (__atomic_load_n(&finished, __ATOMIC_RELAXED) < 2) {
		int word = hs_word(&hs);

		hs_state_name(word);
		hs_request_ns(&hs, word);
		READ_ONCE(hs.last_signal_us);
		READ_ONCE(hs.last_suspend_us);
		now = hs_requests(&hs) + hs_coalesced(&hs) + hs_spurious(&hs) +
		      atomic_long_read(&hs.suspends) + atomic_long_read(&hs.cancelled) +
		      atomic_long_read(&hs.failures);
		if (now < last)
			broken("a counter that goes backwards", now, last);
		last = now;
		if (!(++rounds % 16))
			sched_yield();
	}
	return NULL;
}

static void *zeroes(unsigned long count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		exit(2);
	return memory;
}

/* Every request with its fate, and each served at the time at which it came. */
static void count_requests(unsigned long made)
{
	unsigned long seq, count[FATE_FAILED + 1] = { 0 };

	for (seq = 1; seq <= made; seq++) {
		u64 ns = served_ns[seq];

		count[fates[seq]]++;
		if (fates[seq] != FATE_SERVED)
			continue;
		if (!was_new[ns & 1][ns / 2])
			broken("a time at which no request came, or twice", seq, ns);
		was_new[ns & 1][ns / 2] = 0;
	}
	if (count[FATE_NONE])
		broken("requests lost", count[FATE_NONE], made);
	if (count[FATE_SERVED] != (unsigned long)atomic_long_read(&hs.suspends))
		broken("suspends", count[FATE_SERVED], atomic_long_read(&hs.suspends));
	if (count[FATE_DROPPED] + count[FATE_FAILED] !=
	    (unsigned long)atomic_long_read(&hs.failures))
		broken("failures", count[FATE_DROPPED] + count[FATE_FAILED],
		       atomic_long_read(&hs.failures));
	if (!count[FATE_SERVED] || !count[FATE_DROPPED] || !count[FATE_FAILED])
		broken("too little happened", count[FATE_SERVED], count[FATE_DROPPED]);
	printf("%lu notifies of two ports: %lu requests, %lu served, %lu failed, %lu dropped\n",
	       2 * notifies, made, count[FATE_SERVED], count[FATE_FAILED], count[FATE_DROPPED]);
}

static void check(void)
{
	unsigned long made = verdicts[0][HS_NEW] + verdicts[1][HS_NEW];

	if (hs_requests(&hs) != made || hs_seq(hs_word(&hs)) != made)
		broken("requests", hs_requests(&hs), made);
	if (hs_coalesced(&hs) != verdicts[0][HS_COALESCED] + verdicts[1][HS_COALESCED])
		broken("coalesced", hs_coalesced(&hs), verdicts[0][HS_COALESCED]);
	if (hs_spurious(&hs) != verdicts[0][HS_SPURIOUS] + verdicts[1][HS_SPURIOUS])
		broken("spurious", hs_spurious(&hs), verdicts[0][HS_SPURIOUS]);
	if (!hs_spurious(&hs) || !hs_coalesced(&hs))
		broken("too little happened", hs_coalesced(&hs), hs_spurious(&hs));
	if (hs_word(&hs) & HS_REQUEST)
		broken("a request is still pending", hs_word(&hs), 0);
	count_requests(made);
}

int main(int argc, char **argv)
{
	static const unsigned int by[HS_PORTS] = { 0, 1 };
	void *(*rest[])(void *) = { service, xenwatch, stopper, sysfs };
	pthread_t upcalls[HS_PORTS], others[4];
	int i;

	if (argc != 2)
		return 2;
	alarm(TIME_LIMIT);
	notifies = strtoul(argv[1], NULL, 10);
	most_requests = 2 * notifies;
	for (i = 0; i < HS_PORTS; i++)
		was_new[i] = zeroes(notifies + 1, 1);
	fates = zeroes(most_requests + 1, 1);
	served_ns = zeroes(most_requests + 1, sizeof(*served_ns));
	hs_arm(&hs);
	for (i = 0; i < 4; i++)
		pthread_create(&others[i], NULL, rest[i], NULL);
	for (i = 0; i < HS_PORTS; i++)
		pthread_create(&upcalls[i], NULL, upcall, (void *)&by[i]);
	for (i = 0; i < HS_PORTS; i++)
		pthread_join(upcalls[i], NULL);
	__atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 4; i++) {
		if (rest[i] == stopper) {
			pthread_mutex_lock(&stopper_box.lock);
			stopper_box.sent = -1;
			pthread_cond_broadcast(&stopper_box.changed);
			pthread_mutex_unlock(&stopper_box.lock);
		}
		pthread_join(others[i], NULL);
	}
	check();
	return 0;
}
