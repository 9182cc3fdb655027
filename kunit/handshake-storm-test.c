// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/handshake.c under load: upcalls of both ports on several CPUs
 * against one thread that goes every way through a request, by the million.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include "../module/handshake.h"
#include "fake-kernel.h"
#include "storm.h"
#include "suites.h"

static struct handshake hs;
static atomic_t upcalling[HS_PORTS];
static struct {
	long suspended, failed, dropped, discarded, late, disarmed, wrong;
} sum;

/*
 * Xen gives an event channel one upcall at a time, those of two at the same time; so
 * does this, by one port or the other as the CPU's number says. An event that finds
 * another of its port under way is merged into it: it is not counted.
 */
static void notify_handshake(void)
{
	unsigned int by = smp_processor_id() % HS_PORTS;

	if (atomic_cmpxchg(&upcalling[by], 0, 1))
		return;
	hs_upcall(&hs, by, ktime_get_mono_fast_ns());
	atomic_long_inc(&storm_notifies);
	atomic_set_release(&upcalling[by], 0);
}

static void keep_upcalls_out(void)
{
	int by;

	for (by = 0; by < HS_PORTS; by++)
		while (atomic_cmpxchg(&upcalling[by], 0, 1))
			cpu_relax();
}

static void let_upcalls_in(void)
{
	int by;

	for (by = 0; by < HS_PORTS; by++)
		atomic_set_release(&upcalling[by], 0);
}

/* With no upcall half done: requests that came and were not ended yet */
static long unaccounted(void)
{
	unsigned long flags;
	long open;

	local_irq_save(flags);
	keep_upcalls_out();
	open = hs_requests(&hs) - sum.suspended - sum.failed - sum.dropped -
	       sum.discarded - !!(atomic_read(&hs.word) & HS_REQUEST);
	let_upcalls_in();
	local_irq_restore(flags);
	return open;
}

static int gate_and_cross(void *data)
{
	u64 now = ktime_get_mono_fast_ns();

	if (hs_gate(&hs, data ? now + 2 * NSEC_PER_SEC : now, NSEC_PER_SEC, false))
		return -ETIME;
	hs_crossed(&hs);
	return 0;
}

/* Let some interrupts come. */
static void linger(unsigned long n)
{
	if (n % 3 == 0)
		udelay(n % 64);
}

/* The xenwatch and the service thread in one: every way through a request. */
static void one_round(unsigned long n)
{
	int word = atomic_read(&hs.word);
	long open;

	if (hs_is_requested(word) && n % 11 == 0) {
		sum.dropped += hs_drop(&hs, hs_seq(word));
		return;
	}
	if (n % 5 == 0)
		hs_absorb(&hs, ktime_get_mono_fast_ns());
	else if (!hs_begin(&hs, ktime_get_mono_fast_ns()))
		return;
	linger(n);
	if (n % 17 &&
	    stop_machine(gate_and_cross, n % 13 ? NULL : &hs, NULL))
		sum.late++;
	linger(n);
	switch (hs_end(&hs, n % 7 == 0, n % 19 == 0)) {
	case HS_RESTORED:
		sum.suspended += hs.attempt.served;
		/* What came for the old domain went with it: one at most. */
		open = unaccounted();
		sum.wrong += open != 0 && open != 1;
		sum.discarded += open;
		hs_arm(&hs);
		break;
	case HS_CANCELLED:
		sum.suspended += hs.attempt.served;
		break;
	case HS_FAILED:
		sum.failed++;
		break;
	default:
		break;
	}
	sum.wrong += unaccounted() != 0;
	if (n % 2 && hs_disarm(&hs)) {
		sum.disarmed++;
		linger(n);
		hs_arm(&hs);
	}
}

/* With nobody else there any more, what is asked for is served. */
static void expect_a_request_served(struct kunit *test)
{
	long suspends = atomic_long_read(&hs.suspends);
	u64 now = ktime_get_mono_fast_ns();

	KUNIT_EXPECT_NE(test, (int)hs_upcall(&hs, 1, now), (int)HS_SPURIOUS);
	atomic_long_inc(&storm_notifies);
	now = hs_request_ns(&hs, hs_word(&hs));
	KUNIT_EXPECT_TRUE(test, hs_begin(&hs, now));
	KUNIT_EXPECT_EQ(test, hs_gate(&hs, now, NSEC_PER_SEC, false), 0);
	hs_crossed(&hs);
	KUNIT_EXPECT_EQ(test, (int)hs_end(&hs, false, false), (int)HS_CANCELLED);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs.suspends), suspends + 1);
	sum.suspended += hs.attempt.served;
}

static void millions_of_notifies_lose_nothing_and_double_nothing(struct kunit *test)
{
	unsigned long end = jiffies + msecs_to_jiffies(stress_ms), n;

	memset(&hs, 0, sizeof(hs));
	memset(&sum, 0, sizeof(sum));
	hs_arm(&hs);
	storm_start(test, notify_handshake);
	for (n = 1; time_before(jiffies, end); n++) {
		one_round(n);
		cond_resched();
	}
	storm_stop();
	expect_a_request_served(test);

	kunit_info(test, "%ld notifies in %lu rounds: %lu and %lu requests, %lu coalesced, %lu spurious; %ld suspends, %ld failed, %ld dropped, %ld discarded, %ld late, %ld disarmed\n",
		   atomic_long_read(&storm_notifies), n, hs.ports[0].requests,
		   hs.ports[1].requests, hs_coalesced(&hs),
		   hs_spurious(&hs), sum.suspended, sum.failed,
		   sum.dropped, sum.discarded, sum.late, sum.disarmed);
	/* Every notify was something, and one thing only. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&storm_notifies),
			(long)(hs_requests(&hs) + hs_coalesced(&hs) +
			       hs_spurious(&hs)));
	/* Every request was ended, once, at every moment. */
	KUNIT_EXPECT_EQ(test, unaccounted(), 0L);
	KUNIT_EXPECT_EQ(test, sum.wrong, 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs.suspends), sum.suspended);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs.failures),
			sum.failed + sum.dropped);
	KUNIT_EXPECT_EQ(test, hs_seq(atomic_read(&hs.word)),
			(unsigned int)hs_requests(&hs) &
			(UINT_MAX >> HS_SEQ_SHIFT));
	storm_expect_known(test);
}

static int handshake_storm_setup(struct kunit *test)
{
	fake_kernel_init();
	return 0;
}

static void handshake_storm_teardown(struct kunit *test)
{
	storm_stop();
}

static struct kunit_case handshake_storm_cases[] = {
	KUNIT_CASE(millions_of_notifies_lose_nothing_and_double_nothing),
	{}
};

struct kunit_suite handshake_storm_suite = {
	.name = "handshake-storm",
	.init = handshake_storm_setup,
	.exit = handshake_storm_teardown,
	.test_cases = handshake_storm_cases,
};
