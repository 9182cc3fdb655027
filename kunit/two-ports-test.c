// SPDX-License-Identifier: GPL-2.0
/* Tests of module/offer.c and channel.c: what becomes of the older of two ports. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/jiffies.h>

#include "keeper.h"
#include "suites.h"

/* 7 is held by a toolstack that has asked by it, and 8 is offered. */
static struct xen_suspend *load_with_two(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	suspend_by(xs, 7);
	pass_time();
	return xs;
}

static void whoever_holds_the_old_port_goes_on_using_it(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);
	int i;

	/* Remus: many checkpoints by one port */
	for (i = 0; i < 5; i++) {
		suspend_by(xs, 7);
		pass_time();
	}
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 6);
	EXPECT_SYSFS(test, "suspends", "6");
	EXPECT_SYSFS(test, "event_channel", "8");
	EXPECT_SYSFS(test, "held_event_channel", "7");
	EXPECT_SYSFS(test, "replacements", "1");
	/* Xen stays subscribed to it, also after it was given back. */
	unbind(7);
	pass_time();
	EXPECT_SYSFS(test, "held_event_channel", "7");
}

static void a_request_by_the_new_port_closes_the_old_one(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	evtchn_port_t port = 7;
	int i;

	for (i = 0; i < 5; i++) {
		suspend_by(xs, port);
		KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
		pass_time();
		KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
		KUNIT_EXPECT_NE(test, fake_xen_port(), port);
		port = fake_xen_port();
	}
	EXPECT_SYSFS(test, "suspends", "5");
	EXPECT_SYSFS(test, "replacements", "5");
}

static void there_are_never_more_than_two(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	/* The next has bound the new one, and the first asks again by its own. */
	bind(8);
	suspend_by(xs, 7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
	EXPECT_SYSFS(test, "event_channel", "8");
	EXPECT_SYSFS(test, "held_event_channel", "7");
	EXPECT_SYSFS(test, "last_error", "0");
	suspend_by(xs, 8);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
}

static void the_gate_asks_for_the_toolstack_that_has_asked(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	/* The old one's toolstack notifies and dies; the new one's lives. */
	bind(8);
	fake_xen_notify(7);
	unbind(7);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_SYSFS(test, "failed/deserted", "1");
}

static void a_restore_takes_both(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	fake_suspend.end = END_RESTORED;
	suspend_by(xs, 8);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 1);
	EXPECT_SYSFS(test, "held_event_channel", "");
	KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
	EXPECT_SYSFS(test, "negotiations", "2");
}

static void an_unload_closes_both(struct kunit *test)
{
	load_with_two(test);
	fake_unload(test);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
	KUNIT_EXPECT_EQ(test, fake_xen_bound_irqs(), 0);
}

static void without_another_port_the_old_one_stays(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	suspend_by(xs, 7);
	fake_xen_fail(FAKE_ALLOC, 1, 1, -ENOSPC);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	EXPECT_SYSFS(test, "replacements", "0");
	EXPECT_SYSFS(test, "last_error",
		     "-28 a toolstack holds event channel 7 and there is no other: the next suspend may fail until it is given back");
	/* The next resume is another chance. */
	suspend_by(xs, 7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	EXPECT_SYSFS(test, "last_error", "0");
}

/* The next call cannot bind the old port, so that no request would tell to look. */
static void without_another_port_it_looks_again_by_itself(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	long slept;

	suspend_by(xs, 7);
	fake_xen_fail(FAKE_ALLOC, 1, 1, -ENOSPC);
	fake_kernel.jiffies += msecs_to_jiffies(FRESH_MS);
	slept = fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_ASSERT_LT(test, slept, MAX_SCHEDULE_TIMEOUT);
	fake_kernel.jiffies += slept;
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	EXPECT_SYSFS(test, "last_error", "0");
}

static void publishing_that_fails_is_tried_again_with_both_open(struct kunit *test)
{
	unsigned int k;

	for (k = 1; k <= 4; k++) {
		struct xen_suspend *xs;

		fake_setup(test);
		xs = load(test);
		suspend_by(xs, 7);
		/* after asking for the port's state, allocating and binding */
		fake_xen_fail(FAKE_ANY, k + 3, 1, -EIO);
		pass_time();
		KUNIT_EXPECT_EQ(test, fake_xen.violations, 0U);
		fake_kernel.jiffies += 2 * HZ;
		fake_service_step();
		fake_service_step();
		KUNIT_EXPECT_EQ(test, fake_xen_port(), channel_port(&xs->channel));
		EXPECT_SYSFS(test, "held_event_channel", "7");
		EXPECT_SYSFS(test, "negotiations", "1");
		EXPECT_SYSFS(test, "last_error", "0");
		fake_teardown(test);
	}
}

/* By its place something was asked before it was there. */
static void a_port_opened_again_has_not_been_asked_by_yet(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	suspend_by(xs, 8);
	pass_time();
	/* 9 is in the place of 7; who holds 8 asks again by it */
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 9U);
	suspend_by(xs, 8);
	EXPECT_SYSFS(test, "held_event_channel", "8");
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
}

static void ask_by_the_old_port(enum fake_point point)
{
	if (point == AT_CROSSED)
		fake_xen_notify(7);
}

static void a_request_by_the_old_port_keeps_it_open(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	/* Two at once: while the one resumes, the other asks; and is kept waiting. */
	ask_by(xs, 8);
	fake_suspend.at = ask_by_the_old_port;
	fake_service_step();
	fake_xenwatch_flush();
	fake_suspend.at = NULL;
	EXPECT_STATE(test, xs, "requested");
	fake_kernel.lose_events = true;
	fake_service_step();
	EXPECT_SYSFS(test, "held_event_channel", "7");
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
}

static void a_port_not_offered_any_more_is_not_replaced(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_xen_remove("device/suspend");
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_service_step();
	EXPECT_SYSFS(test, "mode", "xenstore-only");
	suspend_by(xs, 7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	EXPECT_SYSFS(test, "event_channel", "7");
	EXPECT_SYSFS(test, "replacements", "0");
}

static void under_a_suspend_nothing_is_replaced(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	suspend_by(xs, 7);
	hs_absorb(&xs->handshake, 0);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	hs_end(&xs->handshake, false, false);
}

static void a_try_asks_for_the_toolstack_that_has_asked(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_TASKS;
	bind(8);
	suspend_by(xs, 7);
	EXPECT_STATE(test, xs, "requested");
	unbind(7);
	fake_suspend.end = END_CANCELLED;
	xs->service.next_try = fake_kernel.jiffies;
	fake_try(xs);
	/* not even begun, and left to the gate */
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 2);
	EXPECT_SYSFS(test, "failed/deserted", "1");
}

/* Two at once; what the second one asks for has been asked for already. */
static void a_notify_by_the_new_port_closes_the_old_one_also_if_it_joins(struct kunit *test)
{
	struct xen_suspend *xs = load_with_two(test);

	bind(8);
	fake_xen_notify(7);
	fake_xen_notify(8);
	EXPECT_SYSFS(test, "coalesced", "1");
	fake_try(xs);
	/* Or else it would stay in the node, bound. */
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 9U);
	EXPECT_SYSFS(test, "held_event_channel", "8");
}

static void a_port_published_anew_is_replaced_if_it_is_bound_by_then(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_xen_put("device/suspend/event-channel", "", FAKE_RO);
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_service_step();
	EXPECT_SYSFS(test, "mode", "xenstore-only");
	/* Read before; and its toolstack lives on. */
	suspend_by(xs, 7);
	pass_time();
	fake_xen_put("device/suspend/event-channel", "", FAKE_RW);
	jobs_ask(&xs->jobs, JOB_LOOK);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	EXPECT_SYSFS(test, "replacements", "1");
}

/* Killed while tasks are being frozen, and started again by who has killed it. */
static void who_joins_by_the_port_offered_ahead_is_not_deserted(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_kernel.lose_events = true;
	bind(7);
	fake_xen_notify(7);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	unbind(7);
	KUNIT_EXPECT_EQ(test, (int)channel_asker(&xs->channel, 0), (int)PEER_NONE);
	/* It has bound the port, and not asked yet. */
	bind(8);
	KUNIT_EXPECT_EQ(test, (int)channel_asker(&xs->channel, 0), (int)PEER_NONE);
	fake_xen_notify(8);
	EXPECT_SYSFS(test, "coalesced", "1");
	KUNIT_EXPECT_EQ(test, (int)channel_asker(&xs->channel, 0), (int)PEER_BOUND);
	fake_do_suspend();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "failures", "0");
}

static struct kunit_case two_ports_cases[] = {
	KUNIT_CASE(whoever_holds_the_old_port_goes_on_using_it),
	KUNIT_CASE(a_request_by_the_new_port_closes_the_old_one),
	KUNIT_CASE(there_are_never_more_than_two),
	KUNIT_CASE(the_gate_asks_for_the_toolstack_that_has_asked),
	KUNIT_CASE(a_restore_takes_both),
	KUNIT_CASE(an_unload_closes_both),
	KUNIT_CASE(without_another_port_the_old_one_stays),
	KUNIT_CASE(without_another_port_it_looks_again_by_itself),
	KUNIT_CASE(publishing_that_fails_is_tried_again_with_both_open),
	KUNIT_CASE(a_port_opened_again_has_not_been_asked_by_yet),
	KUNIT_CASE(a_request_by_the_old_port_keeps_it_open),
	KUNIT_CASE(a_port_not_offered_any_more_is_not_replaced),
	KUNIT_CASE(under_a_suspend_nothing_is_replaced),
	KUNIT_CASE(a_try_asks_for_the_toolstack_that_has_asked),
	KUNIT_CASE(a_notify_by_the_new_port_closes_the_old_one_also_if_it_joins),
	KUNIT_CASE(a_port_published_anew_is_replaced_if_it_is_bound_by_then),
	KUNIT_CASE(who_joins_by_the_port_offered_ahead_is_not_deserted),
	{}
};

struct kunit_suite two_ports_suite = {
	.name = "two-ports",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = two_ports_cases,
};
