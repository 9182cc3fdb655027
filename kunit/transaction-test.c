// SPDX-License-Identifier: GPL-2.0
/* Tests of module/transaction.c: one that conflicts, fails, or has nothing to say. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/transaction.h"
#include "fake-module.h"
#include "suites.h"

#define NODE "control/shutdown"

struct plan {
	int ret;
	unsigned int runs;
};

static int write_node(struct xenbus_transaction xbt, void *data)
{
	struct plan *plan = data;

	plan->runs++;
	return fake_xenbus_write(xbt, "control", "shutdown", "x") ?: plan->ret;
}

static void it_is_run_anew_after_each_conflict(struct kunit *test)
{
	struct plan plan = { .ret = 1 };

	fake_xen.conflicts = 3;
	KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.runs, 4U);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(NODE), "x");
}

static void with_nothing_to_commit_it_is_aborted(struct kunit *test)
{
	struct plan plan = { .ret = 0 };

	/* What is aborted cannot conflict. */
	fake_xen.conflicts = 3;
	KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.runs, 1U);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(NODE), "");
	fake_xen.conflicts = 0;
}

static void an_error_aborts_it_and_is_the_callers(struct kunit *test)
{
	struct plan plan = { .ret = -ENODEV };

	/* whatever the abort says */
	fake_xen_fail(FAKE_TX_END, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan), -ENODEV);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, plan.runs, 1U);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(NODE), "");
}

static void a_commit_that_fails_is_an_error(struct kunit *test)
{
	struct plan plan = { .ret = 1 };

	fake_xen_fail(FAKE_TX_END, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan), -EIO);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, plan.runs, 1U);
}

static void one_that_does_not_start_does_nothing(struct kunit *test)
{
	struct plan plan = { .ret = 1 };

	fake_xen_fail(FAKE_TX_START, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan), -EIO);
	KUNIT_EXPECT_EQ(test, plan.runs, 0U);
}

/* xenbus counts them: one left open holds up every later suspend. */
static void one_whose_end_had_no_memory_is_ended_all_the_same(struct kunit *test)
{
	int unsent;

	for (unsent = 0; unsent < 2; unsent++) {
		struct plan plan = { .ret = 1 };

		fake_xen.fail_unsent = unsent;
		fake_xen_fail(FAKE_TX_END, 1, 1, -ENOMEM);
		KUNIT_EXPECT_EQ(test, transaction_run(write_node, &plan),
				unsent ? 0 : -ENOMEM);
		fake_xen_fail(FAKE_ANY, 0, 0, 0);
		KUNIT_EXPECT_EQ(test, fake_xen.tx_open, 0);
		KUNIT_EXPECT_EQ(test, fake_xen.tx_ended_twice, 0);
	}
}

static struct kunit_case transaction_cases[] = {
	KUNIT_CASE(it_is_run_anew_after_each_conflict),
	KUNIT_CASE(with_nothing_to_commit_it_is_aborted),
	KUNIT_CASE(an_error_aborts_it_and_is_the_callers),
	KUNIT_CASE(a_commit_that_fails_is_an_error),
	KUNIT_CASE(one_that_does_not_start_does_nothing),
	KUNIT_CASE(one_whose_end_had_no_memory_is_ended_all_the_same),
	{}
};

struct kunit_suite transaction_suite = {
	.name = "transaction",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = transaction_cases,
};
