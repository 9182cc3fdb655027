// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the fakes themselves: threads that freeze or do not, interrupts of
 * suspended devices, work that is put off, priorities, going down.
 */
#include <kunit/test.h>
#include <linux/freezer.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/string.h>

#include "fake-module.h"
#include "suites.h"

/* --- priorities --- */

static void the_last_priority_of_a_task_counts(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, fake_is_realtime(current));
	fake_sched_set_fifo(current);
	KUNIT_EXPECT_TRUE(test, fake_is_realtime(current));
	fake_sched_set_normal(current, 0);
	KUNIT_EXPECT_FALSE(test, fake_is_realtime(current));
}

/* --- the freezer --- */

static const struct sleeper {
	const char *text;
	bool says_so;		/* set_freezable() */
	unsigned int state;	/* that it sleeps in */
	bool freezes;
} sleepers[] = {
	{ "freezable, in a freezable state", true,
	  TASK_INTERRUPTIBLE | TASK_FREEZABLE, true },
	{ "freezable, in another state", true, TASK_INTERRUPTIBLE, false },
	{ "not freezable", false, TASK_INTERRUPTIBLE | TASK_FREEZABLE, false },
};

static void sleeper_desc(const struct sleeper *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sleeper, sleepers, sleeper_desc);

static bool asleep;

static int sleep_in_state(void *data)
{
	const struct sleeper *row = data;

	if (row->says_so)
		set_freezable();
	while (!kthread_should_stop()) {
		set_current_state(row->state);
		WRITE_ONCE(asleep, true);
		if (!kthread_should_stop())
			fake_schedule_timeout(MAX_SCHEDULE_TIMEOUT);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static void a_thread_freezes_where_it_can_or_the_suspend_fails(struct kunit *test)
{
	struct sleeper row = *(const struct sleeper *)test->param_value;
	struct task_struct *task;

	fake_kernel.real_thread = true;
	fake_kernel.freezer_ms = row.freezes ? 20000 : 20;
	asleep = false;
	task = fake_kthread_run(sleep_in_state, &row, "sleeper");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(asleep)));
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, row.freezes ? 1 : 0);
	KUNIT_EXPECT_EQ(test, fake_suspend.not_frozen, row.freezes ? 0 : 1);
	fake_kthread_stop(task);
}

static int spin(void *data)
{
	set_freezable();
	while (!kthread_should_stop()) {
		WRITE_ONCE(asleep, true);
		cond_resched();
		fake_try_to_freeze();
	}
	return 0;
}

static void or_between_two_jobs(struct kunit *test)
{
	struct task_struct *task;

	fake_kernel.real_thread = true;
	asleep = false;
	task = fake_kthread_run(spin, NULL, "spinner");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(asleep)));
	fake_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_suspend.hypercalls, 1);
	fake_kthread_stop(task);
}

/* --- devices' interrupts --- */

static int handled;

static irqreturn_t handle(int irq, void *data)
{
	handled++;
	fake_irq_lateeoi(irq, 0);
	return IRQ_HANDLED;
}

static int handled_at[AT_END + 1];
static evtchn_port_t port;

static void notify_without_irqs(enum fake_point point)
{
	if (point == AT_NOIRQ)
		fake_xen_notify(port);
	handled_at[point] = handled;
}

static void what_comes_while_irqs_are_suspended_is_kept_for_the_resume(struct kunit *test)
{
	static const unsigned long flags[] = { IRQF_NO_SUSPEND, 0 };
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int irq;

		port = fake_alloc_port(0);
		irq = fake_bind_irq(port, handle, flags[i], "kunit", test);
		handled = 0;
		fake_suspend.at = notify_without_irqs;
		fake_do_suspend();
		KUNIT_EXPECT_EQ(test, handled_at[AT_NOIRQ], !i);
		KUNIT_EXPECT_EQ(test, handled_at[AT_GATED], !i);
		KUNIT_EXPECT_EQ(test, handled_at[AT_CROSSED], 1);
		fake_suspend.at = NULL;
		fake_unbind_irq(irq, test);
	}
}

/* --- delayed work --- */

static int worked;

static void count_work(struct work_struct *work)
{
	WRITE_ONCE(worked, worked + 1);
}

static void delayed_work_is_done_at_its_time(struct kunit *test)
{
	struct delayed_work work;

	worked = 0;
	INIT_DELAYED_WORK_ONSTACK(&work, count_work);
	fake_mod_delayed_work(system_long_wq, &work, msecs_to_jiffies(1000));
	fake_pass(500);
	/* put off */
	fake_mod_delayed_work(system_long_wq, &work, msecs_to_jiffies(1000));
	fake_pass(900);
	KUNIT_EXPECT_EQ(test, worked, 0);
	fake_pass(100);
	KUNIT_EXPECT_EQ(test, worked, 1);
	fake_pass(5000);
	KUNIT_EXPECT_EQ(test, worked, 1);
	fake_mod_delayed_work(system_long_wq, &work, msecs_to_jiffies(1000));
	fake_flush_delayed_work(&work);
	KUNIT_EXPECT_EQ(test, worked, 2);
	fake_mod_delayed_work(system_long_wq, &work, 0);
	fake_cancel_delayed_work(&work);
	fake_pass(1000);
	KUNIT_EXPECT_EQ(test, worked, 2);
	destroy_delayed_work_on_stack(&work);
}

static void with_real_threads_it_is_real_work(struct kunit *test)
{
	struct delayed_work work;

	worked = 0;
	fake_kernel.real_thread = true;
	INIT_DELAYED_WORK_ONSTACK(&work, count_work);
	fake_mod_delayed_work(system_long_wq, &work, 1);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(worked) == 1));
	fake_cancel_delayed_work(&work);
	destroy_delayed_work_on_stack(&work);
}

/* --- going down --- */

static char told[8];

static int tell(struct notifier_block *nb, unsigned long action, void *data)
{
	strlcat(told, nb->priority ? "1" : "0", sizeof(told));
	return NOTIFY_DONE;
}

static void who_has_priority_is_told_of_a_reboot_first(struct kunit *test)
{
	struct notifier_block first = { .notifier_call = tell };
	struct notifier_block second = { .notifier_call = tell, .priority = 1 };

	*told = '\0';
	fake_register_reboot_notifier(&first);
	fake_register_reboot_notifier(&second);
	fake_reboot(0);
	KUNIT_EXPECT_STREQ(test, told, "10");
	fake_unregister_reboot_notifier(&first);
	fake_unregister_reboot_notifier(&second);
}

static struct kunit_case fakes_kernel_cases[] = {
	KUNIT_CASE(the_last_priority_of_a_task_counts),
	KUNIT_CASE_PARAM(a_thread_freezes_where_it_can_or_the_suspend_fails,
			 sleeper_gen_params),
	KUNIT_CASE(or_between_two_jobs),
	KUNIT_CASE(what_comes_while_irqs_are_suspended_is_kept_for_the_resume),
	KUNIT_CASE(delayed_work_is_done_at_its_time),
	KUNIT_CASE(with_real_threads_it_is_real_work),
	KUNIT_CASE(who_has_priority_is_told_of_a_reboot_first),
	{}
};

struct kunit_suite fakes_kernel_suite = {
	.name = "fakes-kernel",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = fakes_kernel_cases,
};
