// SPDX-License-Identifier: GPL-2.0
/*
 * channel.c, negotiate.c and watch.c on a real Xen, with the fakes handing all
 * calls on, and what xen-test.c says of the fakes, on the real one; skipped
 * elsewhere.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "../module/channel.h"
#include "../module/negotiate.h"
#include "../module/watch.h"
#include "fake-module.h"
#include "suites.h"
#include "xen-test.h"

static const struct xenbus_transaction none = { .id = 0 };
static struct handshake hs;
static struct channel ch;

static u32 status_of(evtchn_port_t port)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	return HYPERVISOR_event_channel_op(EVTCHNOP_status, &status) ?
	       EVTCHNSTAT_closed : status.status;
}

static void a_notify_reaches_the_handshake_and_closing_ends_it(struct kunit *test)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	struct evtchn_close close = {};
	struct evtchn_send send = {};
	evtchn_port_t port;
	int i;

	ch.remote = DOMID_SELF;
	KUNIT_ASSERT_EQ(test, channel_open(&ch), 0);
	port = channel_port(&ch);
	bind.remote_port = port;
	KUNIT_ASSERT_EQ(test,
			HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain,
						    &bind), 0);
	send.port = bind.local_port;
	/* With an EOI after each, the next gets through. */
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test,
				HYPERVISOR_event_channel_op(EVTCHNOP_send, &send),
				0);
		KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(hs.ports[0].requests) +
						   READ_ONCE(hs.ports[0].coalesced) ==
						   i + 1UL));
	}
	KUNIT_EXPECT_EQ(test, hs.ports[0].requests, 1UL);
	channel_clear_pending(&ch);
	close.port = bind.local_port;
	HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	channel_close(&ch);
	KUNIT_EXPECT_EQ(test, status_of(port), (u32)EVTCHNSTAT_closed);
}

static void a_new_port_waits_for_the_toolstack(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, channel_open(&ch), 0);
	KUNIT_EXPECT_EQ(test, (int)channel_peer(&ch, 0), (int)PEER_NONE);
	KUNIT_EXPECT_TRUE(test, channel_survived(&ch));
	channel_close(&ch);
	KUNIT_EXPECT_EQ(test, (int)channel_peer(&ch, 0), (int)PEER_GONE);
}

static void an_abandoned_port_is_left_open(struct kunit *test)
{
	evtchn_port_t port;

	KUNIT_ASSERT_EQ(test, channel_open(&ch), 0);
	port = channel_port(&ch);
	channel_abandon(&ch);
	KUNIT_EXPECT_EQ(test, status_of(port), (u32)EVTCHNSTAT_unbound);
}

static void a_port_is_published_and_withdrawn(struct kunit *test)
{
	struct negotiation neg = {};
	char *value;

	KUNIT_ASSERT_EQ(test, channel_open(&ch), 0);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, channel_port(&ch)), 1);
	KUNIT_EXPECT_EQ(test, neg.published, channel_port(&ch));
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	channel_close(&ch);
	value = xenbus_read(none, XEN_SUSPEND_NODE, "", NULL);
	if (IS_ERR(value)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(value), (long)-ENOENT);
		return;
	}
	KUNIT_EXPECT_STREQ(test, value, "");
	kfree(value);
}

static atomic_t fired;

static void note_watch(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	atomic_inc(&fired);
}

static void a_watch_fires_until_it_is_taken_away(struct kunit *test)
{
	struct xenbus_watch watch = {
		.node = "data/kunit", .callback = note_watch };

	atomic_set(&fired, 0);
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&watch), 0);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&fired) == 1));
	KUNIT_EXPECT_EQ(test, xenbus_write(none, "data", "kunit", "1"), 0);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&fired) == 2));
	watch_unregister(&watch);
	KUNIT_EXPECT_EQ(test, xenbus_rm(none, "data", "kunit"), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fired), 2);
}

static int real_xen_setup(struct kunit *test)
{
	fake_setup(test);
	if (!xen_domain())
		kunit_skip(test, "not a Xen guest");
	fake_xen.real = true;
	memset(&hs, 0, sizeof(hs));
	hs_arm(&hs);
	ch = (struct channel){ .hs = &hs, .thread = current };
	return 0;
}

static void real_xen_teardown(struct kunit *test)
{
	if (fake_xen.real) {
		channel_close(&ch);
		xen_test_cleanup();
	}
	fake_xen.real = false;
	fake_teardown(test);
}

static struct kunit_case real_xen_cases[] = {
	KUNIT_CASE(a_notify_reaches_the_handshake_and_closing_ends_it),
	KUNIT_CASE(a_new_port_waits_for_the_toolstack),
	KUNIT_CASE(an_abandoned_port_is_left_open),
	KUNIT_CASE(a_port_is_published_and_withdrawn),
	KUNIT_CASE(a_watch_fires_until_it_is_taken_away),
	KUNIT_CASE(a_watch_fires_when_it_is_registered_and_then_in_order),
	KUNIT_CASE(a_transaction_fires_when_it_is_committed),
	KUNIT_CASE(a_transaction_conflicts_with_what_was_changed_under_it),
	KUNIT_CASE(a_transaction_that_only_wrote_conflicts_too),
	KUNIT_CASE(a_transaction_that_is_over_is_refused_everywhere),
	KUNIT_CASE(an_event_is_masked_until_its_eoi),
	KUNIT_CASE(every_second_spurious_event_in_a_row_is_put_off),
	{}
};

struct kunit_suite real_xen_suite = {
	.name = "real-xen",
	.init = real_xen_setup,
	.exit = real_xen_teardown,
	.test_cases = real_xen_cases,
};
