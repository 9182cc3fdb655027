// SPDX-License-Identifier: GPL-2.0
/*
 * The module's device as drivers/base/power/main.c calls it, and what it traces.
 *
 * There is another device, which refuses in the phase that it is told to. Events
 * are the PM_EVENT_... that the kernel's pm_message_t has. A callback that a
 * driver does not have is left out, and what was not suspended is not resumed.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/pm.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "fake-dpm.h"
#include "fake-power.h"
#include "fake-trace.h"

/* The callbacks for an event: as suspending goes on, or resuming comes back */
enum depth { DEVICE, LATE, NOIRQ };

#define OPS(name, late, noirq) {					\
	offsetof(const struct dev_pm_ops, name),			\
	offsetof(const struct dev_pm_ops, late),			\
	offsetof(const struct dev_pm_ops, noirq) }

static const struct callbacks {
	int event;
	size_t at[3];
} callbacks[] = {
	{ PM_EVENT_SUSPEND, OPS(suspend, suspend_late, suspend_noirq) },
	{ PM_EVENT_FREEZE, OPS(freeze, freeze_late, freeze_noirq) },
	{ PM_EVENT_RESUME, OPS(resume, resume_early, resume_noirq) },
	{ PM_EVENT_THAW, OPS(thaw, thaw_early, thaw_noirq) },
	{ PM_EVENT_RECOVER, OPS(thaw, thaw_early, thaw_noirq) },
	{ PM_EVENT_RESTORE, OPS(restore, restore_early, restore_noirq) },
};

void (*fake_dpm_irqs)(bool suspend);

static bool prepared;
static int suspended;		/* how deep: 0, or 1 + enum depth */

/** fake_dpm_init - a device that is awake */
void fake_dpm_init(void)
{
	prepared = false;
	suspended = 0;
}

/** fake_dpm_suspended - has it got its .freeze or .suspend? */
bool fake_dpm_suspended(void)
{
	return suspended > 0;
}

static const struct dev_pm_ops *ops(void)
{
	static const struct dev_pm_ops none;

	return fake_device() ? fake_device()->driver->pm : &none;
}

static int call(int event, enum depth depth)
{
	int (*callback)(struct device *dev) = NULL;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		if (callbacks[i].event == event)
			memcpy(&callback, (char *)ops() + callbacks[i].at[depth],
			       sizeof(callback));
	}
	err = callback ? callback(fake_device()) : 0;
	if (err)
		fake_trace_device(err);
	return err;
}

/**
 * fake_dpm_prepare - as dpm_prepare()
 * @event:	PM_EVENT_FREEZE or PM_EVENT_SUSPEND
 * @refusal:	what the other device says
 * @ours:	it does so after ours, which is prepared then
 *
 * Return: 0 or an error.
 */
int fake_dpm_prepare(int event, int refusal, bool ours)
{
	int err = 0;

	fake_trace_phase("dpm_prepare", event, true);
	fake_trace_device(-EAGAIN);	/* go on without that one */
	if (!refusal || ours) {
		if (ops()->prepare)
			err = ops()->prepare(fake_device());
		prepared = err >= 0;
	}
	if (!prepared || refusal)
		fake_trace_device(err < 0 ? err : refusal);
	fake_trace_phase("dpm_prepare", event, false);
	return err < 0 ? err : refusal;
}

static int go_down(const char *phase, int event, enum depth depth, int refusal,
		   bool ours)
{
	int err = 0;

	fake_trace_phase(phase, event, true);
	/* So a wake-up stops it, and no callback is called any more. */
	if (depth != NOIRQ && fake_kernel.wakeup_pending) {
		err = -EBUSY;
	} else {
		if (ours)
			err = call(event, depth);
		if (ours && !err) {
			suspended = 1 + depth;
			/* and so is a third one, a disk say */
			fake_trace_device(0);
		}
		if (!err && refusal) {
			fake_trace_device(refusal);
			err = refusal;
		}
	}
	fake_trace_phase(phase, event, false);
	return err;
}

static void come_back(const char *phase, int event, enum depth depth)
{
	fake_trace_phase(phase, event, true);
	if (suspended > depth)
		call(event, depth);
	suspended = min_t(int, suspended, depth);
	/* Waking up fails, too; that is not why the suspend has failed. */
	fake_trace_device(-EIO);
	fake_trace_phase(phase, event, false);
}

/**
 * fake_dpm_suspend - as dpm_suspend(): .freeze or .suspend
 * @event:	PM_EVENT_FREEZE or PM_EVENT_SUSPEND
 * @refusal:	what the other device says
 * @ours:	it does so after ours, which is suspended then
 *
 * Return: 0 or an error.
 */
int fake_dpm_suspend(int event, int refusal, bool ours)
{
	return go_down("dpm_suspend", event, DEVICE, refusal, ours);
}

/**
 * fake_dpm_suspend_end - as dpm_suspend_end(): late and noirq callbacks
 * @event:	PM_EVENT_FREEZE or PM_EVENT_SUSPEND
 * @refusal:	what the other device says, to the last
 *
 * Return: 0 or an error, and then what it has done is undone.
 */
int fake_dpm_suspend_end(int event, int refusal)
{
	int back = event == PM_EVENT_SUSPEND ? PM_EVENT_RESUME :
					       PM_EVENT_RECOVER;
	int err = go_down("dpm_suspend_late", event, LATE, 0, true);

	if (!err) {
		fake_dpm_irqs(true);
		err = go_down("dpm_suspend_noirq", event, NOIRQ, refusal, true);
	}
	if (err)
		fake_dpm_resume_start(back);
	return err;
}

/** fake_dpm_resume_start - as dpm_resume_start(): noirq and early callbacks */
void fake_dpm_resume_start(int event)
{
	come_back("dpm_resume_noirq", event, NOIRQ);
	fake_dpm_irqs(false);
	come_back("dpm_resume_early", event, LATE);
}

/** fake_dpm_resume - as dpm_resume(): .thaw, .restore or .resume */
void fake_dpm_resume(int event)
{
	come_back("dpm_resume", event, DEVICE);
}

/** fake_dpm_complete - as dpm_complete() */
void fake_dpm_complete(int event)
{
	fake_trace_phase("dpm_complete", event, true);
	if (prepared && ops()->complete)
		ops()->complete(fake_device());
	prepared = false;
	fake_trace_phase("dpm_complete", event, false);
}
