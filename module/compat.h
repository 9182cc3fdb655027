/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels this module builds for, 5.10 to 7.2, and
 * nothing else. The XEN_SUSPEND_HAVE_ macros come from Kbuild, which looks into
 * the kernel's headers: distributions carry such changes back, so that a
 * version number would be wrong.
 */
#ifndef XEN_SUSPEND_COMPAT_H
#define XEN_SUSPEND_COMPAT_H

#include <linux/freezer.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/syscore_ops.h>
#include <linux/version.h>

/*
 * The direct trigger leans on things that the kernel does not promise to keep
 * (direct.c). On a kernel newer than those it was written against it is left
 * out, and the xenstore trigger is used.
 */
#define XEN_SUSPEND_DIRECT_KNOWN \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 10, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0))

/* struct syscore with a data pointer instead of bare struct syscore_ops */
#ifdef XEN_SUSPEND_HAVE_SYSCORE
#define XEN_SUSPEND_SYSCORE_ARG void *data
#define XEN_SUSPEND_DEFINE_SYSCORE(name, suspend_fn, resume_fn)		\
	static const struct syscore_ops name##_ops = {			\
		.suspend = suspend_fn,					\
		.resume = resume_fn,					\
	};								\
	static struct syscore name = { .ops = &name##_ops }
#define xen_suspend_register_syscore register_syscore
#define xen_suspend_unregister_syscore unregister_syscore
#else
#define XEN_SUSPEND_SYSCORE_ARG void
#define XEN_SUSPEND_DEFINE_SYSCORE(name, suspend_fn, resume_fn)		\
	static struct syscore_ops name = {				\
		.suspend = suspend_fn,					\
		.resume = resume_fn,					\
	}
#define xen_suspend_register_syscore register_syscore_ops
#define xen_suspend_unregister_syscore unregister_syscore_ops
#endif

/* A kernel that cannot sleep cannot suspend under Xen: main.c refuses to load. */
#ifndef CONFIG_PM_SLEEP
static inline int syscore_suspend(void)
{
	return -EOPNOTSUPP;
}

static inline void syscore_resume(void)
{
}
#endif

/* kallsyms_on_each_symbol() lost its struct module argument in 6.4. */
#ifdef XEN_SUSPEND_HAVE_KALLSYMS_MODULE_ARG
#define XEN_SUSPEND_KALLSYMS_FN(name) \
	int name(void *data, const char *symbol, struct module *mod, \
		 unsigned long addr)
#else
#define XEN_SUSPEND_KALLSYMS_FN(name) \
	int name(void *data, const char *symbol, unsigned long addr)
#endif
typedef XEN_SUSPEND_KALLSYMS_FN(xen_suspend_kallsyms_fn);

/*
 * From 6.1 on a task that sleeps in this state is frozen where it is. Without
 * it the freezer wakes the task and then sleeps for up to a millisecond before
 * it looks whether that has helped.
 */
#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE 0
#endif

/*
 * Does the freezer still wait for a task? As freeze_task() decides: from 6.1 on by
 * the task's state, before that by flags.
 */
#ifdef TASK_FROZEN
static inline bool xen_suspend_resists_freezing(struct task_struct *task)
{
	return freezing(task) && !(READ_ONCE(task->__state) & TASK_FROZEN);
}
#else
static inline bool xen_suspend_resists_freezing(struct task_struct *task)
{
	return freezing(task) && !frozen(task) && !freezer_should_skip(task);
}
#endif

/* __assign_str() lost its second argument in 6.10: __string() has said it already. */
#ifdef XEN_SUSPEND_HAVE_ASSIGN_STR_SRC
#define xen_suspend_assign_str(dst, src) __assign_str(dst, src)
#else
#define xen_suspend_assign_str(dst, src) __assign_str(dst)
#endif

/*
 * From 6.1 on freezing() is behind a static key that freeze_processes() turns
 * on and thaw_processes() turns off, by patching the kernel's text: under Xen
 * that takes longer than all the rest of the freezer. A key that is on already
 * is only counted up. What freezing() says does not change.
 */
#ifdef XEN_SUSPEND_HAVE_FREEZER_KEY
static inline void xen_suspend_hold_freezer_key(void)
{
	static_branch_inc(&freezer_active);
}

static inline void xen_suspend_release_freezer_key(void)
{
	static_branch_dec(&freezer_active);
}
#else
static inline void xen_suspend_hold_freezer_key(void)
{
}

static inline void xen_suspend_release_freezer_key(void)
{
}
#endif

#endif
