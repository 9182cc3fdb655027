/* SPDX-License-Identifier: GPL-2.0 */
/* What channel.c is built with for upcall-bench.c: an event channel without Xen. */
#ifndef XEN_SUSPEND_KUNIT_UPCALL_SEAM_H
#define XEN_SUSPEND_KUNIT_UPCALL_SEAM_H

#include <linux/interrupt.h>
#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <asm/xen/hypercall.h>

int bench_event_channel_op(int cmd, void *arg);
int bench_bind_irq(evtchn_port_t port, irq_handler_t handler,
		   unsigned long irqflags, const char *name, void *dev_id);
void bench_unbind_irq(unsigned int irq, void *dev_id);
void bench_irq_lateeoi(unsigned int irq, unsigned int flags);

/* for channel.c, which defines its own pr_fmt() */
#ifndef UPCALL_BENCH
#undef pr_fmt

#define HYPERVISOR_event_channel_op(cmd, arg) bench_event_channel_op(cmd, arg)
#define bind_evtchn_to_irqhandler_lateeoi(port, handler, flags, name, dev_id) \
	bench_bind_irq(port, handler, flags, name, dev_id)
#define unbind_from_irqhandler(irq, dev_id) bench_unbind_irq(irq, dev_id)
#define xen_irq_lateeoi(irq, flags) bench_irq_lateeoi(irq, flags)
#endif

#endif
