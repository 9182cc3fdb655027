// SPDX-License-Identifier: GPL-2.0
/* Tests of module/channel.c: the port, its IRQ, the upcall. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/channel.h"
#include "fake-module.h"
#include "suites.h"

#define REMOTE 5

static struct channel *channel(struct kunit *test)
{
	struct channel *ch = &xen_suspend_instance.channel;

	ch->remote = REMOTE;
	ch->thread = current;
	return ch;
}

static void an_open_channel_has_a_port_and_an_irq(struct kunit *test)
{
	struct channel *ch = channel(test);

	KUNIT_ASSERT_EQ(test, channel_open(ch), 0);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 7U);
	KUNIT_EXPECT_EQ(test, ch->ports[ch->offered].irq, FAKE_IRQ_BASE + 7);
	KUNIT_EXPECT_EQ(test, (int)fake_xen.ports[7].remote, REMOTE);
	channel_close(ch);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 0U);
	KUNIT_EXPECT_EQ(test, ch->ports[ch->offered].irq, 0);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "abu");
}

static const struct opening {
	const char *text;
	enum fake_op op;
	int err;
	const char *log;
} openings[] = {
	{ "no port left", FAKE_ALLOC, -ENOSPC, "a" },
	{ "not allowed", FAKE_ALLOC, -EPERM, "a" },
	{ "no IRQ left", FAKE_BIND, -ENOSPC, "absc" },
	{ "no memory for the IRQ", FAKE_BIND, -ENOMEM, "absc" },
};

static void opening_desc(const struct opening *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(opening, openings, opening_desc);

static void opening_that_fails_at_any_step_leaves_nothing(struct kunit *test)
{
	const struct opening *row = test->param_value;
	struct channel *ch = channel(test);

	fake_xen_fail(row->op, 1, 1, row->err);
	KUNIT_EXPECT_EQ(test, channel_open(ch), row->err);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 0U);
	KUNIT_EXPECT_EQ(test, ch->ports[ch->offered].irq, 0);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, row->log);
	fake_xen_expect_clean(test);
	/* and can be tried again */
	KUNIT_EXPECT_EQ(test, channel_open(ch), 0);
	channel_close(ch);
}

static void close_what_bind_gets(enum fake_op op)
{
	if (op == FAKE_BIND)
		fake_xen.ports[7].open = false;
}

static void a_port_that_a_failed_bind_has_closed_is_not_closed_again(struct kunit *test)
{
	struct channel *ch = channel(test);

	fake_xen.hook = close_what_bind_gets;
	KUNIT_EXPECT_EQ(test, channel_open(ch), -EINVAL);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "abs");
}

static void closing_or_abandoning_a_closed_channel_does_nothing(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_close(ch);
	channel_abandon(ch);
	channel_clear_pending(ch);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_ANY], 0U);
}

static void an_abandoned_port_stays_open_and_unanswered(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	hs_arm(ch->hs);
	channel_abandon(ch);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
	fake_xen_notify(7);
	KUNIT_EXPECT_EQ(test, hs_requests(ch->hs), 0UL);
	fake_close_port(7);
}

static void a_lost_port_leaves_only_its_irq_to_free(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	fake_xen_new_domain(LAYOUT_DEFAULT);
	channel_lost(ch);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 0U);
	KUNIT_EXPECT_NE(test, ch->ports[ch->offered].irq, 0);
	/* Another frontend has a port of that number by now. */
	fake_xen.ports[7] = (struct fake_port){
		.open = true, .remote = REMOTE, .status = EVTCHNSTAT_unbound };
	channel_close(ch);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
	KUNIT_EXPECT_TRUE(test, fake_xen.ports[7].open);
	fake_close_port(7);
}

static const struct peer {
	const char *text;
	u32 status;
	domid_t remote;
	enum channel_peer peer;
} peers[] = {
	{ "unbound, for the toolstack", EVTCHNSTAT_unbound, REMOTE, PEER_NONE },
	{ "unbound, for another", EVTCHNSTAT_unbound, 3, PEER_GONE },
	{ "bound by the toolstack", EVTCHNSTAT_interdomain, REMOTE,
	  PEER_BOUND },
	{ "bound by another", EVTCHNSTAT_interdomain, 3, PEER_GONE },
	{ "closed", EVTCHNSTAT_closed, REMOTE, PEER_GONE },
	{ "an interrupt", EVTCHNSTAT_pirq, REMOTE, PEER_GONE },
	{ "a virtual interrupt", EVTCHNSTAT_virq, REMOTE, PEER_GONE },
	{ "an IPI", EVTCHNSTAT_ipi, REMOTE, PEER_GONE },
};

static void peer_desc(const struct peer *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(peer, peers, peer_desc);

static void what_xen_says_of_the_port_is_read_right(struct kunit *test)
{
	const struct peer *row = test->param_value;
	struct channel *ch = channel(test);

	channel_open(ch);
	fake_xen.ports[7].status = row->status;
	fake_xen.ports[7].remote = row->remote;
	KUNIT_EXPECT_EQ(test, (int)channel_peer(ch, 0), (int)row->peer);
	KUNIT_EXPECT_EQ(test, channel_survived(ch), row->peer != PEER_GONE);
	channel_close(ch);
}

static void a_port_that_xen_does_not_know_is_gone(struct kunit *test)
{
	struct channel *ch = channel(test);

	KUNIT_EXPECT_EQ(test, (int)channel_peer(ch, 0), (int)PEER_GONE);
	channel_open(ch);
	fake_xen_fail(FAKE_STATUS, 1, 1, -ESRCH);
	KUNIT_EXPECT_EQ(test, (int)channel_peer(ch, 0), (int)PEER_GONE);
	channel_close(ch);
	KUNIT_EXPECT_FALSE(test, channel_survived(ch));
}

static void a_port_of_the_same_number_in_a_new_domain_is_not_ours(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	KUNIT_EXPECT_TRUE(test, channel_survived(ch));
	fake_xen_new_domain(LAYOUT_DEFAULT);
	fake_xen.ports[7] = (struct fake_port){
		.open = true, .remote = REMOTE, .status = EVTCHNSTAT_unbound };
	KUNIT_EXPECT_EQ(test, (int)channel_peer(ch, 0), (int)PEER_NONE);
	KUNIT_EXPECT_FALSE(test, channel_survived(ch));
	channel_close(ch);
	fake_close_port(7);
}

static void a_notify_is_a_request_and_wakes_the_service_thread(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	hs_arm(ch->hs);
	fake_kernel.clock_ns = 123456;
	set_current_state(TASK_INTERRUPTIBLE);
	fake_xen_notify(7);
	KUNIT_EXPECT_EQ(test, (unsigned int)READ_ONCE(current->__state),
			(unsigned int)TASK_RUNNING);
	__set_current_state(TASK_RUNNING);
	KUNIT_EXPECT_EQ(test, hs_requests(ch->hs), 1UL);
	KUNIT_EXPECT_EQ(test, ch->hs->ports[0].request_ns, 123456ULL);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_EOI], 1U);
	KUNIT_EXPECT_EQ(test, fake_xen.spurious, 0U);
	hs_drop(ch->hs, 1);
	channel_close(ch);
}

static void a_notify_that_brings_nothing_new_is_spurious_and_wakes_nobody(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	fake_xen_notify(7);
	KUNIT_EXPECT_EQ(test, fake_xen.spurious, 1U);
	hs_arm(ch->hs);
	fake_xen_notify(7);
	KUNIT_EXPECT_EQ(test, fake_xen.spurious, 1U);
	set_current_state(TASK_INTERRUPTIBLE);
	fake_xen_notify(7);
	KUNIT_EXPECT_NE(test, (unsigned int)READ_ONCE(current->__state),
			(unsigned int)TASK_RUNNING);
	__set_current_state(TASK_RUNNING);
	KUNIT_EXPECT_EQ(test, fake_xen.spurious, 2U);
	/* every event is answered, or no other would come */
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_EOI], 3U);
	channel_close(ch);
}

static void what_is_pending_can_be_forgotten(struct kunit *test)
{
	struct channel *ch = channel(test);

	channel_open(ch);
	hs_arm(ch->hs);
	fake_xen_irqs_off();
	fake_xen_notify(7);
	channel_clear_pending(ch);
	fake_xen_irqs_on();
	KUNIT_EXPECT_EQ(test, hs_requests(ch->hs), 0UL);
	channel_close(ch);
}

/* One port held, another offered in its place */
static struct channel *two_ports(struct kunit *test)
{
	struct channel *ch = channel(test);

	KUNIT_ASSERT_EQ(test, channel_open(ch), 0);
	KUNIT_ASSERT_EQ(test, channel_open(ch), 0);
	KUNIT_ASSERT_EQ(test, channel_port(ch), 8U);
	KUNIT_ASSERT_EQ(test, channel_held(ch), 7U);
	KUNIT_EXPECT_EQ(test, channel_open(ch), -EBUSY);
	return ch;
}

static void whichever_port_is_bound_the_channel_is(struct kunit *test)
{
	struct channel *ch = two_ports(test);
	int port;

	KUNIT_EXPECT_FALSE(test, channel_is_bound(ch));
	for (port = 7; port <= 8; port++) {
		fake_xen.ports[port].status = EVTCHNSTAT_interdomain;
		KUNIT_EXPECT_TRUE(test, channel_is_bound(ch));
		fake_xen.ports[port].status = EVTCHNSTAT_unbound;
	}
	channel_close(ch);
}

static void what_is_pending_on_either_port_is_forgotten(struct kunit *test)
{
	struct channel *ch = two_ports(test);

	hs_arm(ch->hs);
	fake_xen_irqs_off();
	fake_xen_notify(7);
	fake_xen_notify(8);
	channel_clear_pending(ch);
	fake_xen_irqs_on();
	KUNIT_EXPECT_EQ(test, hs_requests(ch->hs), 0UL);
	channel_close(ch);
}

static void both_ports_are_lost(struct kunit *test)
{
	struct channel *ch = two_ports(test);

	fake_xen_new_domain(LAYOUT_DEFAULT);
	channel_lost(ch);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 0U);
	KUNIT_EXPECT_EQ(test, channel_held(ch), 0U);
	channel_close(ch);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
}

static void both_ports_are_abandoned(struct kunit *test)
{
	struct channel *ch = two_ports(test);

	channel_abandon(ch);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
	KUNIT_EXPECT_EQ(test, channel_held(ch), 0U);
	fake_close_port(7);
	fake_close_port(8);
}

static void with_the_held_port_closed_the_other_still_survives(struct kunit *test)
{
	struct channel *ch = two_ports(test);

	channel_close_held(ch);
	KUNIT_EXPECT_EQ(test, channel_held(ch), 0U);
	KUNIT_EXPECT_EQ(test, channel_port(ch), 8U);
	KUNIT_EXPECT_TRUE(test, channel_survived(ch));
	channel_close(ch);
}

static struct kunit_case channel_cases[] = {
	KUNIT_CASE(an_open_channel_has_a_port_and_an_irq),
	KUNIT_CASE_PARAM(opening_that_fails_at_any_step_leaves_nothing,
			 opening_gen_params),
	KUNIT_CASE(a_port_that_a_failed_bind_has_closed_is_not_closed_again),
	KUNIT_CASE(closing_or_abandoning_a_closed_channel_does_nothing),
	KUNIT_CASE(an_abandoned_port_stays_open_and_unanswered),
	KUNIT_CASE(a_lost_port_leaves_only_its_irq_to_free),
	KUNIT_CASE_PARAM(what_xen_says_of_the_port_is_read_right,
			 peer_gen_params),
	KUNIT_CASE(a_port_that_xen_does_not_know_is_gone),
	KUNIT_CASE(a_port_of_the_same_number_in_a_new_domain_is_not_ours),
	KUNIT_CASE(a_notify_is_a_request_and_wakes_the_service_thread),
	KUNIT_CASE(a_notify_that_brings_nothing_new_is_spurious_and_wakes_nobody),
	KUNIT_CASE(what_is_pending_can_be_forgotten),
	KUNIT_CASE(whichever_port_is_bound_the_channel_is),
	KUNIT_CASE(what_is_pending_on_either_port_is_forgotten),
	KUNIT_CASE(both_ports_are_lost),
	KUNIT_CASE(both_ports_are_abandoned),
	KUNIT_CASE(with_the_held_port_closed_the_other_still_survives),
	{}
};

struct kunit_suite channel_suite = {
	.name = "channel",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = channel_cases,
};
