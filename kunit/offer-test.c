// SPDX-License-Identifier: GPL-2.0
/* Tests of module/offer.c: a port that a toolstack does not give back. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/jiffies.h>

#include "keeper.h"
#include "suites.h"

static void a_port_still_held_some_time_after_a_resume_is_replaced(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	long slept;

	suspend_by(xs, 7);
	slept = fake_service_step();
	KUNIT_EXPECT_GT(test, slept, 0L);
	KUNIT_EXPECT_LE(test, slept, (long)msecs_to_jiffies(FRESH_MS));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
	EXPECT_SYSFS(test, "event_channel", "8");
	EXPECT_SYSFS(test, "held_event_channel", "7");
	EXPECT_SYSFS(test, "replacements", "1");
	EXPECT_SYSFS(test, "negotiations", "1");
	EXPECT_SYSFS(test, "last_error", "0");
	/* and that is all */
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
}

static void a_port_given_back_in_time_is_not_replaced(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	suspend_by(xs, 7);
	unbind(7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 1);
	EXPECT_SYSFS(test, "held_event_channel", "");
	EXPECT_SYSFS(test, "replacements", "0");
}

/* And with no transaction, for which the next suspend would wait. */
static void with_less_than_a_tick_it_is_replaced_at_once(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	unsigned int transactions = fake_xen.calls[FAKE_TX_START];

	fake_set_parameter("fresh_port_ms", "1");
	suspend_by(xs, 7);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	/* Our own write makes us look. */
	fake_xenwatch_call(&xs->service.watch, XEN_SUSPEND_NODE);
	fake_xenwatch_flush();
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_TX_START], transactions);
}

static unsigned int offered_when_frozen;

static void note_offer(enum fake_point point)
{
	if (point == AT_FROZEN)
		offered_when_frozen = fake_xen_port();
}

/* Nothing lies between its calls, not even the thawing of tasks. */
static void who_lives_on_finds_the_next_port_before_the_suspend(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	evtchn_port_t port = 7;
	int i;

	fake_suspend.at = note_offer;
	for (i = 0; i < 5; i++) {
		bind(port);
		fake_xen_notify(port);
		fake_try(xs);
		KUNIT_EXPECT_NE(test, offered_when_frozen, port);
		KUNIT_EXPECT_EQ(test, fake_xen_port(), offered_when_frozen);
		KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 2);
		port = fake_xen_port();
	}
	EXPECT_SYSFS(test, "suspends", "5");
	EXPECT_SYSFS(test, "replacements", "5");
	EXPECT_SYSFS(test, "last_error", "0");
}

static void give_back(enum fake_point point)
{
	note_offer(point);
	if (point == AT_ASLEEP || point == AT_CROSSED)
		unbind(hs_by(hs_word(&xen_suspend_instance.handshake)) ? 8 : 7);
}

static void for_one_that_gives_its_port_back_there_is_none(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	int i;

	fake_suspend.at = give_back;
	for (i = 0; i < 5; i++) {
		evtchn_port_t port = fake_xen_port();

		bind(port);
		fake_xen_notify(port);
		fake_try(xs);
		/* but for the first, which nothing is known of */
		KUNIT_EXPECT_EQ(test, offered_when_frozen, 8U);
	}
	EXPECT_SYSFS(test, "suspends", "5");
	EXPECT_SYSFS(test, "replacements", "1");
}

static void in_a_new_domain_nothing_is_known_of_it(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_suspend.end = END_RESTORED;
	suspend_by(xs, 7);
	fake_service_step();
	fake_suspend.end = END_CANCELLED;
	fake_suspend.at = note_offer;
	bind(channel_port(&xs->channel));
	fake_xen_notify(channel_port(&xs->channel));
	fake_try(xs);
	KUNIT_EXPECT_NE(test, offered_when_frozen, channel_held(&xs->channel));
	EXPECT_SYSFS(test, "replacements", "1");
}

static void nor_for_who_holds_another_one(struct kunit *test)
{
	struct xen_suspend *xs = load(test);
	int i;

	fake_suspend.at = note_offer;
	for (i = 0; i < 5; i++) {
		/* Remus */
		bind(7);
		fake_xen_notify(7);
		fake_try(xs);
		KUNIT_EXPECT_EQ(test, offered_when_frozen, 8U);
	}
	EXPECT_SYSFS(test, "held_event_channel", "7");
	EXPECT_SYSFS(test, "replacements", "1");
}

/* It waits for its minute, and gives the port back. */
static void a_toolstack_whose_request_failed_is_given_its_time(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_suspend.end = END_KTHREADS;
	suspend_by(xs, 7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	fake_kernel.jiffies += msecs_to_jiffies(55000);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	/* That one keeps it for ever. */
	fake_kernel.jiffies += msecs_to_jiffies(5000);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 8U);
	EXPECT_SYSFS(test, "replacements", "1");
}

static void so_is_the_first_one_in_a_new_domain(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_suspend.end = END_RESTORED;
	suspend_by(xs, 7);
	fake_service_step();
	fake_suspend.end = END_KTHREADS;
	suspend_by(xs, channel_port(&xs->channel));
	pass_time();
	EXPECT_SYSFS(test, "replacements", "0");
}

static void with_zero_it_is_never_replaced(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	fake_set_parameter("fresh_port_ms", "0");
	suspend_by(xs, 7);
	KUNIT_EXPECT_EQ(test, fake_service_step(), MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
}

static void a_request_in_the_meantime_comes_first(struct kunit *test)
{
	struct xen_suspend *xs = load(test);

	suspend_by(xs, 7);
	fake_kernel.lose_events = true;
	ask_by(xs, 7);
	pass_time();
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
	EXPECT_STATE(test, xs, "requested");
}

static struct kunit_case offer_cases[] = {
	KUNIT_CASE(a_port_still_held_some_time_after_a_resume_is_replaced),
	KUNIT_CASE(with_less_than_a_tick_it_is_replaced_at_once),
	KUNIT_CASE(who_lives_on_finds_the_next_port_before_the_suspend),
	KUNIT_CASE(for_one_that_gives_its_port_back_there_is_none),
	KUNIT_CASE(in_a_new_domain_nothing_is_known_of_it),
	KUNIT_CASE(nor_for_who_holds_another_one),
	KUNIT_CASE(a_port_given_back_in_time_is_not_replaced),
	KUNIT_CASE(a_toolstack_whose_request_failed_is_given_its_time),
	KUNIT_CASE(so_is_the_first_one_in_a_new_domain),
	KUNIT_CASE(with_zero_it_is_never_replaced),
	KUNIT_CASE(a_request_in_the_meantime_comes_first),
	{}
};

struct kunit_suite offer_suite = {
	.name = "offer",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = offer_cases,
};
