// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the whole under load: real interrupts on several CPUs against real
 * threads, by the million. Nothing may be lost, nothing doubled, and no state
 * may follow another that the table in handshake-test.c does not have.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

#include "fake-module.h"
#include "suites.h"

static unsigned int stress_ms = 15000;
module_param(stress_ms, uint, 0444);
MODULE_PARM_DESC(stress_ms,
		 "How long each test of the suite concurrency runs at the least");

#define CPUS 8
#define BURST 20
#define PERIOD_NS (200 * NSEC_PER_USEC)
#define DIS HS_DISARMED
#define ARM HS_ARMED
#define SUS HS_SUSPENDING
#define RES HS_RESUMING
#define REQ HS_REQUEST

/* From which state to which others; those in handshake-test.c's table. */
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

/* That all of these happen is tested one by one, and not here by chance. */
static void expect_known_transitions(struct kunit *test)
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

/* --- interrupts --- */

static void (*notify)(void);
static atomic_long_t notifies;
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

static void start_hammers(struct kunit *test, void (*fn)(void))
{
	long cpu;

	notify = fn;
	WRITE_ONCE(stop, false);
	atomic_long_set(&notifies, 0);
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

static void stop_hammers(void)
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

/* --- the handshake alone --- */

static struct handshake hs;
static atomic_t upcalling;
static struct {
	long suspended, failed, dropped, discarded, late, disarmed, wrong;
} sum;

/*
 * Xen gives an event channel one upcall at a time; so does this. An event that
 * finds another under way is merged into it: it is not counted.
 */
static void notify_handshake(void)
{
	if (atomic_cmpxchg(&upcalling, 0, 1))
		return;
	hs_upcall(&hs, ktime_get_mono_fast_ns());
	atomic_long_inc(&notifies);
	atomic_set_release(&upcalling, 0);
}

/* With no upcall half done: requests that came and were not ended yet */
static long unaccounted(void)
{
	unsigned long flags;
	long open;

	local_irq_save(flags);
	while (atomic_cmpxchg(&upcalling, 0, 1))
		cpu_relax();
	open = hs.requests - sum.suspended - sum.failed - sum.dropped -
	       sum.discarded - !!(atomic_read(&hs.word) & HS_REQUEST);
	atomic_set_release(&upcalling, 0);
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
		hs_freeze(&hs, ktime_get_mono_fast_ns());
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

	notify_handshake();
	KUNIT_EXPECT_TRUE(test, hs_begin(&hs, hs.request_ns));
	KUNIT_EXPECT_EQ(test, hs_gate(&hs, hs.request_ns, NSEC_PER_SEC, false), 0);
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
	start_hammers(test, notify_handshake);
	for (n = 1; time_before(jiffies, end); n++) {
		one_round(n);
		cond_resched();
	}
	stop_hammers();
	expect_a_request_served(test);

	kunit_info(test, "%ld notifies in %lu rounds: %lu requests, %lu coalesced, %lu spurious; %ld suspends, %ld failed, %ld dropped, %ld discarded, %ld late, %ld disarmed\n",
		   atomic_long_read(&notifies), n, hs.requests, hs.coalesced,
		   hs.spurious, sum.suspended, sum.failed, sum.dropped,
		   sum.discarded, sum.late, sum.disarmed);
	/* Every notify was something, and one thing only. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&notifies),
			(long)(hs.requests + hs.coalesced + hs.spurious));
	/* Every request was ended, once, at every moment. */
	KUNIT_EXPECT_EQ(test, unaccounted(), 0L);
	KUNIT_EXPECT_EQ(test, sum.wrong, 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs.suspends), sum.suspended);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hs.failures),
			sum.failed + sum.dropped);
	KUNIT_EXPECT_EQ(test, hs_seq(atomic_read(&hs.word)),
			(unsigned int)hs.requests &
			(UINT_MAX >> HS_SEQ_SHIFT));
	expect_known_transitions(test);
}

/* --- the whole module --- */

static void notify_module(void)
{
	atomic_long_inc(&notifies);
	fake_xen_notify(READ_ONCE(xen_suspend_instance.channel.port));
}

static int read_sysfs(void *data)
{
	struct device *dev = &xen_suspend_instance.power.device->dev;
	char *page = (char *)__get_free_page(GFP_KERNEL);
	struct attribute **attr;
	long bad = 0;

	while (page && !kthread_should_stop()) {
		for (attr = xen_suspend_groups[0]->attrs; *attr; attr++) {
			struct device_attribute *file =
				container_of(*attr, struct device_attribute,
					     attr);
			ssize_t len = file->show(dev, file, page);

			bad += len < 1 || page[len - 1] != '\n';
		}
		cond_resched();
	}
	free_page((unsigned long)page);
	return bad;
}

/*
 * The toolstack asks, again if what it asked for went with a restore. How many
 * suspends have been served by now?
 */
static long ask(struct xen_suspend *xs)
{
	fake_request(xs);
	return atomic_long_read(&xs->handshake.suspends);
}

static void suspends_and_restores_and_an_unload_under_a_storm_of_notifies(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	unsigned long end = jiffies + msecs_to_jiffies(stress_ms), n;
	struct task_struct *reader;
	long before;

	fake_kernel.real_thread = true;
	fake_xen.managed = true;
	fake_set_parameter("retry_ms", "1");
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	reader = kthread_run(read_sysfs, NULL, "reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, reader);
	start_hammers(test, notify_module);
	for (n = 1; time_before(jiffies, end); n++) {
		WRITE_ONCE(fake_suspend.end,
			   n % 10 == 0 ? END_RESTORED :
			   n % 3 == 0 ? END_FROZEN : END_CANCELLED);
		if (n % 2)
			fake_xen_bind_toolstack();
		else
			fake_xen_unbind_toolstack();
		if (n % 7 == 0)
			fake_xenwatch_call(&xs->watch, XEN_SUSPEND_NODE);
		usleep_range(500, 2000);
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(reader), 0);
	/* Under the storm still: a restore, and nobody is subscribed any more. */
	WRITE_ONCE(fake_suspend.end, END_RESTORED);
	fake_xen_bind_toolstack();
	for (n = 0; n < 5000 && hs_base(atomic_read(&xs->handshake.word)) !=
				HS_DISARMED; n++)
		usleep_range(500, 2000);
	stop_hammers();
	/* A storm may have met nothing; without it, who asks is served. */
	WRITE_ONCE(fake_suspend.end, END_CANCELLED);
	before = atomic_long_read(&xs->handshake.suspends);
	KUNIT_EXPECT_TRUE(test, eventually(ask(xs) > before));
	kunit_info(test, "%ld notifies, %lu requests, %ld suspends, %ld failed, %lu retries, %lu negotiations\n",
		   atomic_long_read(&notifies), xs->handshake.requests,
		   atomic_long_read(&xs->handshake.suspends),
		   atomic_long_read(&xs->handshake.failures), xs->retry.total,
		   xs->negotiations);
	set_bit(TODO_FORCE, &xs->service.todo);
	fake_module_exit();

	KUNIT_EXPECT_EQ(test, atomic_read(&xs->handshake.word) & HS_BASE_MASK,
			(int)HS_DISARMED);
	KUNIT_EXPECT_LE(test, (unsigned long)
			(atomic_long_read(&xs->handshake.suspends) +
			 atomic_long_read(&xs->handshake.failures)),
			xs->handshake.requests);
	expect_known_transitions(test);
}

static void concurrency_teardown(struct kunit *test)
{
	stop_hammers();
	fake_teardown(test);
}

static struct kunit_case concurrency_cases[] = {
	KUNIT_CASE(millions_of_notifies_lose_nothing_and_double_nothing),
	KUNIT_CASE(suspends_and_restores_and_an_unload_under_a_storm_of_notifies),
	{}
};

struct kunit_suite concurrency_suite = {
	.name = "concurrency",
	.init = fake_setup,
	.exit = concurrency_teardown,
	.test_cases = concurrency_cases,
};
