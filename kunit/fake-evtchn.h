/* SPDX-License-Identifier: GPL-2.0 */
/* Event channels and their IRQs, and with them a whole domain. */
#ifndef XEN_SUSPEND_FAKE_EVTCHN_H
#define XEN_SUSPEND_FAKE_EVTCHN_H

#include "fake-xen.h"

struct kunit;

/* for tests */
void fake_xen_init(enum fake_layout layout);
void fake_xen_new_domain(enum fake_layout layout);
void fake_xen_expect_clean(struct kunit *test);
evtchn_port_t fake_alloc_port(domid_t remote);
int fake_close_port(evtchn_port_t port);
int fake_xen_open_ports(void);
int fake_xen_bound_irqs(void);
void fake_xen_bind_toolstack(void);
void fake_xen_unbind_toolstack(void);
void fake_xen_notify(evtchn_port_t port);
void fake_xen_deliver(void);
void fake_xen_irqs_suspend(bool suspend);
void fake_xen_irqs_off(void);
void fake_xen_irqs_on(void);

/* for the module's sources, see seam.h */
int fake_event_channel_op(int cmd, void *arg);
int fake_bind_irq(evtchn_port_t port, irq_handler_t handler,
		  unsigned long irqflags, const char *name, void *dev_id);
void fake_unbind_irq(unsigned int irq, void *dev_id);
const void *fake_free_irq(unsigned int irq, void *dev_id);
unsigned int fake_irq_from_evtchn(evtchn_port_t port);
void fake_irq_lateeoi(unsigned int irq, unsigned int flags);
void fake_clear_irq_pending(int irq);

#endif
