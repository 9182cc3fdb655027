// SPDX-License-Identifier: GPL-2.0
/*
 * A storm: real interrupts on all CPUs, which do what the test says, and every
 * transition of the handshake counted meanwhile.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "../module/handshake.h"
#include "fake-kernel.h"
#include "storm.h"

unsigned int stress_ms = 15000;
module_param(stress_ms, uint, 0444);
MODULE_PARM_DESC(stress_ms,
		 "How long each test of the suites concurrency and handshake-storm runs at the least");

#define CPUS 8
#define BURST 20
#define PERIOD_NS (200 * NSEC_PER_USEC)
#define DIS HS_DISARMED
#define ARM HS_ARMED
#define SUS HS_SUSPENDING
#define RES HS_RESUMING
#define REQ HS_REQUEST

/* From which state to which others; those in handshake-table-test.c's table. */
static const unsigned int known[FAKE_STATES] = {
	[DIS] = BIT(ARM),
	[ARM] = BIT(ARM | REQ) | BIT(SUS) | BIT(DIS),
	[ARM | REQ] = BIT(SUS | REQ) | BIT(ARM),
	[SUS] = BIT(SUS | REQ) | BIT(RES) | BIT(ARM),
	[SUS | REQ] = BIT(RES) | BIT(ARM) | BIT(ARM | REQ),
	[RES] = BIT(RES | REQ) | BIT(ARM) | BIT(DIS),
	[RES | REQ] = BIT(ARM | REQ) | BIT(DIS),
};

static atomic_long_t seen[FAKE_STATES][FAKE_STATES];

/**
 * storm_expect_known - no state has followed another that the table does not have
 * @test:	the test
 *
 * That all of these happen is tested one by one, and not here by chance.
 */
void storm_expect_known(struct kunit *test)
{
	int from, to, met = 0, all = 0;

	for (from = 0; from < FAKE_STATES; from++) {
		for (to = 0; to < FAKE_STATES; to++) {
			long times = atomic_long_read(&seen[from][to]);
			bool allowed = known[from] & BIT(to);

			if (times && !allowed)
				KUNIT_FAIL(test, "%d to %d, %ld times", from,
					   to, times);
			met += times && allowed;
			all += allowed;
		}
	}
	kunit_info(test, "%d of %d transitions met\n", met, all);
}

static void (*notify)(void);
atomic_long_t storm_notifies;
static bool stop;
static struct irq_work irq_works[CPUS];
static struct hrtimer timers[CPUS];

static void burst(void)
{
	int i;

	for (i = 0; i < BURST; i++)
		notify();
}

static void from_irq_work(struct irq_work *work)
{
	burst();
}

/* At most a quarter of the CPU, however slow it is: the others have to run, too. */
static enum hrtimer_restart from_hrtimer(struct hrtimer *timer)
{
	u64 start = ktime_get_mono_fast_ns(), took;

	burst();
	took = ktime_get_mono_fast_ns() - start;
	hrtimer_set_expires(timer, ktime_add_ns(ktime_get(),
						max_t(u64, 3 * took, PERIOD_NS)));
	return READ_ONCE(stop) ? HRTIMER_NORESTART : HRTIMER_RESTART;
}

static int hammer(void *data)
{
	long cpu = (long)data;

	hrtimer_start(&timers[cpu], ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
	while (!kthread_should_stop()) {
		irq_work_queue(&irq_works[cpu]);
		usleep_range(20, 50);
	}
	hrtimer_cancel(&timers[cpu]);
	irq_work_sync(&irq_works[cpu]);
	return 0;
}

static struct task_struct *hammers[CPUS];

/**
 * storm_start - interrupts on all CPUs, many at a time
 * @test:	the test
 * @fn:		what each of them does
 */
void storm_start(struct kunit *test, void (*fn)(void))
{
	long cpu;

	notify = fn;
	WRITE_ONCE(stop, false);
	atomic_long_set(&storm_notifies, 0);
	memset(seen, 0, sizeof(seen));
	fake_transitions = seen;
	for (cpu = 0; cpu < min_t(long, num_online_cpus(), CPUS); cpu++) {
		irq_works[cpu] = IRQ_WORK_INIT_HARD(from_irq_work);
		hrtimer_init(&timers[cpu], CLOCK_MONOTONIC,
			     HRTIMER_MODE_REL_PINNED_HARD);
		timers[cpu].function = from_hrtimer;
		hammers[cpu] = kthread_create(hammer, (void *)cpu, "hammer");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hammers[cpu]);
		kthread_bind(hammers[cpu], cpu);
		wake_up_process(hammers[cpu]);
	}
}

/** storm_stop - no more of them */
void storm_stop(void)
{
	int cpu;

	WRITE_ONCE(stop, true);
	for (cpu = 0; cpu < CPUS; cpu++) {
		if (hammers[cpu])
			kthread_stop(hammers[cpu]);
		hammers[cpu] = NULL;
	}
	fake_transitions = NULL;
}
