/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels this module builds for, 5.10 to 7.2, and
 * nothing else. The XEN_SUSPEND_HAVE_ macros come from Kbuild, which looks into
 * the kernel's headers: distributions carry such changes back, so that a
 * version number would be wrong.
 */
#ifndef XEN_SUSPEND_COMPAT_H
#define XEN_SUSPEND_COMPAT_H

#include <linux/module.h>
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

#endif
