// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's own sleeps, as kernel/power/ and kernel/kexec_core.c call a device
 * for them: in the thread of who asked, which is not named xenwatch.
 *
 * Only a snapshot that was made ends in PM_EVENT_THAW: hibernation takes
 * in_suspend == 0 for a restore, and it is 0 unless the image was begun. So a
 * device that refuses, pm_test=devices and pm_test=core end in .restore; kexec
 * always does. Kernel threads are not frozen for it.
 */
#include <linux/irqflags.h>
#include <linux/pm.h>
#include <linux/suspend.h>

#include "fake-dpm.h"
#include "fake-evtchn.h"
#include "fake-power.h"
#include "fake-suspend.h"
#include "fake-trace.h"

static const char * const names[FAKE_SLEEPS] = {
	[SLEEP_IDLE] = "suspend to idle",
	[SLEEP_IDLE_TEST] = "suspend to idle, pm_test=devices",
	[SLEEP_SNAPSHOT] = "hibernation's snapshot",
	[SLEEP_SNAPSHOT_REFUSED] = "hibernation, a device refuses",
	[SLEEP_SNAPSHOT_TEST] = "hibernation, pm_test=devices",
	[SLEEP_SNAPSHOT_CORE] = "hibernation, pm_test=core",
	[SLEEP_KEXEC_JUMP] = "kexec jump",
};

/* What is told before and after; a kexec jump tells nothing. */
static const unsigned long notifiers[FAKE_SLEEPS][2] = {
	[SLEEP_IDLE] = { PM_SUSPEND_PREPARE, PM_POST_SUSPEND },
	[SLEEP_IDLE_TEST] = { PM_SUSPEND_PREPARE, PM_POST_SUSPEND },
	[SLEEP_SNAPSHOT] = { PM_HIBERNATION_PREPARE, PM_POST_HIBERNATION },
	[SLEEP_SNAPSHOT_REFUSED] = { PM_HIBERNATION_PREPARE, PM_POST_HIBERNATION },
	[SLEEP_SNAPSHOT_TEST] = { PM_HIBERNATION_PREPARE, PM_POST_HIBERNATION },
	[SLEEP_SNAPSHOT_CORE] = { PM_HIBERNATION_PREPARE, PM_POST_HIBERNATION },
};

/** fake_sleep_name - what kind of sleep it is, in words */
const char *fake_sleep_name(enum fake_sleep kind)
{
	return names[kind];
}

/* Devices and syscore down to where the CPU is alone. Return: the event for up */
static int stop(enum fake_sleep kind)
{
	int up = PM_EVENT_RESTORE;
	unsigned long flags;

	if (fake_dpm_suspend_end(PM_EVENT_FREEZE, 0))
		return up;
	fake_xen_irqs_off();
	local_irq_save(flags);
	if (kind != SLEEP_KEXEC_JUMP)
		fake_kernel.system_state = SYSTEM_SUSPEND;
	fake_suspend_at(AT_STOPPED);
	if (!fake_syscore_suspend()) {
		fake_suspend_at(AT_GATED);
		if (kind == SLEEP_SNAPSHOT)
			up = PM_EVENT_THAW;
		fake_syscore_resume();
	}
	fake_kernel.system_state = SYSTEM_RUNNING;
	local_irq_restore(flags);
	fake_xen_irqs_on();
	fake_dpm_resume_start(up);
	return up;
}

/* hibernation_snapshot(), kernel_kexec() */
static void freeze_devices(enum fake_sleep kind)
{
	bool refused = kind == SLEEP_SNAPSHOT_REFUSED;
	int up = PM_EVENT_RESTORE;

	if (fake_dpm_prepare(PM_EVENT_FREEZE, 0, true)) {
		fake_dpm_complete(PM_EVENT_RECOVER);
		return;
	}
	fake_suspend_at(AT_PREPARED);
	if (!fake_dpm_suspend(PM_EVENT_FREEZE,
			      refused ? fake_suspend.device_err : 0, true)) {
		fake_suspend_at(AT_FROZEN);
		if (kind != SLEEP_SNAPSHOT_TEST)
			up = stop(kind);
		fake_suspend_at(AT_CROSSED);
	}
	fake_dpm_resume(up);
	fake_suspend_at(AT_THAWED);
	fake_dpm_complete(up);
}

/* suspend_devices_and_enter() */
static void suspend_to_idle(enum fake_sleep kind)
{
	fake_kernel.target_state = PM_SUSPEND_TO_IDLE;
	if (!fake_dpm_prepare(PM_EVENT_SUSPEND, 0, true)) {
		fake_suspend_at(AT_PREPARED);
		if (!fake_dpm_suspend(PM_EVENT_SUSPEND, 0, true)) {
			fake_suspend_at(AT_FROZEN);
			if (kind == SLEEP_IDLE &&
			    !fake_dpm_suspend_end(PM_EVENT_SUSPEND, 0)) {
				fake_suspend_at(AT_ASLEEP);
				fake_dpm_resume_start(PM_EVENT_RESUME);
			}
			fake_suspend_at(AT_CROSSED);
		}
	}
	fake_dpm_resume(PM_EVENT_RESUME);
	fake_suspend_at(AT_THAWED);
	fake_dpm_complete(PM_EVENT_RESUME);
	fake_kernel.target_state = PM_SUSPEND_ON;
}

/**
 * fake_sleep - the guest sleeps by its own will, and wakes up
 * @kind:	which way
 */
void fake_sleep(enum fake_sleep kind)
{
	bool kthreads = kind != SLEEP_KEXEC_JUMP;
	char name[TASK_COMM_LEN];

	fake_rename_current("sh", name);
	if (notifiers[kind][0])
		fake_pm_notify(notifiers[kind][0]);
	fake_freeze_tasks();
	fake_suspend_at(AT_START);
	if (kthreads && WARN_ON(!fake_freeze_kthreads()))
		kthreads = false;
	if (kind == SLEEP_IDLE || kind == SLEEP_IDLE_TEST)
		suspend_to_idle(kind);
	else
		freeze_devices(kind);
	if (kthreads)
		fake_thaw_kthreads();
	fake_trace_thaw();
	if (notifiers[kind][1])
		fake_pm_notify(notifiers[kind][1]);
	fake_expect_tick();
	fake_suspend_at(AT_END);
	fake_rename_current(name, NULL);
}
