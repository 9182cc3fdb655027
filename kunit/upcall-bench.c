// SPDX-License-Identifier: GPL-2.0
/*
 * What an event costs on the fast path, against the same handler with a lock and
 * a work item for each request, as a driver would usually be written. A module of
 * its own, with the module's own objects in it, unchanged: scripts/bench/upcall.py
 * runs it under QEMU's -icount, where the time stamp counter counts instructions.
 */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "../module/channel.h"
#define UPCALL_BENCH
#include "upcall-seam.h"

static unsigned int events = 20000;
module_param(events, uint, 0444);
MODULE_PARM_DESC(events, "How many there are in a storm");

#define SAMPLES 1001
/* of each handler, in turn */
#define STORMS 10

/* --- the event channel, as far as channel.c needs one --- */

static irq_handler_t upcall;
static u64 at_eoi;

int bench_event_channel_op(int cmd, void *arg)
{
	struct evtchn_alloc_unbound *alloc = arg;

	if (cmd == EVTCHNOP_alloc_unbound)
		alloc->port = 1;
	return 0;
}

int bench_bind_irq(evtchn_port_t port, irq_handler_t handler,
		   unsigned long irqflags, const char *name, void *dev_id)
{
	upcall = handler;
	return 1;
}

void bench_unbind_irq(unsigned int irq, void *dev_id)
{
}

void bench_irq_lateeoi(unsigned int irq, unsigned int flags)
{
	at_eoi = rdtsc_ordered();
}

/* --- the same handler with a lock --- */

struct locked {
	spinlock_t lock;		/* all of the below but the work item */
	enum hs_base base;
	bool request;
	unsigned int seq;
	u64 request_ns, begin_ns, gate_ns;
	unsigned long requests, coalesced, spurious;
	struct work_struct work;
};

static irqreturn_t locked_upcall(int irq, void *dev)
{
	u64 now = ktime_get_mono_fast_ns();
	enum hs_verdict verdict = HS_NEW;
	struct locked *l = dev;
	unsigned long flags;

	spin_lock_irqsave(&l->lock, flags);
	if (l->base == HS_DISARMED) {
		l->spurious++;
		verdict = HS_SPURIOUS;
	} else if (l->request) {
		l->coalesced++;
		verdict = HS_COALESCED;
	} else {
		l->request = true;
		l->seq++;
		l->request_ns = now;
		l->requests++;
	}
	spin_unlock_irqrestore(&l->lock, flags);
	if (verdict == HS_NEW)
		queue_work(system_highpri_wq, &l->work);
	bench_irq_lateeoi(irq, verdict == HS_NEW ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/* --- both, side by side --- */

static struct handshake hs;
static struct channel channel;
static struct locked locked;
static u64 at_service;
static struct completion served;

/* Woken by a request: as the module's service thread, and as a work item. */
static int service(void *data)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		if (READ_ONCE(hs.requests) && !at_service) {
			at_service = rdtsc_ordered();
			complete(&served);
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void work(struct work_struct *item)
{
	at_service = rdtsc_ordered();
	complete(&served);
}

/* A state in which the next event is what @verdict says. */
static void prepare(enum hs_verdict verdict)
{
	enum hs_base base = verdict == HS_SPURIOUS ? HS_DISARMED : HS_ARMED;
	bool request = verdict == HS_COALESCED;

	atomic_set(&hs.word, base | (request ? HS_REQUEST : 0));
	locked.base = base;
	locked.request = request;
}

/* The request of one handler is over, by the rules of each. */
static void serve_ours(void)
{
	if (!hs_begin(&hs, ktime_get_mono_fast_ns()))
		return;
	hs_gate(&hs, ktime_get_mono_fast_ns(), 0, false);
	hs_crossed(&hs);
	hs_end(&hs, false, false);
}

static bool serve_locked_step(enum hs_base from, enum hs_base to, bool over)
{
	unsigned long flags;
	bool right;

	spin_lock_irqsave(&locked.lock, flags);
	right = locked.base == from && (locked.request || from != HS_ARMED);
	if (right) {
		locked.base = to;
		if (over)
			locked.request = false;
	}
	spin_unlock_irqrestore(&locked.lock, flags);
	return right;
}

static void serve_locked(void)
{
	/* The same looks at the clock as above */
	locked.begin_ns = ktime_get_mono_fast_ns();
	if (!serve_locked_step(HS_ARMED, HS_SUSPENDING, false))
		return;
	locked.gate_ns = ktime_get_mono_fast_ns();
	serve_locked_step(HS_SUSPENDING, HS_RESUMING, true);
	serve_locked_step(HS_RESUMING, HS_ARMED, false);
}

static unsigned long look_ours(void)
{
	return atomic_read(&hs.word) + READ_ONCE(hs.requests);
}

static unsigned long look_locked(void)
{
	unsigned long flags, found;

	spin_lock_irqsave(&locked.lock, flags);
	found = locked.base + locked.requests;
	spin_unlock_irqrestore(&locked.lock, flags);
	return found;
}

static const struct way {
	const char *name;
	void *dev;
	void (*serve)(void);
	unsigned long (*look)(void);
} ways[] = {
	{ "module", &channel, serve_ours, look_ours },
	{ "locked", &locked, serve_locked, look_locked },
};

static irq_handler_t handler_of(const struct way *way)
{
	return way->dev == &channel ? upcall : locked_upcall;
}

/* --- figures --- */

static u64 sample[SAMPLES], took[SAMPLES];

static int by_size(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : *(const u64 *)a > *(const u64 *)b;
}

/* What reading the counter twice takes is taken off. */
static u64 nothing(void)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		u64 start = rdtsc_ordered();

		least = min(least, rdtsc_ordered() - start);
	}
	return least;
}

static void tell(struct kunit *test, const char *what, const char *name)
{
	sort(sample, SAMPLES, sizeof(*sample), by_size, NULL);
	kunit_info(test, "bench %s %s min=%llu p50=%llu max=%llu\n", what, name,
		   sample[0], sample[SAMPLES / 2], sample[SAMPLES - 1]);
}

#define MEASURE(test, what, name, before, code)				\
do {									\
	u64 zero = nothing(), start;					\
	unsigned long flags;						\
	int i;								\
									\
	for (i = 0; i < SAMPLES; i++) {					\
		before;							\
		local_irq_save(flags);					\
		start = rdtsc_ordered();				\
		code;							\
		sample[i] = rdtsc_ordered() - start - zero;		\
		local_irq_restore(flags);				\
	}								\
	tell(test, what, name);						\
} while (0)

static const char * const alone[] = {
	[HS_NEW] = "new-awake", [HS_COALESCED] = "coalesced",
	[HS_SPURIOUS] = "spurious",
};

/* The handler alone; who is to be woken is awake, so that waking costs least. */
static void instructions_of_an_event(struct kunit *test)
{
	enum hs_verdict verdict;
	const struct way *way;

	MEASURE(test, "clock", "kernel", (void)0, ktime_get_mono_fast_ns());
	MEASURE(test, "wake", "kernel", (void)0, wake_up_process(current));
	for (verdict = HS_NEW; verdict <= HS_SPURIOUS; verdict++) {
		for (way = ways; way < ways + ARRAY_SIZE(ways); way++) {
			irq_handler_t handler = handler_of(way);

			channel.thread = current;
			MEASURE(test, alone[verdict], way->name,
				(flush_work(&locked.work), prepare(verdict)),
				handler(1, way->dev));
		}
	}
	flush_work(&locked.work);
	/* Both have seen the same, and understood the same. */
	KUNIT_EXPECT_EQ(test, hs.requests, (unsigned long)SAMPLES);
	KUNIT_EXPECT_EQ(test, hs.requests, locked.requests);
	KUNIT_EXPECT_EQ(test, hs.coalesced, locked.coalesced);
	KUNIT_EXPECT_EQ(test, hs.spurious, locked.spurious);
}

/* From the event to the first instruction of who serves it, who sleeps. */
static void event_to_service(struct kunit *test)
{
	const struct way *way;
	struct task_struct *thread = kthread_create(service, NULL, "upcall-bench");
	int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	/* On one CPU, and before the test: while this runs, the thread sleeps. */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	kthread_bind(thread, raw_smp_processor_id());
	sched_set_fifo(thread);
	channel.thread = thread;
	at_service = 1;			/* not yet */
	wake_up_process(thread);
	for (way = ways; way < ways + ARRAY_SIZE(ways); way++) {
		irq_handler_t handler = handler_of(way);

		for (i = 0; i < SAMPLES; i++) {
			unsigned long flags;
			u64 start;

			while (READ_ONCE(thread->__state) != TASK_INTERRUPTIBLE)
				schedule_timeout_uninterruptible(1);
			flush_work(&locked.work);
			prepare(HS_NEW);
			reinit_completion(&served);
			at_service = 0;
			local_irq_save(flags);
			start = rdtsc_ordered();
			handler(1, way->dev);
			took[i] = rdtsc_ordered() - start;
			local_irq_restore(flags);
			wait_for_completion(&served);
			sample[i] = at_service - start;
		}
		tell(test, "service", way->name);
		memcpy(sample, took, sizeof(sample));
		tell(test, "new", way->name);
	}
	kthread_stop(thread);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/* --- storms --- */

static const struct way *storming;
static atomic_t stormers;

static int serving(void *data)
{
	atomic_inc(&stormers);
	while (!kthread_should_stop()) {
		storming->serve();
		cond_resched();
	}
	return 0;
}

static int looking(void *data)
{
	unsigned long sum = 0;

	atomic_inc(&stormers);
	while (!kthread_should_stop()) {
		sum += storming->look();
		cond_resched();
	}
	return !sum;
}

static struct {
	unsigned long events, requests;
	u64 ticks;
} storms[ARRAY_SIZE(ways)];

/* One CPU takes the events, one serves the requests, all others look at the state. */
static void one_storm(struct kunit *test, int home, int n)
{
	irq_handler_t handler = handler_of(&ways[n]);
	static struct task_struct *threads[NR_CPUS];
	int others = num_online_cpus() - 1, cpu, started = 0;
	unsigned long requests, end;
	unsigned int i;

	storming = &ways[n];
	atomic_set(&stormers, 0);
	prepare(HS_NEW);
	for_each_online_cpu(cpu) {
		if (cpu == home)
			continue;
		threads[cpu] = kthread_create(started++ ? looking : serving, NULL,
					      "storm");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, threads[cpu]);
		kthread_bind(threads[cpu], cpu);
		wake_up_process(threads[cpu]);
	}
	end = jiffies + 10 * HZ;
	while (atomic_read(&stormers) < others && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, atomic_read(&stormers), others);

	requests = hs.requests + locked.requests;
	for (i = 0; i < events; i++) {
		unsigned long flags;
		u64 start;

		local_irq_save(flags);
		start = rdtsc_ordered();
		handler(1, ways[n].dev);
		took[i % SAMPLES] = rdtsc_ordered() - start;
		local_irq_restore(flags);
		storms[n].ticks += took[i % SAMPLES];
		cond_resched();
	}
	storms[n].events += events;
	storms[n].requests += hs.requests + locked.requests - requests;
	for_each_online_cpu(cpu) {
		if (cpu != home)
			kthread_stop(threads[cpu]);
	}
	flush_work(&locked.work);
}

static void events_in_storms(struct kunit *test)
{
	int home = raw_smp_processor_id(), round, n;

	set_cpus_allowed_ptr(current, cpumask_of(home));
	channel.thread = current;
	memset(storms, 0, sizeof(storms));
	for (round = 0; round < STORMS; round++) {
		for (n = 0; n < ARRAY_SIZE(ways); n++)
			one_storm(test, home, n);
	}
	for (n = 0; n < ARRAY_SIZE(ways); n++) {
		KUNIT_EXPECT_GT(test, storms[n].requests, 0UL);
		kunit_info(test, "bench storm %s events=%lu requests=%lu ticks=%llu khz=%u\n",
			   ways[n].name, storms[n].events, storms[n].requests,
			   storms[n].ticks, tsc_khz);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static int bench_init(struct kunit *test)
{
	init_completion(&served);
	memset(&hs, 0, sizeof(hs));
	memset(&locked, 0, sizeof(locked));
	spin_lock_init(&locked.lock);
	INIT_WORK(&locked.work, work);
	channel = (struct channel){ .hs = &hs };
	return channel_open(&channel);
}

static void bench_exit(struct kunit *test)
{
	flush_work(&locked.work);
	channel_close(&channel);
}

static struct kunit_case bench_cases[] = {
	KUNIT_CASE(instructions_of_an_event),
	KUNIT_CASE(event_to_service),
	KUNIT_CASE(events_in_storms),
	{}
};

static struct kunit_suite bench_suite = {
	.name = "upcall-bench",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = bench_cases,
};

static struct kunit_suite *suites[] = { &bench_suite };

static int __init bench_module_init(void)
{
	pr_info("KTAP version 1\n");
	pr_info("1..1\n");
	__kunit_test_suites_init(suites, ARRAY_SIZE(suites));
	return 0;
}

static void __exit bench_module_exit(void)
{
	__kunit_test_suites_exit(suites, ARRAY_SIZE(suites));
}

module_init(bench_module_init);
module_exit(bench_module_exit);

MODULE_DESCRIPTION("What an event costs on xen-suspend's fast path");
MODULE_LICENSE("GPL");
