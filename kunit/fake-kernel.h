/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the kernel that seam.h puts a fake in the place of. Nothing here
 * knows of Xen.
 */
#ifndef XEN_SUSPEND_FAKE_KERNEL_H
#define XEN_SUSPEND_FAKE_KERNEL_H

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

/* struct syscore with a data pointer, or bare struct syscore_ops */
#ifdef XEN_SUSPEND_HAVE_SYSCORE
#define fake_syscore syscore
#else
#define fake_syscore syscore_ops
#endif

/**
 * enum fake_symbol - what direct.c looks for in the kernel
 */
enum fake_symbol {
	FAKE_WALK, FAKE_DO_SUSPEND, FAKE_XS_WATCH_MSG, FAKE_SHUTTING_DOWN,
	FAKE_STEXT, FAKE_ETEXT, FAKE_SDATA, FAKE_EDATA, FAKE_SYMBOLS
};

/**
 * struct fake_kernel - what tests set and see
 * @real_thread:	the service thread is a real thread; otherwise the test runs it
 *			by fake_service_step()
 * @clock_ns:		the time; 0: the real one
 * @jiffies:		where jiffies stand still, unless @real_thread
 * @loops:		how many rounds of the service thread's loop are left
 * @slept:		what it last asked to sleep for, 0 if it did not
 * @slept_freezable:	it could have been frozen there,
 * @freezes:		and in try_to_freeze()
 * @freezer_ms:		how long a suspend waits for it to freeze
 * @while_waiting:	called where somebody waits for the service thread that the test
 *			runs
 * @service_fn:		the service thread's function, NULL if there is none
 * @service_data:	and its argument
 * @fail_thread:	kthread_run() fails with this
 * @fail_driver:	platform_driver_register() does
 * @fail_alloc:		platform_device_alloc() does
 * @fail_add:		platform_device_add() does
 * @fail_bind:		it adds the device, but no driver is bound to it
 * @fail_reboot:	register_reboot_notifier() does
 * @fail_pm:		register_pm_notifier() does
 * @pm_nb:		what it has registered, NULL if nothing
 * @fail_pin:		try_module_get() does
 * @pins:		references that the module has to itself
 * @syscore:		its syscore callbacks, NULL if not registered
 * @gate_err:		what they last said to a suspend
 * @syscore_err:	what somebody else's say, called after timekeeping's
 * @cpu0_tick:		the tick of CPU 0 is running
 * @ticks_lost:		suspends that ended without it: the guest would hang
 * @wakeups:		calls of pm_system_wakeup()
 * @wakeup_pending:	one has come since tasks were last frozen: pm_wakeup_pending()
 * @target_state:	pm_suspend_target_state
 * @freeze_polls:	how often another task than the service thread has looked
 *			whether it is to freeze
 * @freezer_key:	how often the static key of freezing() is held
 * @system_state:	as the kernel's
 * @xen_domain:		is this a Xen guest?
 * @initial_domain:	is it dom0?
 * @no_xenstore:	no xenstore is up
 * @no_kprobe:		no kprobe finds anything
 * @kprobes:		kprobes registered now
 * @kprobes_armed:	those that ever put a breakpoint into the kernel
 * @shutting_down:	as manage.c's
 * @times_found:	how often each symbol is in the kernel
 * @address:		where it lies, 0 for the default
 * @refuse_event:	xs_watch_msg() returns this
 * @lose_events:	it loses them
 * @other_thread:	they arrive in another thread than xenwatch
 * @events:		events sent through it
 * @notified:		how often who polls "state" was woken
 */
struct fake_kernel {
	bool real_thread;
	u64 clock_ns;
	unsigned long jiffies;
	int loops;
	long slept;
	bool slept_freezable;
	bool freezes;
	unsigned int freezer_ms;
	void (*while_waiting)(void);
	int (*service_fn)(void *data);
	void *service_data;
	int fail_thread;
	int fail_driver;
	bool fail_alloc;
	bool fail_bind;
	int fail_add;
	int fail_reboot;
	int fail_pm;
	struct notifier_block *pm_nb;
	bool fail_pin;
	int pins;
	struct fake_syscore *syscore;
	int gate_err;
	int syscore_err;
	bool cpu0_tick;
	int ticks_lost;
	int wakeups;
	bool wakeup_pending;
	suspend_state_t target_state;
	atomic_t freeze_polls;
	int freezer_key;
	enum system_states system_state;
	bool xen_domain;
	bool initial_domain;
	bool no_xenstore;
	bool no_kprobe;
	int kprobes;
	int kprobes_armed;
	int shutting_down;
	int times_found[FAKE_SYMBOLS];
	unsigned long address[FAKE_SYMBOLS];
	int refuse_event;
	bool lose_events;
	bool other_thread;
	int events;
	int notified;
};

/*
 * Every transition of a handshake: which states (base and HS_REQUEST) followed which,
 * counted if @fake_transitions is set; and a hook right before the exchange.
 */
#define FAKE_STATES 8
extern atomic_long_t (*fake_transitions)[FAKE_STATES];
extern void (*fake_before_exchange)(atomic_t *word);

/**
 * struct fake_priority - the last that a task was given
 * @task:	the task
 * @fifo:	sched_set_fifo(), as against sched_set_normal()
 * @nice:	what was passed to the latter
 */
struct fake_priority {
	const struct task_struct *task;
	bool fifo;
	int nice;
};

extern struct fake_kernel fake_kernel;
extern struct mutex fake_freezer;
extern int (*const fake_module_init)(void);
extern void (*const fake_module_exit)(void);

/* for tests */
void fake_kernel_init(void);
long fake_service_step(void);
bool fake_in_service(void);
bool fake_freeze_kthreads(void);
void fake_thaw_kthreads(void);
bool fake_is_realtime(const struct task_struct *task);
void fake_rename_current(const char *name, char old[TASK_COMM_LEN]);

/* for the module's sources, see seam.h */
bool fake_try_cmpxchg(atomic_t *word, int *old, int new);
u64 fake_clock_ns(void);
unsigned long fake_jiffies(void);
struct task_struct *fake_kthread_run(int (*fn)(void *data), void *data,
				     const char *name);
int fake_kthread_stop(struct task_struct *task);
bool fake_kthread_should_stop(void);
void fake_sched_set_fifo(struct task_struct *task);
void fake_sched_set_normal(struct task_struct *task, int nice);
long fake_schedule_timeout(long timeout);
bool fake_try_to_freeze(void);
int fake_register_kprobe(struct kprobe *kp);
void fake_unregister_kprobe(struct kprobe *kp);
bool fake_try_module_get(struct module *module);
void fake_module_put(struct module *module);
int fake_register_xenstore_notifier(struct notifier_block *nb);
void fake_sysfs_notify(struct kobject *kobj, const char *dir, const char *attr);

#endif
