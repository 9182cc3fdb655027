/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the kernel that seam.h puts a fake in the place of. */
#ifndef XEN_SUSPEND_FAKE_KERNEL_H
#define XEN_SUSPEND_FAKE_KERNEL_H

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/syscore_ops.h>

struct xenbus_watch;

/* struct syscore with a data pointer, or bare struct syscore_ops */
#ifdef XEN_SUSPEND_HAVE_SYSCORE
#define fake_syscore syscore
#else
#define fake_syscore syscore_ops
#endif

static inline int fake_syscore_suspend(struct fake_syscore *callbacks)
{
#ifdef XEN_SUSPEND_HAVE_SYSCORE
	return callbacks->ops->suspend(callbacks->data);
#else
	return callbacks->suspend();
#endif
}

static inline void fake_syscore_resume(struct fake_syscore *callbacks)
{
#ifdef XEN_SUSPEND_HAVE_SYSCORE
	callbacks->ops->resume(callbacks->data);
#else
	callbacks->resume();
#endif
}

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
 * @loops:		how many rounds of the service thread's loop are left
 * @slept:		what it last asked to sleep for, 0 if it did not
 * @service_fn:		the service thread's function
 * @service_data:	and its argument
 * @fail_thread:	kthread_run() fails with this
 * @fail_driver:	platform_driver_register() does
 * @fail_alloc:		platform_device_alloc() does
 * @fail_add:		platform_device_add() does
 * @fail_bind:		it adds the device, but no driver is bound to it
 * @fail_reboot:	register_reboot_notifier() does
 * @fail_pin:		try_module_get() does
 * @pins:		references that the module has to itself
 * @syscore:		its syscore callbacks, NULL if not registered
 * @freezer_key: how often the static key of freezing() is held
 * @torn_list:		somebody is halfway through adding some
 * @interloper:		somebody else adds some right after ours
 * @system_state:	as the kernel's
 * @xen_domain:		is this a Xen guest?
 * @initial_domain:	is it dom0?
 * @no_xenstore:	no xenstore is up
 * @no_kprobe:		no kprobe finds anything
 * @kprobes:		kprobes registered now
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
	int loops;
	long slept;
	int (*service_fn)(void *data);
	void *service_data;
	int fail_thread;
	int fail_driver;
	bool fail_alloc;
	bool fail_bind;
	int fail_add;
	int fail_reboot;
	bool fail_pin;
	int pins;
	struct fake_syscore *syscore;
	int freezer_key;
	bool torn_list;
	bool interloper;
	enum system_states system_state;
	bool xen_domain;
	bool initial_domain;
	bool no_xenstore;
	bool no_kprobe;
	int kprobes;
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

extern struct fake_kernel fake_kernel;
extern struct list_head fake_syscore_list;
extern struct mutex fake_freezer;
extern int (*const fake_module_init)(void);
extern void (*const fake_module_exit)(void);

/* for tests */
void fake_kernel_init(void);
void fake_kernel_exit(void);
long fake_service_step(void);
bool fake_device_leaked(void);
int fake_xenwatch_start(void);
void fake_xenwatch_call(const struct xenbus_watch *watch, const char *path);
void fake_xenwatch_manage(void);
void fake_xenwatch_flush(void);

/* for the module's sources, see seam.h */
bool fake_try_cmpxchg(atomic_t *word, int *old, int new);
u64 fake_clock_ns(void);
struct task_struct *fake_kthread_run(int (*fn)(void *data), void *data,
				     const char *name);
int fake_kthread_stop(struct task_struct *task);
bool fake_kthread_should_stop(void);
void fake_sched_set_fifo(struct task_struct *task);
long fake_schedule_timeout(long timeout);
bool fake_try_to_freeze(void);
int fake_register_kprobe(struct kprobe *kp);
void fake_unregister_kprobe(struct kprobe *kp);
struct platform_device *fake_platform_device_alloc(const char *name, int id);
int fake_platform_device_add(struct platform_device *pdev);
int fake_platform_driver_register(struct platform_driver *drv);
int fake_register_reboot_notifier(struct notifier_block *nb);
void fake_register_syscore(struct fake_syscore *callbacks);
void fake_unregister_syscore(struct fake_syscore *callbacks);
bool fake_try_module_get(struct module *module);
void fake_module_put(struct module *module);
int fake_register_xenstore_notifier(struct notifier_block *nb);
void fake_sysfs_notify(struct kobject *kobj, const char *dir, const char *attr);

#endif
