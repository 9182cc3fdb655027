// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel lets a module see of a suspend that fails.
 *
 * do_suspend() tells nobody how it ended, and what it prints is for people. But
 * two of the kernel's tracepoints are passed on its way:
 *
 *   device_pm_callback_end	after each callback of each device, with its error
 *   suspend_resume		"dpm_prepare", "dpm_suspend", "dpm_suspend_late" and
 *				"dpm_suspend_noirq": devices are being suspended, as
 *				against woken up again, which may fail, too;
 *				"thaw_processes": at the beginning every task is
 *				still as the freezer left it, so who is not frozen
 *				then is who has refused; at the end all is over,
 *				which nothing else tells of a suspend that manage.c
 *				began and that never came to our .prepare;
 *				"syscore_suspend": at its end the hypercall is next;
 *				"dpm_resume": devices are told what has happened,
 *				which need not be true (attempt.c)
 *
 * The guest's own power transitions pass them, too, in another thread: those are
 * none of our business.
 *
 * Without tracepoints in the kernel suspends work as well, and failures are less
 * well explained.
 *
 * Probes run with preemption disabled, in the thread that passes the tracepoint:
 * they must not sleep. That of a device does nothing unless there is an error.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/device.h>
#include <linux/freezer.h>
#include <linux/pm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/power.h>

#include "compat.h"
#include "observer.h"
#include "xenwatch.h"

/*
 * The first error counts, and whether any device was suspended. -EAGAIN from
 * .prepare means to go on without the device.
 */
static void device_called(void *data, struct device *dev, int error)
{
	struct observer *observer = data;
	enum observer_phase phase = READ_ONCE(observer->phase);
	unsigned long flags;

	if (!error && phase == PHASE_SUSPENDING)
		WRITE_ONCE(observer->suspended, true);
	if (error >= 0 || phase == PHASE_OTHER ||
	    (phase == PHASE_PREPARING && error == -EAGAIN))
		return;
	raw_spin_lock_irqsave(&observer->lock, flags);
	if (!observer->device_err) {
		observer->device_err = error;
		strscpy(observer->device, dev_name(dev),
			sizeof(observer->device));
	}
	raw_spin_unlock_irqrestore(&observer->lock, flags);
}

static void look_at_tasks(struct observer *observer)
{
	struct task_struct *process, *task;

	observer->tasks = 0;
	rcu_read_lock();
	for_each_process_thread(process, task) {
		if (task == current || (task->flags & PF_KTHREAD) ||
		    !xen_suspend_resists_freezing(task))
			continue;
		if (observer->tasks++)
			continue;
		observer->pid = task_pid_nr(task);
		strscpy(observer->comm, task->comm, sizeof(observer->comm));
	}
	rcu_read_unlock();
}

static void thawing(struct observer *observer, bool start)
{
	if (!start) {
		observer->thawed_all(observer->data);
	} else if (observer->is_freezing(observer->data)) {
		/* Only after a failure does it matter, and it takes time. */
		look_at_tasks(observer);
		observer->thawed = true;
	}
}

/* All devices of a phase have been called when it ends. */
static void phase_passed(void *data, const char *action, int val, bool start)
{
	struct observer *observer = data;

	/* One CPU, in stop_machine()'s thread; for xenwatch, or attempt.c ignores it. */
	if (!strcmp(action, "syscore_suspend")) {
		observer->core_slept = !start;
		return;
	}
	if (!in_xenwatch())
		return;
	if (!strcmp(action, "thaw_processes")) {
		thawing(observer, start);
	} else if (!strcmp(action, "dpm_prepare")) {
		WRITE_ONCE(observer->phase, start ? PHASE_PREPARING : PHASE_OTHER);
	} else if (strstarts(action, "dpm_suspend")) {
		WRITE_ONCE(observer->phase, start ? PHASE_SUSPENDING : PHASE_OTHER);
	} else if (!strcmp(action, "dpm_resume") && start) {
		observer->restoring = READ_ONCE(observer->suspended) &&
				      val == PM_EVENT_RESTORE;
	}
}

static void find(struct tracepoint *tp, void *data)
{
	struct observer *observer = data;

	if (!strcmp(tp->name, "device_pm_callback_end"))
		observer->device_end = tp;
	else if (!strcmp(tp->name, "suspend_resume"))
		observer->phases = tp;
}

/**
 * observer_init - watch suspends
 * @observer:	the observer, its callbacks set
 *
 * Not being able to is no error.
 *
 * Context: process, may sleep.
 */
void observer_init(struct observer *observer)
{
	/* What is found by name has no type: let the compiler check it. */
	check_trace_callback_type_device_pm_callback_end(device_called);
	check_trace_callback_type_suspend_resume(phase_passed);

	raw_spin_lock_init(&observer->lock);
	for_each_kernel_tracepoint(find, observer);
	if (observer->device_end && observer->phases &&
	    !tracepoint_probe_register(observer->device_end, device_called,
				       observer)) {
		if (!tracepoint_probe_register(observer->phases, phase_passed,
					       observer)) {
			observer->watched = true;
			return;
		}
		tracepoint_probe_unregister(observer->device_end,
					    device_called, observer);
		tracepoint_synchronize_unregister();
	}
	pr_info("no tracepoints: why a suspend fails is told less exactly\n");
}

/**
 * observer_exit - undo observer_init()
 * @observer:	the observer
 *
 * Context: process, may sleep; waits for running probes.
 */
void observer_exit(struct observer *observer)
{
	if (!observer->watched)
		return;
	tracepoint_probe_unregister(observer->phases, phase_passed, observer);
	tracepoint_probe_unregister(observer->device_end, device_called,
				    observer);
	tracepoint_synchronize_unregister();
	observer->watched = false;
}

/**
 * observer_reset - a suspend begins, or is over: forget the last one
 * @observer:	the observer
 *
 * Context: the xenwatch thread.
 */
void observer_reset(struct observer *observer)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&observer->lock, flags);
	observer->device_err = 0;
	raw_spin_unlock_irqrestore(&observer->lock, flags);
	observer->suspended = false;
	observer->restoring = false;
	observer->core_slept = false;
	observer->thawed = false;
	observer->tasks = 0;
}

/**
 * observer_saw_hypercall - was the suspend hypercall made?
 * @observer:	the observer
 *
 * For a syscore callback that is told to resume: when another callback refuses,
 * those that had let the suspend pass are told the same.
 *
 * Context: stop_machine(), interrupts off.
 * Return: true if it was; also if nobody can tell.
 */
bool observer_saw_hypercall(const struct observer *observer)
{
	return !observer->watched || observer->core_slept;
}

/**
 * observer_tell - what was seen of the suspend under way
 * @observer:	the observer
 * @facts:	where to note it
 *
 * Context: the xenwatch thread.
 */
void observer_tell(struct observer *observer, struct failure_facts *facts)
{
	unsigned long flags;

	facts->watched = observer->watched;
	if (observer->watched)
		facts->lied = observer->restoring;
	facts->thawed = observer->thawed;
	raw_spin_lock_irqsave(&observer->lock, flags);
	facts->device_err = observer->device_err;
	strscpy(facts->device, observer->device, sizeof(facts->device));
	raw_spin_unlock_irqrestore(&observer->lock, flags);
	facts->tasks = observer->tasks;
	facts->pid = observer->pid;
	strscpy(facts->comm, observer->comm, sizeof(facts->comm));
}
