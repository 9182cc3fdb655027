/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's own sources are built with for KUnit: this header comes
 * before each of them (-include), and puts fakes in the place of what a test
 * has to control in the kernel, the calls to Xen and xenstore included. The
 * sources themselves are the ones that go into xen-suspend.ko, unchanged.
 *
 * The kernel's headers come first: what they declare must not be renamed.
 */
#ifndef XEN_SUSPEND_KUNIT_SEAM_H
#define XEN_SUSPEND_KUNIT_SEAM_H

#include <linux/freezer.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "fake-evtchn.h"
#include "fake-kernel.h"
#include "fake-power.h"
#include "fake-trace.h"
#include "fake-xenstore.h"
#include "fake-xenwatch.h"

/* Each source defines its own. */
#undef pr_fmt

/* xenstore */
#define xenbus_transaction_start(xbt) fake_transaction_start(xbt)
#define xenbus_transaction_end(xbt, abort) fake_transaction_end(xbt, abort)
#define xenbus_read(xbt, dir, node, len) fake_xenbus_read(xbt, dir, node, len)
#define xenbus_write(xbt, dir, node, value) \
	fake_xenbus_write(xbt, dir, node, value)
#define xenbus_rm(xbt, dir, node) fake_xenbus_rm(xbt, dir, node)
#define xenbus_directory(xbt, dir, node, num) \
	fake_xenbus_directory(xbt, dir, node, num)
#define register_xenbus_watch(watch) fake_register_watch(watch)
#define unregister_xenbus_watch(watch) fake_unregister_watch(watch)

/* event channels */
#define HYPERVISOR_event_channel_op(cmd, arg) fake_event_channel_op(cmd, arg)
#define bind_evtchn_to_irqhandler_lateeoi(port, handler, flags, name, dev_id) \
	fake_bind_irq(port, handler, flags, name, dev_id)
#define unbind_from_irqhandler(irq, dev_id) fake_unbind_irq(irq, dev_id)
#define free_irq(irq, dev_id) fake_free_irq(irq, dev_id)
#define irq_from_evtchn(port) fake_irq_from_evtchn(port)
#define xen_irq_lateeoi(irq, flags) fake_irq_lateeoi(irq, flags)
#define xen_clear_irq_pending(irq) fake_clear_irq_pending(irq)

/* every transition of the state machine */
#undef atomic_try_cmpxchg
#define atomic_try_cmpxchg(word, old, new) fake_try_cmpxchg(word, old, new)

/* time */
#define ktime_get_mono_fast_ns() fake_clock_ns()
#define jiffies fake_jiffies()

/* threads */
#undef kthread_run
#define kthread_run(fn, data, name) fake_kthread_run(fn, data, name)
#define kthread_stop(task) fake_kthread_stop(task)
#define kthread_should_stop() fake_kthread_should_stop()
#define sched_set_fifo(task) fake_sched_set_fifo(task)
#define sched_set_normal(task, nice) fake_sched_set_normal(task, nice)
#define schedule_timeout(timeout) fake_schedule_timeout(timeout)
#define try_to_freeze() fake_try_to_freeze()

/* looking up the kernel's symbols */
#define register_kprobe(kp) fake_register_kprobe(kp)
#define unregister_kprobe(kp) fake_unregister_kprobe(kp)

/* power management */
#define platform_device_alloc(name, id) fake_platform_device_alloc(name, id)
#define platform_device_add(pdev) fake_platform_device_add(pdev)
#undef platform_driver_register
#define platform_driver_register(drv) fake_platform_driver_register(drv)
#define register_reboot_notifier(nb) fake_register_reboot_notifier(nb)
#define unregister_reboot_notifier(nb) fake_unregister_reboot_notifier(nb)
#define register_pm_notifier(nb) fake_register_pm_notifier(nb)
#define unregister_pm_notifier(nb) fake_unregister_pm_notifier(nb)
#define register_syscore_ops(callbacks) fake_register_syscore(callbacks)
#define unregister_syscore_ops(callbacks) fake_unregister_syscore(callbacks)
#define register_syscore(callbacks) fake_register_syscore(callbacks)
#define unregister_syscore(callbacks) fake_unregister_syscore(callbacks)
#define syscore_suspend() fake_syscore_suspend()
#define syscore_resume() fake_syscore_resume()
#define pm_system_wakeup() fake_pm_system_wakeup()
#undef pm_suspend_target_state
#define pm_suspend_target_state (fake_kernel.target_state)
#define system_state (fake_kernel.system_state)

#define sysfs_notify(kobj, dir, attr) fake_sysfs_notify(kobj, dir, attr)

/* what a suspend shows of itself, and what is told of it */
#define for_each_kernel_tracepoint(fn, data) fake_walk_tracepoints(fn, data)
#define tracepoint_probe_register(tp, probe, data) \
	fake_probe_register(tp, probe, data)
#define tracepoint_probe_unregister(tp, probe, data) \
	fake_probe_unregister(tp, probe, data)
#define freezing(task) fake_freezing(task)
#define mod_delayed_work(wq, work, delay) fake_mod_delayed_work(wq, work, delay)
#define flush_delayed_work(work) fake_flush_delayed_work(work)
#define cancel_delayed_work_sync(work) fake_cancel_delayed_work(work)
#define kobject_uevent_env(kobj, action, env) fake_uevent(kobj, action, env)

/*
 * Patching the kernel's text under QEMU's emulation now and then stops the CPU
 * that runs there, for good.
 */
#undef static_branch_inc
#define static_branch_inc(key) ((void)(key), fake_kernel.freezer_key++)
#undef static_branch_dec
#define static_branch_dec(key) ((void)(key), fake_kernel.freezer_key--)

/* The module's own tracepoints are not switched on either, but noted. */
#include "../module/trace.h"
#define trace_negotiated(mode, port, err) \
	((void)(mode), (void)(err), fake_tell("negotiated", port))
#define trace_request(port, now_ns) \
	((void)(now_ns), fake_tell("request", port))
#define trace_begin(by) fake_tell("begin", by)
#define trace_frozen(by) fake_tell("frozen", by)
#define trace_end(story) fake_tell("end", (story)->outcome)

/* loading and unloading */
#define try_module_get(module) fake_try_module_get(module)
#define module_put(module) fake_module_put(module)
#undef xen_domain
#define xen_domain() (fake_kernel.xen_domain)
#undef xen_initial_domain
#define xen_initial_domain() (fake_kernel.initial_domain)
#define register_xenstore_notifier(nb) fake_register_xenstore_notifier(nb)
#define unregister_xenstore_notifier(nb) ((void)(nb))
#undef __init
#define __init
#undef __exit
#define __exit
#undef module_init
#define module_init(fn) int (*const fake_module_init)(void) = fn
#undef module_exit
#define module_exit(fn) void (*const fake_module_exit)(void) = fn

#endif
