/* SPDX-License-Identifier: GPL-2.0 */
/* do_suspend() and the guest's own sleeps as scripts. */
#ifndef XEN_SUSPEND_FAKE_SUSPEND_H
#define XEN_SUSPEND_FAKE_SUSPEND_H

#include "fake-xen.h"

/* how a suspend ends: the ways out of the kernel's do_suspend() */
enum fake_end {
	END_CANCELLED,		/* resumed in place */
	END_RESTORED,		/* in a new domain */
	END_LOCKED,		/* another power transition is under way */
	END_HELPERS,		/* user-mode helpers did not end */
	END_TASKS,		/* tasks refused to freeze */
	END_KTHREADS,		/* kernel threads did */
	END_PREPARE,		/* a device refused .prepare, before ours had it */
	END_PREPARE_AFTER,	/* one refused .prepare after ours had it */
	END_PREPARED,		/* a device refused .freeze, before ours had it */
	END_FROZEN,		/* after: ours gets .restore, by the bug */
	END_LATE,		/* in dpm_suspend_end(): likewise */
	END_SYSCORE,		/* a syscore callback after timekeeping's refused */
};

/* when fake_suspend.at is called */
enum fake_point {
	AT_START,		/* do_suspend() has been called */
	AT_PREPARED,
	AT_FROZEN,
	AT_NOIRQ,		/* devices' interrupts are suspended */
	AT_STOPPED,		/* interrupts off, before syscore */
	AT_GATED,		/* interrupts off, after syscore */
	AT_ASLEEP,		/* suspended to idle */
	AT_CROSSED,		/* interrupts on, resuming */
	AT_THAWED,		/* before .complete */
	AT_END,
};

/* the guest's own sleeps */
enum fake_sleep {
	SLEEP_IDLE,		/* .suspend to .suspend_noirq, and back */
	SLEEP_IDLE_TEST,	/* .suspend, .resume */
	SLEEP_SNAPSHOT,		/* .freeze, syscore, .thaw */
	SLEEP_SNAPSHOT_REFUSED,	/* .freeze, .restore */
	SLEEP_SNAPSHOT_TEST,	/* .freeze, .restore */
	SLEEP_SNAPSHOT_CORE,	/* .freeze, syscore, .restore */
	SLEEP_KEXEC_JUMP,	/* .freeze, syscore, .restore; no kthread frozen */
	FAKE_SLEEPS
};

/**
 * struct fake_suspend - the script
 * @end:	how the next suspends end
 * @good_after:	so many fail like that, and then they are cancelled; 0: all do
 * @device_err:	what the device says that refuses
 * @uninitialised: what si.cancelled happens to say if dpm_suspend_start() fails:
 *		PM_EVENT_RESTORE or PM_EVENT_THAW
 * @by_suspend:	devices get .suspend and .resume, whatever the end (Qubes' kernels)
 * @layout:	what a new domain finds
 * @at:		called on the way
 * @count:	suspends that were begun
 * @hypercalls:	suspends that got as far as the hypercall
 * @not_frozen:	that failed because the service thread did not freeze
 */
struct fake_suspend {
	enum fake_end end;
	int good_after;
	int device_err;
	int uninitialised;
	bool by_suspend;
	enum fake_layout layout;
	void (*at)(enum fake_point point);
	int count;
	int hypercalls;
	int not_frozen;
};

extern struct fake_suspend fake_suspend;

void fake_do_suspend(void);
void fake_suspend_init(void);
void fake_suspend_at(enum fake_point point);

void fake_sleep(enum fake_sleep kind);
const char *fake_sleep_name(enum fake_sleep kind);

#endif
