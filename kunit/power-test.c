// SPDX-License-Identifier: GPL-2.0
/* Tests of module/power.c: every way through a suspend, and out of it. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include "../module/power.h"
#include "fake-suspend.h"
#include "suites.h"

#define LATE \
	"-62 too late at the last gate (deadline_ms): the toolstack has given up\n"
#define TASKS \
	"-16 tasks or kernel threads refused to freeze: see the kernel log\n"
#define DEVICE "-16 a device refused to suspend: see the kernel log\n"
#define LATE_DEVICE \
	"-16 a device or the system core refused to suspend late: see the kernel log\n"

static const struct ending {
	const char *text;
	enum fake_end end;
	const char *suspends, *cancelled, *failures, *last_error;
} endings[] = {
	{ "resumed in place", END_CANCELLED, "1\n", "1\n", "0\n", "0\n" },
	{ "tasks do not freeze", END_TASKS, "0\n", "0\n", "1\n", TASKS },
	{ "a device fails in prepare", END_PREPARE, "0\n", "0\n", "1\n", TASKS },
	{ "a device fails before ours", END_PREPARED, "0\n", "0\n", "1\n",
	  DEVICE },
	{ "a device fails after ours", END_FROZEN, "0\n", "0\n", "1\n",
	  LATE_DEVICE },
	{ "a device fails late", END_LATE, "0\n", "0\n", "1\n", LATE_DEVICE },
	{ "the system core fails", END_SYSCORE, "0\n", "0\n", "1\n",
	  LATE_DEVICE },
};

static void ending_desc(const struct ending *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ending, endings, ending_desc);

static void every_way_out_ends_armed_with_the_same_port(struct kunit *test)
{
	const struct ending *row = test->param_value;
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	int i;

	/* twice: the first leaves nothing behind for the second */
	for (i = 0; i < 2; i++) {
		xs->handshake.suspends = (atomic_long_t)ATOMIC_LONG_INIT(0);
		xs->handshake.cancelled = (atomic_long_t)ATOMIC_LONG_INIT(0);
		xs->handshake.failures = (atomic_long_t)ATOMIC_LONG_INIT(0);
		fake_suspend.end = row->end;
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		fake_service_step();
		EXPECT_SYSFS(test, "state", "armed");
		EXPECT_SYSFS(test, "event_channel", "7");
		KUNIT_EXPECT_EQ(test, fake_xen_port(), 7U);
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "suspends"),
				   row->suspends);
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "cancelled"),
				   row->cancelled);
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "failures"),
				   row->failures);
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "last_error"),
				   row->last_error);
		EXPECT_SYSFS(test, "negotiations", "1");
	}
}

static void a_suspend_of_manage_c_that_fails_is_no_failure_of_ours(struct kunit *test)
{
	const struct ending *row = test->param_value;
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = row->end;
	fake_do_suspend();
	fake_service_step();
	EXPECT_STATE(test, xs, "armed");
	EXPECT_SYSFS(test, "suspends", "0");
	EXPECT_SYSFS(test, "failures", "0");
	EXPECT_SYSFS(test, "last_error", "0");
	EXPECT_SYSFS(test, "event_channel", "7");
}

static void a_restore_negotiates_anew(struct kunit *test)
{
	static const char * const modes[] = {
		"toolstack-node\n", "compat\n", "xenstore-only\n",
		"xenstore-only\n" };
	int layout;

	for (layout = LAYOUT_DEFAULT; layout <= LAYOUT_READ_ONLY; layout++) {
		struct xen_suspend *xs;

		fake_setup(test);
		xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
		fake_suspend.end = END_RESTORED;
		fake_suspend.layout = layout;
		fake_request(xs);
		fake_service_step();
		fake_xenwatch_flush();
		EXPECT_STATE(test, xs, "disarmed");
		EXPECT_SYSFS(test, "event_channel", "");
		fake_service_step();
		fake_service_step();
		KUNIT_EXPECT_STREQ(test, fake_sysfs(test, "mode"), modes[layout]);
		KUNIT_EXPECT_EQ(test, fake_kernel.pins, 0);
		EXPECT_SYSFS(test, "suspends", "1");
		EXPECT_SYSFS(test, "cancelled", "0");
		EXPECT_SYSFS(test, "negotiations", "2");
		KUNIT_EXPECT_EQ(test, fake_xen_port(), xs->channel.port);
		fake_teardown(test);
	}
}

static void a_suspend_of_manage_c_that_is_restored_negotiates_anew_too(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	fake_suspend.end = END_RESTORED;
	fake_do_suspend();
	EXPECT_STATE(test, xs, "disarmed");
	fake_service_step();
	fake_service_step();
	EXPECT_STATE(test, xs, "armed");
	KUNIT_EXPECT_EQ(test, fake_xen_port(), xs->channel.port);
	EXPECT_SYSFS(test, "suspends", "0");
}

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
	KUNIT_EXPECT_EQ(test, fake_suspend.gate_err, -ETIME);
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

	xen_suspend_deadline_ms = 0;
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.at = pass_time;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	EXPECT_SYSFS(test, "suspends", "1");
	EXPECT_SYSFS(test, "last_suspend_us", "56000000");
	EXPECT_SYSFS(test, "last_signal_us", "0");
}

static enum fake_point notify_point;

static void notify_then(enum fake_point point)
{
	if (point == notify_point)
		fake_xen_notify(xen_suspend_instance.channel.port);
}

static const struct moment {
	const char *text;
	enum fake_point point;
	bool new;	/* asks for another suspend */
} moments[] = {
	{ "as do_suspend starts", AT_START, false },
	{ "while devices prepare", AT_PREPARED, false },
	{ "while devices freeze", AT_FROZEN, false },
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

static void the_gate_is_last_before_the_hypercall(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);

	KUNIT_EXPECT_TRUE(test, xs->power.may_refuse);
	KUNIT_EXPECT_PTR_EQ(test, fake_syscore_list.next,
			    &fake_kernel.syscore->node);
}

static void the_gate_finds_its_place_also_if_somebody_adds_one_meanwhile(struct kunit *test)
{
	struct xen_suspend *xs;

	fake_kernel.interloper = true;
	xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	KUNIT_EXPECT_TRUE(test, xs->power.may_refuse);
	KUNIT_EXPECT_PTR_EQ(test, fake_syscore_list.next,
			    &fake_kernel.syscore->node);
}

static void a_gate_not_in_its_place_refuses_nothing(struct kunit *test)
{
	struct xen_suspend *xs;

	fake_kernel.torn_list = true;
	xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	KUNIT_EXPECT_FALSE(test, xs->power.may_refuse);
	KUNIT_EXPECT_PTR_EQ(test, fake_syscore_list.prev,
			    &fake_kernel.syscore->node);
	fake_kernel.clock_ns = NSEC_PER_SEC;
	fake_suspend.at = pass_time;
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	/* and if another callback refuses after it, the request ends */
	fake_suspend.at = NULL;
	fake_suspend.end = END_SYSCORE;
	fake_service_step();
	fake_request(xs);
	fake_service_step();
	fake_xenwatch_flush();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	EXPECT_STATE(test, xs, "armed");
}

static void the_gate_is_only_for_suspends_that_froze_devices(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_DEFAULT, TRIGGER_DIRECT);
	struct fake_syscore *syscore = fake_kernel.syscore;

	/* ACPI S3, say: no .freeze */
	fake_request(xs);
	KUNIT_EXPECT_EQ(test, fake_syscore_suspend(syscore), 0);
	fake_syscore_resume(syscore);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_CLEAR], 0U);
	EXPECT_STATE(test, xs, "requested");
}

static void fail_driver(void) { fake_kernel.fail_driver = -EBUSY; }
static void fail_alloc(void) { fake_kernel.fail_alloc = true; }
static void fail_add(void) { fake_kernel.fail_add = -EEXIST; }
static void fail_reboot(void) { fake_kernel.fail_reboot = -EPERM; }

static const struct registering {
	const char *text;
	void (*fail)(void);
	int err;
} registerings[] = {
	{ "the driver", fail_driver, -EBUSY },
	{ "allocating the device", fail_alloc, -ENOMEM },
	{ "adding the device", fail_add, -EEXIST },
	{ "the reboot notifier", fail_reboot, -EPERM },
};

static void registering_desc(const struct registering *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(registering, registerings, registering_desc);

static void registering_that_fails_at_any_step_leaves_nothing(struct kunit *test)
{
	const struct registering *row = test->param_value;
	struct xen_suspend *xs = &xen_suspend_instance;

	row->fail();
	KUNIT_EXPECT_EQ(test, power_init(xs), row->err);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_kernel.syscore, NULL);
	KUNIT_EXPECT_PTR_EQ(test, (void *)xs->status.device, NULL);
	/* a second one finds nothing in its way */
	fake_kernel_init();
	KUNIT_EXPECT_EQ(test, power_init(xs), 0);
	power_exit(xs);
}

static void shutting_down_gives_the_channel_back(struct kunit *test)
{
	struct xen_suspend *xs = fake_load(test, LAYOUT_COMPAT, TRIGGER_DIRECT);
	struct platform_device *pdev = xs->power.device;

	fake_xen_bind_toolstack();
	set_bit(TODO_FORCE, &xs->service.todo);
	service_todo(&xs->service, TODO_RELEASE);
	fake_service_step();
	to_platform_driver(pdev->dev.driver)->shutdown(pdev);
	KUNIT_EXPECT_TRUE(test, power_going_down(xs));
	KUNIT_EXPECT_EQ(test, fake_xen_port(), 0U);
	KUNIT_EXPECT_EQ(test, fake_xen_open_ports(), 0);
}

static struct kunit_case power_cases[] = {
	KUNIT_CASE_PARAM(every_way_out_ends_armed_with_the_same_port,
			 ending_gen_params),
	KUNIT_CASE_PARAM(a_suspend_of_manage_c_that_fails_is_no_failure_of_ours,
			 ending_gen_params),
	KUNIT_CASE(a_restore_negotiates_anew),
	KUNIT_CASE(a_suspend_of_manage_c_that_is_restored_negotiates_anew_too),
	KUNIT_CASE(a_late_suspend_is_refused_at_the_gate),
	KUNIT_CASE(without_a_deadline_no_suspend_is_late),
	KUNIT_CASE_PARAM(the_hypercall_divides_a_duplicate_from_a_new_request,
			 moment_gen_params),
	KUNIT_CASE(a_notify_in_the_freezing_guest_belongs_to_manage_cs_suspend),
	KUNIT_CASE(an_orphaned_request_from_while_resuming_is_dropped),
	KUNIT_CASE(the_gate_is_last_before_the_hypercall),
	KUNIT_CASE(the_gate_finds_its_place_also_if_somebody_adds_one_meanwhile),
	KUNIT_CASE(a_gate_not_in_its_place_refuses_nothing),
	KUNIT_CASE(the_gate_is_only_for_suspends_that_froze_devices),
	KUNIT_CASE_PARAM(registering_that_fails_at_any_step_leaves_nothing,
			 registering_gen_params),
	KUNIT_CASE(shutting_down_gives_the_channel_back),
	{}
};

struct kunit_suite power_suite = {
	.name = "power",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = power_cases,
};
