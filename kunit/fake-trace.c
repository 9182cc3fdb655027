// SPDX-License-Identifier: GPL-2.0
/* Tracepoints, tasks that do not freeze, delayed work and uevents. */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pm.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "fake-kernel.h"
#include "fake-trace.h"

struct fake_trace fake_trace;

/* --- tracepoints: the two that are asked for, and another --- */

static struct tracepoint tracepoints[] = {
	{ .name = "suspend_resume" },
	{ .name = "cpu_idle" },
	{ .name = "device_pm_callback_end" },
};

struct probe {
	void *fn, *data;
};

static struct probe probes[ARRAY_SIZE(tracepoints)];

void fake_walk_tracepoints(void (*fn)(struct tracepoint *tp, void *data), void *data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(tracepoints); i++) {
		if (!fake_trace.missing ||
		    strcmp(fake_trace.missing, tracepoints[i].name))
			fn(&tracepoints[i], data);
	}
}

int fake_probe_register(struct tracepoint *tp, void *probe, void *data)
{
	int i = tp - tracepoints;

	if (++fake_trace.registered == fake_trace.fail_at)
		return -ENOMEM;
	fake_trace.probes++;
	probes[i].fn = probe;
	probes[i].data = data;
	return 0;
}

int fake_probe_unregister(struct tracepoint *tp, void *probe, void *data)
{
	int i = tp - tracepoints;

	if (probes[i].fn != probe || probes[i].data != data)
		return -ENOENT;
	fake_trace.probes--;
	probes[i].fn = NULL;
	return 0;
}

/** fake_trace_device - a device's callback has returned @err */
void fake_trace_device(int err)
{
	static struct device device = { .init_name = FAKE_DEVICE };
	void (*probe)(void *data, struct device *dev, int err) = probes[2].fn;

	if (probe)
		probe(probes[2].data, &device, err);
}

/**
 * fake_trace_phase - one of the phases of a suspend begins, or ends
 * @phase:	which
 * @event:	PM_EVENT_..., where the kernel passes it
 * @start:	does it begin?
 */
void fake_trace_phase(const char *phase, int event, bool start)
{
	void (*probe)(void *data, const char *action, int val, bool start) =
		probes[0].fn;

	if (!probe)
		return;
	/* As the kernel does, and so that sleeping is noticed */
	preempt_disable();
	probe(probes[0].data, phase, event, start);
	preempt_enable();
}

/** fake_trace_refuse - in this phase, a device's callback has returned @err */
void fake_trace_refuse(const char *phase, int err)
{
	fake_trace_phase(phase, PM_EVENT_FREEZE, true);
	fake_trace_device(err);
	fake_trace_phase(phase, PM_EVENT_FREEZE, false);
}

/** fake_trace_thaw - tasks are thawed */
void fake_trace_thaw(void)
{
	fake_trace_phase("thaw_processes", 0, true);
	fake_trace.refusing = 0;
	fake_trace_phase("thaw_processes", 0, false);
}

/* --- the module's own tracepoints, the upcall's among them --- */

static DEFINE_RAW_SPINLOCK(tell_lock);

void fake_tell(const char *what, int value)
{
	unsigned long flags;
	size_t len;

	raw_spin_lock_irqsave(&tell_lock, flags);
	len = strlen(fake_trace.told);
	if (len + 24 < sizeof(fake_trace.told))
		scnprintf(fake_trace.told + len, sizeof(fake_trace.told) - len,
			  "%s%s %d", len ? ", " : "", what, value);
	raw_spin_unlock_irqrestore(&tell_lock, flags);
}

/* --- tasks --- */

bool fake_freezing(struct task_struct *task)
{
	return fake_trace.refusing > (task->pid == 1 ? 0 : 1);
}

/*
 * --- delayed work: at its time, by the clock that the test sets ---
 *
 * With real threads it is real work, so that what finds races and locks taken in the
 * wrong order sees it.
 */

bool fake_mod_delayed_work(struct workqueue_struct *wq,
			   struct delayed_work *work, unsigned long delay)
{
	if (fake_kernel.real_thread)
		return mod_delayed_work(wq, work, delay);
	WRITE_ONCE(fake_trace.delay, delay);
	WRITE_ONCE(fake_trace.due, fake_jiffies() + delay);
	return xchg(&fake_trace.work, work);
}

static void run_work(void)
{
	struct delayed_work *work = xchg(&fake_trace.work, NULL);

	if (work)
		work->work.func(&work->work);
}

/** fake_work_run - the worker looks: what is due is done */
void fake_work_run(void)
{
	if (time_after_eq(fake_jiffies(), READ_ONCE(fake_trace.due)))
		run_work();
}

bool fake_flush_delayed_work(struct delayed_work *work)
{
	if (fake_kernel.real_thread)
		return flush_delayed_work(work);
	run_work();
	return true;
}

bool fake_cancel_delayed_work(struct delayed_work *work)
{
	if (fake_kernel.real_thread)
		return cancel_delayed_work_sync(work);
	return xchg(&fake_trace.work, NULL);
}

/* --- uevents --- */

int fake_uevent(struct kobject *kobj, enum kobject_action action, char *env[])
{
	size_t len = 0;
	int i;

	if (!kobj->state_in_sysfs || action != KOBJ_CHANGE)
		return -ENODEV;
	for (i = 0; env[i]; i++)
		len += scnprintf(fake_trace.uevent + len,
				 sizeof(fake_trace.uevent) - len, "%s\n", env[i]);
	fake_trace.uevents++;
	return 0;
}

/** fake_trace_init - a kernel with tracepoints, and nothing to tell */
void fake_trace_init(void)
{
	fake_trace = (struct fake_trace){};
	memset(probes, 0, sizeof(probes));
}
