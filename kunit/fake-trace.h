/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel shows of a suspend, and what the module tells others: the
 * tracepoints and tasks of observer.c, the work and uevents of report.c.
 */
#ifndef XEN_SUSPEND_FAKE_TRACE_H
#define XEN_SUSPEND_FAKE_TRACE_H

#include <linux/kobject.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#define FAKE_DEVICE "vbd-51712"

/**
 * struct fake_trace - what tests set and see
 * @missing:	the tracepoint of this name is not there
 * @fail_at:	the n-th registration fails, from 1; 0: none
 * @probes:	probes registered now
 * @registered:	registrations tried
 * @refusing:	how many tasks do not freeze: 0, 1 (pid 1) or all of user space
 * @work:	the delayed work, NULL if none is to be done
 * @delay:	after how many jiffies,
 * @due:	and so when
 * @told:	what the module's own tracepoints were passed for, and by what number
 * @uevents:	how many were sent
 * @uevent:	the last one's variables, a line each
 */
struct fake_trace {
	const char *missing;
	int fail_at;
	int probes;
	int registered;
	int refusing;
	struct delayed_work *work;
	unsigned long delay;
	unsigned long due;
	char told[128];
	int uevents;
	char uevent[512];
};

extern struct fake_trace fake_trace;

/* for tests */
void fake_trace_init(void);
void fake_trace_device(int err);
void fake_trace_phase(const char *phase, int event, bool start);
void fake_trace_thaw(void);
void fake_trace_refuse(const char *phase, int err);
void fake_work_run(void);

/* for the module's sources, see seam.h */
void fake_walk_tracepoints(void (*fn)(struct tracepoint *tp, void *data), void *data);
int fake_probe_register(struct tracepoint *tp, void *probe, void *data);
int fake_probe_unregister(struct tracepoint *tp, void *probe, void *data);
bool fake_freezing(struct task_struct *task);
bool fake_mod_delayed_work(struct workqueue_struct *wq,
			   struct delayed_work *work, unsigned long delay);
bool fake_flush_delayed_work(struct delayed_work *work);
bool fake_cancel_delayed_work(struct delayed_work *work);
void fake_tell(const char *what, int value);
int fake_uevent(struct kobject *kobj, enum kobject_action action, char *env[]);

#endif
