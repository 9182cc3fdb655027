// SPDX-License-Identifier: GPL-2.0
/* Tests of module/trigger.c: from a request to do_suspend(), two ways. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include "../module/direct.h"
#include "../module/trigger.h"
#include "fake-module.h"
#include "suites.h"

#define GONE "-108 the guest is powering off or rebooting"

static void the_parameter_takes_three_words(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, trigger_parse("auto"), 1);
	KUNIT_EXPECT_EQ(test, trigger_parse("direct"), 1);
	KUNIT_EXPECT_EQ(test, trigger_parse("xenstore"), 0);
	KUNIT_EXPECT_EQ(test, trigger_parse(""), -EINVAL);
	KUNIT_EXPECT_EQ(test, trigger_parse("Direct"), -EINVAL);
	KUNIT_EXPECT_EQ(test, trigger_parse("direct "), -EINVAL);
}

static void every_trigger_has_its_name(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, trigger_name(TRIGGER_DIRECT), "direct");
	KUNIT_EXPECT_STREQ(test, trigger_name(TRIGGER_XENSTORE), "xenstore");
}

enum self_test { REFUSED, LOST, OTHER_THREAD, NO_EVENT, NO_SECOND_EVENT };

#define UNAVAILABLE "direct trigger not available: "

static const struct failing_test {
	const char *text;
	enum self_test how;
	const char *reason;
} failing_tests[] = {
	{ "the event is refused", REFUSED,
	  "-22 " UNAVAILABLE "the self-test's event was refused" },
	{ "the event is lost", LOST,
	  "-110 " UNAVAILABLE "the self-test's event did not reach the xenwatch thread" },
	{ "the event arrives in another thread", OTHER_THREAD,
	  "-95 " UNAVAILABLE "the self-test's event did not reach the xenwatch thread" },
	{ "no memory for it", NO_EVENT, "no memory for the self-test" },
	{ "no memory for the first event", NO_SECOND_EVENT,
	  "no memory for the first event" },
};

static void failing_desc(const struct failing_test *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(failing, failing_tests, failing_desc);

/* trigger_init() with its n-th allocation failing, until that is the one meant */
static void init_without_memory(struct kunit *test, const char *reason)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	int n;

	if (!IS_ENABLED(CONFIG_FAILSLAB))
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	for (n = 1; n < 100; n++) {
		current->fail_nth = n;
		KUNIT_EXPECT_EQ(test, trigger_init(xs, true), 0);
		current->fail_nth = 0;
		if (xs->trigger.kind == TRIGGER_XENSTORE &&
		    strstr(fake_sysfs(test, "last_error"), reason))
			return;
		trigger_exit(xs);
		trigger_free(xs);
	}
	KUNIT_FAIL(test, "never: %s", reason);
}

static void a_self_test_that_fails_ends_in_the_xenstore_trigger(struct kunit *test)
{
	const struct failing_test *row = test->param_value;
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	trigger_exit(xs);
	atomic_set(&fake_kernel.freeze_polls, 0);
	fake_kernel.refuse_event = row->how == REFUSED ? -EINVAL : 0;
	fake_kernel.lose_events = row->how == LOST;
	fake_kernel.other_thread = row->how == OTHER_THREAD;
	if (row->how == NO_EVENT || row->how == NO_SECOND_EVENT)
		init_without_memory(test, row->reason);
	else
		KUNIT_EXPECT_EQ(test, trigger_init(xs, true), 0);
	/* who waits for it can be frozen */
	if (row->how == LOST)
		KUNIT_EXPECT_GT(test, atomic_read(&fake_kernel.freeze_polls), 0);
	KUNIT_EXPECT_EQ(test, (int)xs->trigger.kind, (int)TRIGGER_XENSTORE);
	KUNIT_EXPECT_TRUE(test, fake_xen_watched(&xs->trigger.watch));
	KUNIT_EXPECT_PTR_EQ(test, (void *)xs->trigger.event, NULL);
	EXPECT_SYSFS(test, "trigger", "xenstore");
	KUNIT_EXPECT_TRUE_MSG(test,
			      !!strstr(fake_sysfs(test, "last_error"),
				       row->reason),
			      "%s", fake_sysfs(test, "last_error"));
	/* and it works */
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
}

static void without_its_watch_the_xenstore_trigger_is_an_error(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	fake_xen_fail(FAKE_WATCH, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, trigger_init(xs, true), -EIO);
	trigger_exit(xs);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_UNWATCH], 0U);
}

static void a_request_runs_do_suspend_in_the_xenwatch_thread(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	EXPECT_SYSFS(test, "state", "requested");
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "requests", "1");
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "cancelled", "1");
	EXPECT_SYSFS(test, "last_error", "0");
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
}

static void a_new_event_is_ready_after_each_request(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, xs->trigger.event);
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		fake_service_step();
	}
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 3);
}

static void a_refused_event_fails_the_request_and_arms_again(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.refuse_event = -EINVAL;
	fake_request(xs);
	fake_service_step();
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-22 the direct trigger's event was refused");
}

static void without_an_event_the_request_goes_through_xenstore(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	trigger_free(xs);
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "suspend");
	fake_do_suspend();
	EXPECT_SYSFS(test, "suspends", "1");
	fake_service_step();
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, xs->trigger.event);
}

static void going_down(int how)
{
	if (how == 0)
		fake_reboot(SYS_RESTART);
	else if (how == 1)
		fake_kernel.system_state = SYSTEM_RESTART;
	else
		fake_kernel.shutting_down = 0;
}

static void no_suspend_once_the_guest_goes_down(struct kunit *test)
{
	int how;

	for (how = 0; how < 3; how++) {
		struct xen_suspend *xs;

		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		going_down(how);
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		KUNIT_EXPECT_EQ(test, fake_suspend.count, 0);
		EXPECT_SYSFS(test, "state", "armed");
		EXPECT_SYSFS(test, "failures", "1");
		EXPECT_SYSFS(test, "last_error", GONE);
		fake_teardown(test);
	}
}

static void nor_through_xenstore(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	going_down(0);
	fake_request(xs);
	fake_service_step();
	KUNIT_EXPECT_STREQ(test, fake_xen_text("control/shutdown"), "");
	EXPECT_SYSFS(test, "last_error", GONE);
}

static void a_request_already_served_starts_no_second_suspend(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_request(xs);
	/* manage.c is first: the toolstack also used control/shutdown */
	fake_do_suspend();
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "failures", "0");
}

static void a_request_served_too_late_is_dropped(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_kernel.clock_ns = NSEC_PER_SEC * 57;
	fake_xenwatch_call(&xs->trigger.watch, "@xen-suspend/request");
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 0);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "last_error",
		     "-62 the toolstack has given up by now (deadline_ms): not suspending");
}

/* The thread runs before the trigger is chosen. */
static void no_event_is_made_for_a_trigger_not_yet_chosen(struct kunit *test)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, service_create(xs), 0);
	fake_service_step();
	fake_kernel.no_kprobe = true;
	KUNIT_EXPECT_EQ(test, trigger_init(xs, true), 0);
	fake_service_step();
	KUNIT_EXPECT_PTR_EQ(test, (void *)xs->trigger.event, NULL);
	KUNIT_EXPECT_FALSE(test, trigger_send(xs, 1));
	trigger_exit(xs);
	trigger_free(xs);
}

/* trigger_init() makes it, and has not yet said that all is well. */
static void an_event_is_not_sent_before_the_trigger_is_chosen(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	int events = fake_kernel.events;

	xs->trigger.event = direct_make_event(&xs->trigger.watch, DIRECT_REQUEST);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, xs->trigger.event);
	KUNIT_EXPECT_FALSE(test, trigger_send(xs, 1));
	KUNIT_EXPECT_EQ(test, fake_kernel.events, events);
}

static struct kunit_case trigger_cases[] = {
	KUNIT_CASE(no_event_is_made_for_a_trigger_not_yet_chosen),
	KUNIT_CASE(the_parameter_takes_three_words),
	KUNIT_CASE(every_trigger_has_its_name),
	KUNIT_CASE_PARAM(a_self_test_that_fails_ends_in_the_xenstore_trigger,
			 failing_gen_params),
	KUNIT_CASE(without_its_watch_the_xenstore_trigger_is_an_error),
	KUNIT_CASE(a_request_runs_do_suspend_in_the_xenwatch_thread),
	KUNIT_CASE(a_new_event_is_ready_after_each_request),
	KUNIT_CASE(a_refused_event_fails_the_request_and_arms_again),
	KUNIT_CASE(without_an_event_the_request_goes_through_xenstore),
	KUNIT_CASE(no_suspend_once_the_guest_goes_down),
	KUNIT_CASE(nor_through_xenstore),
	KUNIT_CASE(a_request_already_served_starts_no_second_suspend),
	KUNIT_CASE(a_request_served_too_late_is_dropped),
	KUNIT_CASE(an_event_is_not_sent_before_the_trigger_is_chosen),
	{}
};

struct kunit_suite trigger_suite = {
	.name = "trigger",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = trigger_cases,
};
