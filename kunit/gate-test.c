// SPDX-License-Identifier: GPL-2.0
/* Tests of module/gate.c: the last moment before the hypercall. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

#define LATE \
	"-62 too late at the last gate (deadline_ms): the toolstack has given up\n"

static void pass_time(enum fake_point point)
{
	if (point == AT_FROZEN)
		fake_kernel.clock_ns += 56 * NSEC_PER_SEC;
}

static void a_late_suspend_is_refused_at_the_gate(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.at = pass_time;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ETIME);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "last_error"), LATE);
	/* the next one clears it */
	fake_suspend.at = NULL;
	fake_service_step();
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "last_error", "0");
	EXPECT_SYSFS(test, "suspends", "1");
}

static void without_a_deadline_no_suspend_is_late(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	xs->patience.deadline_ms = 0;
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.at = pass_time;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "last_suspend_us", "56000000");
	EXPECT_SYSFS(test, "last_signal_us", "0");
}

static void leave(enum fake_point point)
{
	if (point == AT_FROZEN)
		fake_xen_unbind_toolstack();
}

static void a_suspend_that_nobody_waits_for_is_refused_at_the_gate(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.at = leave;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ECONNRESET);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	EXPECT_SYSFS(test, "state", "armed");
	EXPECT_SYSFS(test, "failures", "1");
	EXPECT_SYSFS(test, "failed/deserted", "1");
	EXPECT_SYSFS(test, "last_error",
		     "-104 the toolstack that asked is gone: not suspending");
}

static void a_suspend_that_manage_c_was_asked_for_neither(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);

	fake_suspend.at = leave;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, -ECONNRESET);
	EXPECT_SYSFS(test, "failed/deserted", "1");
	EXPECT_STATE(test, xs, "armed");
}

/* Late and deserted, but the suspend is not that request's. */
static void the_toolstacks_own_suspend_is_never_refused(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_request(xs);
	fake_xen_unbind_toolstack();
	fake_suspend.at = pass_time;
	fake_xenwatch_manage();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_kernel.gate_err, 0);
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_STATE(test, xs, "armed");
}

static enum fake_point notify_point;

static void notify_then(enum fake_point point)
{
	if (point == notify_point)
		fake_xen_notify(channel_port(&xen_suspend_instance.channel));
}

static const struct moment {
	const char *text;
	enum fake_point point;
	bool new;	/* asks for another suspend */
} moments[] = {
	{ "as do_suspend starts", AT_START, false },
	{ "while devices prepare", AT_PREPARED, false },
	{ "while devices freeze", AT_FROZEN, false },
	{ "while their interrupts are suspended", AT_NOIRQ, false },
	{ "pending in Xen at the gate", AT_STOPPED, false },
	/* past the last look: who is still bound then is taken to ask anew */
	{ "between the gate and the hypercall", AT_GATED, true },
	{ "right after it", AT_CROSSED, true },
	{ "while thawing", AT_THAWED, true },
};

static void moment_desc(const struct moment *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(moment, moments, moment_desc);

static void the_hypercall_divides_a_duplicate_from_a_new_request(struct kunit *test)
{
	const struct moment *row = test->param_value;
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	notify_point = row->point;
	fake_suspend.at = notify_then;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_STATE(test, xs, row->new ? "requested" : "armed");
	fake_suspend.at = NULL;
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, row->new ? 2 : 1);
	EXPECT_STATE(test, xs, "armed");
}

/*
 * Its own refusal calls no other callback, timekeeping's say, which alone starts
 * CPU 0's tick again; fake_do_suspend() looks whether it runs.
 */
static void a_refusal_leaves_cpu_0_with_its_tick(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.at = leave;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 0);
	KUNIT_EXPECT_EQ(test, fake_kernel.ticks_lost, 0);
}

/* The gate has let it pass, and is told to resume without a hypercall. */
static void a_suspend_that_another_callback_refuses_is_none(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_SYSCORE;
	fake_request(xs);
	fake_try(xs);
	EXPECT_SYSFS(test, "suspends", "0");
	EXPECT_SYSFS(test, "failed/system", "1");
	EXPECT_STATE(test, xs, "armed");
}

static void the_gate_is_only_for_suspends_of_xens(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	struct fake_syscore *syscore = fake_kernel.syscore;

	/* ACPI S3, say */
	fake_request(xs);
	KUNIT_EXPECT_EQ(test, fake_callbacks_suspend(syscore), 0);
	fake_callbacks_resume(syscore);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_CLEAR], 0U);
	KUNIT_EXPECT_EQ(test, (int)xs->attempt.stage, (int)STAGE_NONE);
	EXPECT_STATE(test, xs, "requested");
}

static struct kunit_case gate_cases[] = {
	KUNIT_CASE(a_late_suspend_is_refused_at_the_gate),
	KUNIT_CASE(without_a_deadline_no_suspend_is_late),
	KUNIT_CASE(a_suspend_that_nobody_waits_for_is_refused_at_the_gate),
	KUNIT_CASE(a_suspend_that_manage_c_was_asked_for_neither),
	KUNIT_CASE(the_toolstacks_own_suspend_is_never_refused),
	KUNIT_CASE_PARAM(the_hypercall_divides_a_duplicate_from_a_new_request,
			 moment_gen_params),
	KUNIT_CASE(a_refusal_leaves_cpu_0_with_its_tick),
	KUNIT_CASE(a_suspend_that_another_callback_refuses_is_none),
	KUNIT_CASE(the_gate_is_only_for_suspends_of_xens),
	{}
};

struct kunit_suite gate_suite = {
	.name = "gate",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = gate_cases,
};
