// SPDX-License-Identifier: GPL-2.0
/* Tests of module/verdict.c: whose suspend it was, and what becomes of a request. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/verdict.h"
#include "fake-module.h"
#include "suites.h"

static void a_request_that_was_dropped_is_over_for_the_thread_too(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
	verdict_drop(&xs->verdict, 1, FAILURE_TRIGGER, -EIO, "a test");
	EXPECT_SYSFS(test, "last_error", "-5 a test");
	EXPECT_SYSFS(test, "failed/trigger", "1");
	/* Xen may be subscribed: who asked had bound the port. */
	fake_service_step();
	KUNIT_EXPECT_EQ(test, fake_kernel.pins, 1);
}

static void a_request_is_dropped_once_and_no_other_for_it(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	verdict_drop(&xs->verdict, 2, FAILURE_TRIGGER, -EIO, "another");
	EXPECT_STATE(test, xs, "requested");
	verdict_drop(&xs->verdict, 1, FAILURE_TRIGGER, -EIO, "this");
	verdict_drop(&xs->verdict, 1, FAILURE_LATE, -ETIME, "again");
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "last_error", "-5 this");
}

static enum fake_point notify_point;

static void notify_then(enum fake_point point)
{
	if (point == notify_point)
		fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static void a_notify_in_the_freezing_guest_belongs_to_manage_cs_suspend(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_bind_toolstack();
	notify_point = AT_FROZEN;
	fake_suspend.at = notify_then;
	fake_do_suspend();
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "requests", "1");
	EXPECT_SYSFS(test, "suspends", "1");
}

static void an_orphaned_request_from_while_resuming_is_dropped(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	notify_point = AT_CROSSED;
	fake_suspend.at = notify_then;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	fake_xen_unbind_toolstack();
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "requests", "2");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-104 the toolstack that asked while this guest resumed is gone: not suspending");
}

static struct kunit_case verdict_cases[] = {
	KUNIT_CASE(a_request_that_was_dropped_is_over_for_the_thread_too),
	KUNIT_CASE(a_request_is_dropped_once_and_no_other_for_it),
	KUNIT_CASE(a_notify_in_the_freezing_guest_belongs_to_manage_cs_suspend),
	KUNIT_CASE(an_orphaned_request_from_while_resuming_is_dropped),
	{}
};

struct kunit_suite verdict_suite = {
	.name = "verdict",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = verdict_cases,
};
