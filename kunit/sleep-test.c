// SPDX-License-Identifier: GPL-2.0
/* Tests of module/power.c: the guest's own sleeps are none of Xen's. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/suspend.h>

#include "fake-module.h"
#include "suites.h"

static const void *sleep_gen_params(const void *prev, char *desc)
{
	static const enum fake_sleep kinds[FAKE_SLEEPS] = {
		SLEEP_IDLE, SLEEP_IDLE_TEST, SLEEP_SNAPSHOT,
		SLEEP_SNAPSHOT_REFUSED, SLEEP_SNAPSHOT_TEST,
		SLEEP_SNAPSHOT_CORE, SLEEP_KEXEC_JUMP };
	const enum fake_sleep *kind = prev ? prev + sizeof(*kind) : kinds;

	if (kind == kinds + FAKE_SLEEPS)
		return NULL;
	strscpy(desc, fake_sleep_name(*kind), KUNIT_PARAM_DESC_SIZE);
	return kind;
}

static void expect_untouched(struct kunit *test, struct xen_suspend *xs)
{
	KUNIT_EXPECT_EQ(test, (int)xs->attempt.stage, (int)STAGE_NONE);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_CLEAR], 0U);
	EXPECT_SYSFS(test, "event_channel", "7");
	EXPECT_SYSFS(test, "cancelled", "0");
	EXPECT_SYSFS(test, "failures", "0");
	EXPECT_SYSFS(test, "stock_suspends", "0");
	EXPECT_SYSFS(test, "stock_failed/device", "0");
	EXPECT_SYSFS(test, "stock_failed/system", "0");
	EXPECT_SYSFS(test, "negotiations", "1");
	EXPECT_SYSFS(test, "last_error", "0");
	KUNIT_EXPECT_EQ(test, fake_trace.uevents, 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value("data/suspend-status"), NULL);
}

static void a_sleep_of_its_own_changes_nothing(struct kunit *test)
{
	enum fake_sleep kind = *(const enum fake_sleep *)test->param_value;
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_sleep(kind);
	fake_service_step();
	expect_untouched(test, xs);
	EXPECT_SYSFS(test, "suspends", "0");
	EXPECT_STATE(test, xs, "armed");
	KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, 0);
	/* and the next failure is told, and told right */
	fake_suspend.end = END_KTHREADS;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	fake_service_step();
	EXPECT_SYSFS(test, "stock_failed/kernel_threads", "1");
	EXPECT_SYSFS(test, "stock_failed/device", "0");
}

static enum fake_point notify_point;

static void notify_then(enum fake_point point)
{
	if (point == notify_point)
		fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static void a_request_during_it_is_served_after_it(struct kunit *test)
{
	enum fake_sleep kind = *(const enum fake_sleep *)test->param_value;
	enum fake_point point;
	int served = 0;

	for (point = AT_START; point <= AT_THAWED; point++) {
		struct xen_suspend *xs;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		fake_xen_bind_toolstack();
		notify_point = point;
		fake_suspend.at = notify_then;
		fake_sleep(kind);
		fake_suspend.at = NULL;
		KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
		expect_untouched(test, xs);
		/* not every kind of sleep comes by every point */
		if (!(hs_word(&xs->handshake) & HS_REQUEST))
			continue;
		EXPECT_STATE(test, xs, "requested");
		fake_try(xs);
		KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
		EXPECT_SYSFS(test, "suspends", "1");
		EXPECT_SYSFS(test, "failures", "0");
		EXPECT_STATE(test, xs, "armed");
		served++;
	}
	/* each comes by its start, by .prepare and by .complete */
	KUNIT_EXPECT_GE(test, served, 3);
}

static void a_request_wakes_the_guest_from_suspend_to_idle(struct kunit *test)
{
	static const struct {
		enum fake_point point;
		int wakeups;
	} rows[] = {
		/* pending when devices prepare */
		{ AT_START, 1 },
		{ AT_PREPARED, 1 },
		{ AT_ASLEEP, 1 },
		{ AT_THAWED, 1 },
		{ AT_END, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_teardown(test);
		fake_setup(test);
		fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		fake_xen_bind_toolstack();
		notify_point = rows[i].point;
		fake_suspend.at = notify_then;
		fake_sleep(SLEEP_IDLE);
		fake_suspend.at = NULL;
		KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, rows[i].wakeups);
	}
}

static void notify_twice(enum fake_point point)
{
	if (point != AT_ASLEEP)
		return;
	fake_xen_notify(channel_port(&xen_suspend_instance.channel));
	fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

/* What wakes the guest would make its own suspend or snapshot fail. */
static void nothing_else_is_woken(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_xen_bind_toolstack();
	notify_point = AT_FROZEN;
	fake_suspend.at = notify_then;
	fake_sleep(SLEEP_SNAPSHOT);
	fake_suspend.at = NULL;
	KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, 0);
	fake_try(xs);
	notify_point = AT_CROSSED;
	fake_suspend.at = notify_then;
	fake_request(xs);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, 0);
	fake_suspend.at = NULL;
	fake_try(xs);
	/* a notify that is no new request wakes nobody once more */
	fake_suspend.at = notify_twice;
	fake_sleep(SLEEP_IDLE);
	fake_suspend.at = NULL;
	KUNIT_EXPECT_EQ(test, hs_coalesced(&xs->handshake), 1UL);
	KUNIT_EXPECT_EQ(test, fake_kernel.wakeups, 1);
}

static void ask_while_falling_asleep(enum fake_point point)
{
	if (point != AT_START)
		return;
	fake_request(&xen_suspend_instance);
	/* The thread is not frozen yet. */
	fake_service_step();
	fake_xenwatch_flush();
}

static void a_request_while_it_falls_asleep_starts_nothing(struct kunit *test)
{
	enum trigger_kind trigger;

	for (trigger = TRIGGER_XENSTORE; trigger <= TRIGGER_DIRECT; trigger++) {
		struct xen_suspend *xs;
		int events;

		fake_teardown(test);
		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, trigger);
		events = fake_kernel.events;
		fake_suspend.at = ask_while_falling_asleep;
		fake_sleep(SLEEP_SNAPSHOT);
		fake_suspend.at = NULL;
		KUNIT_EXPECT_EQ(test, fake_suspend.count, 0);
		KUNIT_EXPECT_EQ(test, fake_kernel.events, events);
		KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
		EXPECT_STATE(test, xs, "requested");
		fake_try(xs);
		EXPECT_SYSFS(test, "suspends", "1");
	}
}

/* Its event was under way when the guest began to fall asleep. */
static void a_suspend_that_met_a_sleep_is_started_after_it(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.lose_events = true;
	fake_request(xs);
	fake_service_step();
	fake_kernel.lose_events = false;
	fake_pm_notify(PM_SUSPEND_PREPARE);
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 0);
	EXPECT_STATE(test, xs, "requested");
	fake_pm_notify(PM_POST_SUSPEND);
	/* It first sees that the guest is awake, and then that there is a request. */
	fake_service_step();
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_SYSFS(test, "suspends", "1");
}

static void a_try_that_is_due_waits_for_the_guest_to_wake_up(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_set_parameter("retry_ms", "250");
	fake_suspend.end = END_TASKS;
	fake_suspend.good_after = 1;
	fake_request(xs);
	fake_try(xs);
	xs->service.next_try = fake_kernel.jiffies;
	fake_pm_notify(PM_HIBERNATION_PREPARE);
	fake_try(xs);
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
	KUNIT_EXPECT_TRUE(test, xs->service.retrying);
	KUNIT_EXPECT_GT(test, fake_service_step(), 1L);
	fake_pm_notify(PM_POST_HIBERNATION);
	fake_service_step();
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "1");
}

static struct kunit_case sleep_cases[] = {
	KUNIT_CASE_PARAM(a_sleep_of_its_own_changes_nothing, sleep_gen_params),
	KUNIT_CASE_PARAM(a_request_during_it_is_served_after_it, sleep_gen_params),
	KUNIT_CASE(a_request_wakes_the_guest_from_suspend_to_idle),
	KUNIT_CASE(nothing_else_is_woken),
	KUNIT_CASE(a_request_while_it_falls_asleep_starts_nothing),
	KUNIT_CASE(a_suspend_that_met_a_sleep_is_started_after_it),
	KUNIT_CASE(a_try_that_is_due_waits_for_the_guest_to_wake_up),
	{}
};

struct kunit_suite sleep_suite = {
	.name = "sleep",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = sleep_cases,
};
