// SPDX-License-Identifier: GPL-2.0
/*
 * do_suspend() as a script: the order in which the kernel's calls a device and
 * the syscore callbacks, with all of its ways out, its bugs included:
 *
 *   - si.cancelled is uninitialised if dpm_suspend_start() fails, and 0 if
 *     dpm_suspend_end() does; devices then get .restore in a domain that never
 *     stopped. After a device refused in .prepare none was suspended, and none
 *     is resumed; the phase is traced all the same.
 *   - CPU 0's tick is stopped before stop_machine(), and started again by
 *     timekeeping's syscore callback only.
 */
#include <linux/irqflags.h>
#include <linux/pm.h>

#include "fake-dpm.h"
#include "fake-evtchn.h"
#include "fake-power.h"
#include "fake-suspend.h"
#include "fake-trace.h"
#include "fake-xenwatch.h"

struct fake_suspend fake_suspend;

/** fake_suspend_at - a suspend, or a sleep, has come to a point */
void fake_suspend_at(enum fake_point point)
{
	if (fake_suspend.at)
		fake_suspend.at(point);
}

/* freeze_processes(), freeze_kernel_threads(). Return: do both succeed? */
static bool freeze_tasks(enum fake_end end)
{
	/* Who is woken up gives up. */
	if (fake_kernel.wakeup_pending)
		end = END_KTHREADS;
	switch (end) {
	case END_LOCKED:
		return false;
	case END_HELPERS:
		fake_kernel.clock_ns += fake_kernel.clock_ns ? 5 * NSEC_PER_SEC : 0;
		return false;
	case END_TASKS:
		fake_kernel.clock_ns += fake_kernel.clock_ns ? 20 * NSEC_PER_SEC : 0;
		fake_trace.refusing = fake_trace.refusing ?: 1;
		fallthrough;
	case END_KTHREADS:
		fake_trace_thaw();
		return false;
	default:
		if (fake_freeze_kthreads())
			return true;
		fake_suspend.not_frozen++;
		fake_trace_thaw();
		return false;
	}
}

/* stop_machine(xen_suspend): true if cancelled */
static bool hypercall(enum fake_end end)
{
	unsigned long flags;
	bool cancelled = true;

	fake_xen_irqs_off();
	local_irq_save(flags);
	fake_suspend_at(AT_STOPPED);
	fake_kernel.syscore_err = end == END_SYSCORE ? -EBUSY : 0;
	if (!fake_syscore_suspend()) {
		fake_suspend_at(AT_GATED);
		fake_suspend.hypercalls++;
		if (end == END_RESTORED) {
			fake_xen_new_domain(fake_suspend.layout);
			cancelled = false;
		}
		fake_syscore_resume();
	}
	fake_kernel.syscore_err = 0;
	local_irq_restore(flags);
	fake_xen_irqs_on();
	return cancelled;
}

/* dpm_suspend_start() */
static int suspend_start(enum fake_end end, int event)
{
	int refusal = end == END_PREPARE || end == END_PREPARE_AFTER ?
		      fake_suspend.device_err : 0;
	int err = fake_dpm_prepare(event, refusal, end == END_PREPARE_AFTER);

	if (err)
		return err;
	fake_suspend_at(AT_PREPARED);
	refusal = end == END_PREPARED || end == END_FROZEN ?
		  fake_suspend.device_err : 0;
	err = fake_dpm_suspend(event, refusal, end != END_PREPARED);
	if (fake_dpm_suspended())
		fake_suspend_at(AT_FROZEN);
	return err;
}

/* What dpm_resume_start() and dpm_resume_end() are told */
static int resume_event(bool cancelled)
{
	if (fake_suspend.by_suspend)
		return PM_EVENT_RESUME;
	return cancelled ? PM_EVENT_THAW : PM_EVENT_RESTORE;
}

static void suspend_devices(enum fake_end end)
{
	int event = fake_suspend.by_suspend ? PM_EVENT_SUSPEND : PM_EVENT_FREEZE;
	bool cancelled = fake_suspend.uninitialised == PM_EVENT_THAW;

	if (!suspend_start(end, event)) {
		cancelled = false;
		if (!fake_dpm_suspend_end(event, end == END_LATE ?
					  fake_suspend.device_err : 0)) {
			fake_suspend_at(AT_NOIRQ);
			fake_stop_ticks();
			cancelled = hypercall(end);
			fake_dpm_resume_start(resume_event(cancelled));
			if (!cancelled)
				fake_xenwatch_restored();
		}
	}
	if (fake_dpm_suspended())
		fake_suspend_at(AT_CROSSED);
	fake_dpm_resume(resume_event(cancelled));
	fake_suspend_at(AT_THAWED);
	fake_dpm_complete(resume_event(cancelled));
}

/** fake_do_suspend - as manage.c's do_suspend(), in a thread named xenwatch */
void fake_do_suspend(void)
{
	enum fake_end end = fake_suspend.end;
	char name[TASK_COMM_LEN];

	if (fake_suspend.good_after && fake_suspend.count >= fake_suspend.good_after)
		end = END_CANCELLED;
	fake_rename_current("xenwatch", name);
	fake_kernel.shutting_down = 2;	/* SHUTDOWN_SUSPEND */
	fake_suspend.count++;
	fake_freeze_tasks();
	fake_suspend_at(AT_START);
	if (freeze_tasks(end)) {
		suspend_devices(end);
		fake_thaw_kthreads();
		fake_trace_thaw();
	}
	fake_kernel.shutting_down = -1;
	fake_expect_tick();
	fake_suspend_at(AT_END);
	fake_rename_current(name, NULL);
}

/** fake_suspend_init - suspends that go well, in a kernel and a domain of its own */
void fake_suspend_init(void)
{
	fake_suspend = (struct fake_suspend){
		.device_err = -EBUSY,
		.uninitialised = PM_EVENT_RESTORE,
	};
	fake_kernel_init();
	fake_power_init();
	fake_dpm_init();
	fake_dpm_irqs = fake_xen_irqs_suspend;
	fake_trace_init();
	fake_xen_init(LAYOUT_DEFAULT);
	fake_xenwatch_init(fake_do_suspend);
}
