/* SPDX-License-Identifier: GPL-2.0 */
/* A toolstack that does not give its port back, for tests of module/offer.c. */
#ifndef XEN_SUSPEND_KUNIT_KEEPER_H
#define XEN_SUSPEND_KUNIT_KEEPER_H

#include <linux/jiffies.h>

#include "../module/offer.h"
#include "fake-module.h"

#define FRESH_MS 50

static inline void bind(evtchn_port_t port)
{
	fake_xen.ports[port].status = EVTCHNSTAT_interdomain;
}

static inline void unbind(evtchn_port_t port)
{
	fake_xen.ports[port].status = EVTCHNSTAT_unbound;
}

static inline struct xen_suspend *load(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("fresh_port_ms", "50");
	return xs;
}

/* It is not known for what it is; see offer_ahead(). */
static inline void ask_by(struct xen_suspend *xs, evtchn_port_t port)
{
	xs->offer.gives_back = true;
	bind(port);
	fake_xen_notify(port);
}

/* A toolstack asks by a port and does not unbind it: libxl_domain_suspend_only() */
static inline void suspend_by(struct xen_suspend *xs, evtchn_port_t port)
{
	ask_by(xs, port);
	fake_try(xs);
}

static inline void pass_time(void)
{
	fake_kernel.jiffies += msecs_to_jiffies(FRESH_MS);
	fake_service_step();
}

#endif
