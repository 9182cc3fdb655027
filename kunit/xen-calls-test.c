// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of module/xen-calls.c: the real calls, so only in a guest of a real Xen;
 * skipped elsewhere.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "../module/xen-calls.h"
#include "suites.h"

static const struct xen_calls *calls;
static const struct xenbus_transaction none = { .id = 0 };
static atomic_t handled;
static atomic_t fired;

static irqreturn_t handle(int irq, void *dev_id)
{
	atomic_inc(&handled);
	calls->irq_eoi(irq, false);
	return IRQ_HANDLED;
}

static void note_watch(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	atomic_inc(&fired);
}

static bool becomes(atomic_t *count, int value)
{
	int i;

	for (i = 0; i < 200 && atomic_read(count) < value; i++)
		msleep(20);
	return atomic_read(count) == value;
}

static void a_new_port_is_unbound_and_closing_it_ends_it(struct kunit *test)
{
	struct evtchn_status status = {};
	evtchn_port_t port = 0;

	KUNIT_ASSERT_EQ(test, calls->port_alloc(0, &port), 0);
	status.port = port;
	KUNIT_ASSERT_EQ(test, calls->port_status(&status), 0);
	KUNIT_EXPECT_EQ(test, status.status, (u32)EVTCHNSTAT_unbound);
	KUNIT_EXPECT_EQ(test, (int)status.u.unbound.dom, 0);
	KUNIT_EXPECT_EQ(test, calls->port_close(port), 0);
	status.port = port;
	KUNIT_ASSERT_EQ(test, calls->port_status(&status), 0);
	KUNIT_EXPECT_EQ(test, status.status, (u32)EVTCHNSTAT_closed);
	KUNIT_EXPECT_LT(test, calls->port_close(port), 0);
}

static void each_notify_reaches_the_handler_and_unbinding_closes(struct kunit *test)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	struct evtchn_close close = {};
	struct evtchn_status status = {};
	struct evtchn_send send = {};
	evtchn_port_t port;
	int irq, i;

	atomic_set(&handled, 0);
	KUNIT_ASSERT_EQ(test, calls->port_alloc(DOMID_SELF, &port), 0);
	irq = calls->irq_bind(port, handle, &handled);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, calls->irq_of_port(port), irq);
	bind.remote_port = port;
	KUNIT_ASSERT_EQ(test,
			HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain,
						    &bind), 0);
	send.port = bind.local_port;
	/* With an EOI after each, the next gets through. */
	for (i = 1; i < 4; i++) {
		KUNIT_EXPECT_EQ(test,
				HYPERVISOR_event_channel_op(EVTCHNOP_send, &send),
				0);
		KUNIT_EXPECT_TRUE(test, becomes(&handled, i));
	}
	calls->irq_clear_pending(irq);
	close.port = bind.local_port;
	HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	calls->irq_unbind(irq, &handled);
	KUNIT_EXPECT_NE(test, calls->irq_of_port(port), irq);
	status.port = port;
	KUNIT_EXPECT_EQ(test, calls->port_status(&status), 0);
	KUNIT_EXPECT_EQ(test, status.status, (u32)EVTCHNSTAT_closed);
}

static void an_abandoned_port_stays_open(struct kunit *test)
{
	struct evtchn_status status = {};
	evtchn_port_t port;
	int irq;

	KUNIT_ASSERT_EQ(test, calls->port_alloc(0, &port), 0);
	irq = calls->irq_bind(port, handle, &handled);
	KUNIT_ASSERT_GT(test, irq, 0);
	calls->irq_abandon(irq, &handled);
	status.port = port;
	KUNIT_EXPECT_EQ(test, calls->port_status(&status), 0);
	KUNIT_EXPECT_EQ(test, status.status, (u32)EVTCHNSTAT_unbound);
}

static void xenstore_is_read_written_counted_and_watched(struct kunit *test)
{
	struct xenbus_watch watch = {
		.node = "data/kunit", .callback = note_watch };
	struct xenbus_transaction xbt;
	char *value;

	atomic_set(&fired, 0);
	KUNIT_ASSERT_EQ(test, calls->transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, calls->write(xbt, "data", "kunit", "lost"), 0);
	KUNIT_EXPECT_EQ(test, calls->transaction_end(xbt, true), 0);
	value = calls->read(none, "data", "kunit");
	KUNIT_EXPECT_TRUE(test, IS_ERR(value) && PTR_ERR(value) == -ENOENT);

	KUNIT_ASSERT_EQ(test, calls->watch(&watch), 0);
	KUNIT_EXPECT_TRUE(test, becomes(&fired, 1));
	KUNIT_ASSERT_EQ(test, calls->transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, calls->write(xbt, "data/kunit", "a", "1"), 0);
	KUNIT_EXPECT_EQ(test, calls->write(xbt, "data/kunit", "b", "2"), 0);
	KUNIT_EXPECT_EQ(test, calls->transaction_end(xbt, false), 0);
	KUNIT_EXPECT_TRUE(test, becomes(&fired, 3));
	KUNIT_EXPECT_EQ(test, calls->count_children(none, "data/kunit", ""), 2);
	value = calls->read(none, "data/kunit", "b");
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(value));
	KUNIT_EXPECT_STREQ(test, value, "2");
	kfree(value);
	KUNIT_EXPECT_EQ(test, calls->rm(none, "data/kunit", ""), 0);
	calls->unwatch(&watch);
	KUNIT_EXPECT_EQ(test, calls->count_children(none, "data/kunit", ""),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, calls->write(none, "control", "kunit", ""),
			-EACCES);
}

static int xen_calls_setup(struct kunit *test)
{
	calls = xen_calls_in_use();
	if (!xen_domain())
		kunit_skip(test, "not a Xen guest");
	return 0;
}

static struct kunit_case xen_calls_cases[] = {
	KUNIT_CASE(a_new_port_is_unbound_and_closing_it_ends_it),
	KUNIT_CASE(each_notify_reaches_the_handler_and_unbinding_closes),
	KUNIT_CASE(an_abandoned_port_stays_open),
	KUNIT_CASE(xenstore_is_read_written_counted_and_watched),
	{}
};

struct kunit_suite xen_calls_suite = {
	.name = "xen-calls",
	.init = xen_calls_setup,
	.test_cases = xen_calls_cases,
};
