/* SPDX-License-Identifier: GPL-2.0 */
/* do_suspend() as a script, and the module set up as it is after loading. */
#ifndef XEN_SUSPEND_FAKE_SUSPEND_H
#define XEN_SUSPEND_FAKE_SUSPEND_H

#include <kunit/test.h>

#include "fake-kernel.h"
#include "fake-xen.h"
#include "../module/xen-suspend.h"

/* how a suspend ends: the ways out of the kernel's do_suspend() */
enum fake_end {
	END_CANCELLED,		/* resumed in place */
	END_RESTORED,		/* in a new domain */
	END_LOCKED,		/* another power transition is under way */
	END_HELPERS,		/* user-mode helpers did not end */
	END_TASKS,		/* tasks refused to freeze */
	END_KTHREADS,		/* kernel threads did */
	END_PREPARE,		/* a device refused .prepare, before ours had it */
	END_PREPARED,		/* a device refused .freeze, before ours had it */
	END_FROZEN,		/* after: ours gets .restore, by the bug */
	END_LATE,		/* in dpm_suspend_end(): likewise */
	END_SYSCORE,		/* another syscore callback refused */
};

/* when fake_suspend.at is called */
enum fake_point {
	AT_START,		/* do_suspend() has been called */
	AT_PREPARED,
	AT_FROZEN,
	AT_STOPPED,		/* interrupts off, before syscore */
	AT_GATED,		/* interrupts off, after syscore */
	AT_CROSSED,		/* interrupts on, resuming */
	AT_THAWED,		/* before .complete */
	AT_END,
};

/**
 * struct fake_suspend - the script
 * @end:	how the next suspends end
 * @good_after:	so many fail like that, and then they are cancelled; 0: all do
 * @device_err:	what the device says that refuses
 * @layout:	what a new domain finds
 * @at:		called on the way
 * @count:	suspends that were begun
 * @hypercalls:	suspends that got as far as the hypercall
 * @gate_err:	what the gate of the last one said
 */
struct fake_suspend {
	enum fake_end end;
	int good_after;
	int device_err;
	enum fake_layout layout;
	void (*at)(enum fake_point point);
	int count;
	int hypercalls;
	int gate_err;
};

extern struct fake_suspend fake_suspend;

void fake_do_suspend(void);

int fake_set_parameter(const char *name, const char *value);
int fake_setup(struct kunit *test);
void fake_teardown(struct kunit *test);
struct xen_suspend *fake_load(struct kunit *test, enum fake_layout layout,
			      enum trigger_kind trigger);
void fake_unload(struct kunit *test);
void fake_request(struct xen_suspend *xs);
void fake_try(struct xen_suspend *xs);
const char *fake_sysfs(struct kunit *test, const char *name);

#define EXPECT_SYSFS(test, name, text)					\
do {									\
	struct kunit *__test = (test);					\
									\
	KUNIT_EXPECT_STREQ(__test, fake_sysfs(__test, name), text "\n");	\
} while (0)
#define EXPECT_STATE(test, xs, state)					\
	KUNIT_EXPECT_STREQ(test,					\
			   hs_state_name(atomic_read(&(xs)->handshake.word)), \
			   state)

#endif
