// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the fakes for Xen, each of which a real Xen passes as well: xenstore's
 * watches and transactions, and events with late EOIs.
 *
 * That something does not happen is seen from what comes next, and not by waiting.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/events.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "fake-module.h"
#include "suites.h"
#include "xen-test.h"

static const struct xenbus_transaction none = { .id = 0 };

static int write(struct xenbus_transaction xbt, const char *node, const char *value)
{
	return fake_xenbus_write(xbt, "data", node, value);
}

static void expect_value(struct kunit *test, const char *node, const char *value)
{
	char *found = fake_xenbus_read(none, "data", node, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(found));
	KUNIT_EXPECT_STREQ(test, found, value);
	kfree(found);
}

/* Two nodes, so that none of the tests changes their directory */
static void two_nodes(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, write(none, "one", "1"), 0);
	KUNIT_ASSERT_EQ(test, write(none, "two", "2"), 0);
}

/* --- watches --- */

static char fired[128];
static atomic_t times_fired;

static void note_watch(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	strlcat(fired, path, sizeof(fired));
	strlcat(fired, " ", sizeof(fired));
	atomic_inc(&times_fired);
}

static struct xenbus_watch watch = { .node = "data", .callback = note_watch };
static bool is_watching;

static void start_watching(struct kunit *test)
{
	*fired = '\0';
	atomic_set(&times_fired, 0);
	KUNIT_ASSERT_EQ(test, fake_register_watch(&watch), 0);
	is_watching = true;
}

static void expect_fired(struct kunit *test, int times, const char *paths)
{
	if (!fake_xen.real)
		fake_xenwatch_flush();
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&times_fired) >= times));
	KUNIT_EXPECT_STREQ(test, fired, paths);
}

void a_watch_fires_when_it_is_registered_and_then_in_order(struct kunit *test)
{
	start_watching(test);
	expect_fired(test, 1, "data ");
	two_nodes(test);
	KUNIT_EXPECT_EQ(test, write(none, "one", "1"), 0);
	KUNIT_EXPECT_EQ(test, fake_xenbus_rm(none, "data", "two"), 0);
	KUNIT_EXPECT_EQ(test, write(none, "one", "3"), 0);
	expect_fired(test, 6, "data data/one data/two data/one data/two data/one ");
}

void a_transaction_fires_when_it_is_committed(struct kunit *test)
{
	struct xenbus_transaction xbt;

	two_nodes(test);
	start_watching(test);
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, write(xbt, "one", "in vain"), 0);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, true), 0);
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, write(xbt, "one", "4"), 0);
	/* outside of it, and so at once */
	KUNIT_EXPECT_EQ(test, write(none, "two", "5"), 0);
	expect_value(test, "one", "1");
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, false), 0);
	expect_value(test, "one", "4");
	expect_fired(test, 3, "data data/two data/one ");
}

/* --- transactions --- */

void a_transaction_conflicts_with_what_was_changed_under_it(struct kunit *test)
{
	struct xenbus_transaction xbt;
	char *value;

	two_nodes(test);
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	value = fake_xenbus_read(xbt, "data", "one", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(value));
	kfree(value);
	KUNIT_EXPECT_EQ(test, write(none, "one", "another's"), 0);
	KUNIT_EXPECT_EQ(test, write(xbt, "two", "ours"), 0);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, false), -EAGAIN);
	expect_value(test, "one", "another's");
	expect_value(test, "two", "2");
}

void a_transaction_that_only_wrote_conflicts_too(struct kunit *test)
{
	struct xenbus_transaction xbt;

	two_nodes(test);
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, write(xbt, "one", "ours"), 0);
	KUNIT_EXPECT_EQ(test, write(none, "one", "another's"), 0);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, false), -EAGAIN);
	expect_value(test, "one", "another's");
	/* what it has not looked at is none of its business */
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, write(xbt, "one", "ours"), 0);
	KUNIT_EXPECT_EQ(test, write(none, "two", "another's"), 0);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, false), 0);
	expect_value(test, "one", "ours");
	expect_value(test, "two", "another's");
}

void a_transaction_that_is_over_is_refused_everywhere(struct kunit *test)
{
	struct xenbus_transaction over, xbt;
	unsigned int count;

	two_nodes(test);
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&over), 0);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(over, true), 0);
	/* nor is it taken for the one that is open now */
	KUNIT_ASSERT_EQ(test, fake_transaction_start(&xbt), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_xenbus_read(over, "data", "one", NULL)),
			(long)-ENOENT);
	KUNIT_EXPECT_EQ(test, write(over, "one", "late"), -ENOENT);
	KUNIT_EXPECT_EQ(test, fake_xenbus_rm(over, "data", "one"), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_xenbus_directory(over, "data", "", &count)),
			(long)-ENOENT);
	KUNIT_EXPECT_EQ(test, fake_transaction_end(xbt, true), 0);
	expect_value(test, "one", "1");
}

/* --- events: a port of ours, and on a real Xen another one that notifies it --- */

static evtchn_port_t port, other_end;
static int irq;
static unsigned int eoi_flags;
static bool answer;
static atomic_t events;
static unsigned long last_event;	/* in jiffies */

static unsigned long now(void)
{
	return fake_xen.real ? jiffies : fake_kernel.jiffies;
}

static irqreturn_t note_event(int number, void *data)
{
	WRITE_ONCE(last_event, now());
	atomic_inc(&events);
	if (answer)
		fake_irq_lateeoi(number, eoi_flags);
	return IRQ_HANDLED;
}

static void open_port(struct kunit *test)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };

	atomic_set(&events, 0);
	eoi_flags = 0;
	port = fake_alloc_port(DOMID_SELF);
	KUNIT_ASSERT_NE(test, port, 0U);
	irq = fake_bind_irq(port, note_event, 0, "kunit", &events);
	KUNIT_ASSERT_GT(test, irq, 0);
	if (!fake_xen.real)
		return;
	bind.remote_port = port;
	KUNIT_ASSERT_EQ(test,
			HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0);
	other_end = bind.local_port;
}

static void notify(void)
{
	struct evtchn_send send = { .port = other_end };

	if (fake_xen.real)
		HYPERVISOR_event_channel_op(EVTCHNOP_send, &send);
	else
		fake_xen_notify(port);
}

void an_event_is_masked_until_its_eoi(struct kunit *test)
{
	answer = false;
	open_port(test);
	notify();
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&events) == 1));
	/* three that are one */
	notify();
	notify();
	notify();
	KUNIT_EXPECT_EQ(test, atomic_read(&events), 1);
	fake_irq_lateeoi(irq, 0);
	if (!fake_xen.real)
		fake_xen_deliver();
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&events) == 2));
	fake_irq_lateeoi(irq, 0);
	notify();
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&events) == 3));
}

/* Notify, and wait until it is delivered. Return: how long after the one before */
static unsigned long delivered_after(struct kunit *test)
{
	unsigned long before = last_event, start = now();
	int count = atomic_read(&events);

	notify();
	while (!fake_xen.real && atomic_read(&events) == count &&
	       now() - start < 2 * HZ) {
		fake_kernel.jiffies++;
		fake_xen_deliver();
	}
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&events) == count + 1));
	return last_event - before;
}

void every_second_spurious_event_in_a_row_is_put_off(struct kunit *test)
{
	int i;

	answer = true;
	open_port(test);
	eoi_flags = XEN_EOI_FLAG_SPURIOUS;
	delivered_after(test);
	for (i = 0; i < 5; i++) {
		unsigned long took = delivered_after(test);

		/* A real one is seen to be put off, but not to be let through at once. */
		if (!fake_xen.real)
			KUNIT_EXPECT_EQ(test, took, 0UL);
		took = delivered_after(test);
		KUNIT_EXPECT_GE(test, took, 1UL);
		if (!fake_xen.real)
			KUNIT_EXPECT_EQ(test, took, 1UL);
	}
	/* those that are not spurious are not */
	eoi_flags = 0;
	for (i = 0; i < 5 && !fake_xen.real; i++)
		KUNIT_EXPECT_EQ(test, delivered_after(test), 0UL);
}

/** xen_test_cleanup - what these tests leave behind, also after a failure */
void xen_test_cleanup(void)
{
	struct evtchn_close close = { .port = other_end };

	if (other_end)
		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	if (irq > 0)
		fake_unbind_irq(irq, &events);
	other_end = 0;
	irq = 0;
	if (is_watching)
		fake_unregister_watch(&watch);
	is_watching = false;
	fake_xenbus_rm(none, "data", "one");
	fake_xenbus_rm(none, "data", "two");
}

static int xen_setup(struct kunit *test)
{
	fake_setup(test);
	return fake_xenwatch_start();
}

static void xen_teardown(struct kunit *test)
{
	xen_test_cleanup();
	fake_teardown(test);
}

static struct kunit_case xen_cases[] = {
	KUNIT_CASE(a_watch_fires_when_it_is_registered_and_then_in_order),
	KUNIT_CASE(a_transaction_fires_when_it_is_committed),
	KUNIT_CASE(a_transaction_conflicts_with_what_was_changed_under_it),
	KUNIT_CASE(a_transaction_that_only_wrote_conflicts_too),
	KUNIT_CASE(a_transaction_that_is_over_is_refused_everywhere),
	KUNIT_CASE(an_event_is_masked_until_its_eoi),
	KUNIT_CASE(every_second_spurious_event_in_a_row_is_put_off),
	{}
};

struct kunit_suite xen_suite = {
	.name = "xen",
	.init = xen_setup,
	.exit = xen_teardown,
	.test_cases = xen_cases,
};
