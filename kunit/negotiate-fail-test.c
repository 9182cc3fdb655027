// SPDX-License-Identifier: GPL-2.0
/* Tests of module/negotiate.c: xenstore fails at each call in turn. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/negotiate.h"
#include "fake-module.h"
#include "suites.h"

static const struct fault {
	const char *text;
	int err;
	bool again;	/* a conflict: goes away by itself */
	bool late;	/* a commit fails after it was made */
	bool unsent;	/* the end of a transaction fails before it is sent */
} failures[] = {
	{ "EACCES", -EACCES },
	{ "EPERM", -EPERM },
	{ "EROFS", -EROFS },
	{ "ENOENT", -ENOENT },
	{ "EAGAIN once", -EAGAIN, true },
	{ "ENOMEM", -ENOMEM },
	{ "ENOMEM, nothing sent", -ENOMEM, .unsent = true },
	{ "EIO", -EIO },
	{ "E2BIG", -E2BIG },
	{ "EIO, the answer lost", -EIO, .late = true },
};

static void failure_desc(const struct fault *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(failure, failures, failure_desc);

static const enum fake_layout all_layouts[] = {
	LAYOUT_DEFAULT, LAYOUT_COMPAT, LAYOUT_NOTHING, LAYOUT_READ_ONLY,
};

/*
 * One round: publish with the k-th call failing, then look at what is true;
 * publish without a failure, then withdraw with the k-th call failing. True if
 * there was a k-th call.
 */
static bool one_round(struct kunit *test, enum fake_layout layout,
		      const char *stale, unsigned int k,
		      const struct fault *failure)
{
	struct negotiation neg = {};
	evtchn_port_t port;
	bool hit;
	int ret;

	fake_xen_init(layout);
	if (stale)
		fake_xen_put(XEN_SUSPEND_NODE, stale, FAKE_RW);
	port = fake_alloc_port(0);
	KUNIT_ASSERT_NE(test, port, 0U);

	fake_xen.fail_late = failure->late;
	fake_xen.fail_unsent = failure->unsent;
	fake_xen_fail(FAKE_ANY, k, 1, failure->err);
	ret = negotiate_publish(&neg, port);
	hit = fake_xen.calls[FAKE_ANY] >= k;
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, fake_xen.tx_open, 0);
	KUNIT_EXPECT_EQ(test, fake_xen.tx_ended_twice, 0);
	/* What it says is what is true, whatever has failed. */
	if (ret < 0)
		KUNIT_EXPECT_TRUE(test, neg.unsure);
	else
		KUNIT_EXPECT_EQ(test, neg.published == port,
				fake_xen_port() == port);
	if (failure->again && hit && ret != 1) {
		/* Starting a transaction cannot conflict. */
		KUNIT_EXPECT_EQ(test, ret, -EAGAIN);
		KUNIT_EXPECT_EQ(test, fake_xen.log[k], '(');
	}
	if (ret >= 0 && !neg.published)
		KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)MODE_XENSTORE_ONLY);

	/* Once xenstore works again, so does this. */
	KUNIT_EXPECT_GE(test, negotiate_publish(&neg, port), 0);
	KUNIT_EXPECT_EQ(test, neg.published == port, fake_xen_port() == port);
	KUNIT_EXPECT_EQ(test, neg.published == port,
			layout == LAYOUT_DEFAULT || layout == LAYOUT_COMPAT ||
			stale);

	fake_xen_fail(FAKE_ANY, k, 1, failure->err);
	ret = negotiate_withdraw(&neg);
	hit |= fake_xen.calls[FAKE_ANY] >= k;
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, fake_xen.tx_open, 0);
	KUNIT_EXPECT_EQ(test, fake_xen.tx_ended_twice, 0);
	/* The port may be closed only if the node does not hold it. */
	if (!ret && fake_xen_port() == port)
		KUNIT_EXPECT_EQ(test, failure->err, -ENOENT);
	if (!ret)
		KUNIT_EXPECT_FALSE(test, neg.published || neg.unsure);
	if (neg.published || fake_xen_port() == port) {
		neg.published = port;
		KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	}
	KUNIT_EXPECT_NE(test, fake_xen_port(), port);
	KUNIT_EXPECT_EQ(test, fake_close_port(port), 0);
	fake_xen_expect_clean(test);
	return hit;
}

static void xenstore_may_fail_at_each_call_in_turn(struct kunit *test)
{
	static const char * const stale[] = { NULL, "4711" };
	unsigned int k, rounds = 0;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(all_layouts); i++) {
		for (j = 0; j < ARRAY_SIZE(stale); j++) {
			k = 1;
			while (one_round(test, all_layouts[i], stale[j], k,
					 test->param_value)) {
				k++;
				rounds++;
			}
		}
	}
	KUNIT_EXPECT_GT(test, rounds, 40U);
}

/* A port that may have been published stays open until that is known. */
static void a_publication_whose_answer_was_lost_is_withdrawn(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	port = fake_alloc_port(0);
	fake_xen.fail_late = true;
	fake_xen_fail(FAKE_TX_END, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), -EIO);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), port);
	KUNIT_EXPECT_TRUE(test, neg.unsure);
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_NE(test, fake_xen_port(), port);
	KUNIT_EXPECT_FALSE(test, neg.unsure);
	KUNIT_EXPECT_EQ(test, fake_close_port(port), 0);
}

static const struct step {
	const char *text;
	enum fake_op op;
	unsigned int at;
	int err;
	int ret;
} steps[] = {
	{ "starting, EIO", FAKE_TX_START, 1, -EIO, -EIO },
	{ "reading control, EIO", FAKE_READ, 1, -EIO, -EIO },
	{ "reading control, ENOENT", FAKE_READ, 1, -ENOENT, -ENODEV },
	{ "reading control, EACCES", FAKE_READ, 1, -EACCES, -ENODEV },
	{ "reading the node, EIO", FAKE_READ, 2, -EIO, -EIO },
	{ "reading the node, ENOMEM", FAKE_READ, 2, -ENOMEM, -ENOMEM },
	{ "reading its directory, EIO", FAKE_READ, 3, -EIO, -EIO },
	{ "writing, ENOSPC", FAKE_WRITE, 1, -ENOSPC, -ENOSPC },
	{ "committing, EIO", FAKE_TX_END, 1, -EIO, -EIO },
};

static void step_desc(const struct step *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(step, steps, step_desc);

static void the_error_of_each_step_is_what_the_caller_gets(struct kunit *test)
{
	const struct step *row = test->param_value;
	struct negotiation neg = {};

	fake_xen_init(LAYOUT_COMPAT);
	fake_xen_fail(row->op, row->at, 1, row->err);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, 7), row->ret);
	KUNIT_EXPECT_FALSE(test, neg.published);
}

static void a_directory_not_readable_counts_as_there(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_COMPAT);
	port = fake_alloc_port(0);
	fake_xen_fail(FAKE_READ, 3, 1, -EACCES);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_FALSE(test, neg.made_dir);
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_EQ(test, fake_close_port(port), 0);
}

static void a_probe_that_fails_takes_the_node_for_the_toolstacks(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_COMPAT);
	fake_xen_put(XEN_SUSPEND_NODE, "4711", FAKE_RW);
	port = fake_alloc_port(0);
	fake_xen_fail(FAKE_WRITE, 2, 1, -EIO);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)MODE_TOOLSTACK_NODE);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	negotiate_withdraw(&neg);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
	KUNIT_EXPECT_EQ(test, fake_close_port(port), 0);
}

static void a_failed_abort_does_not_hide_the_error(struct kunit *test)
{
	struct negotiation neg = {};

	fake_xen_remove("control");
	fake_xen_fail(FAKE_TX_END, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, 7), -ENODEV);
}

static struct kunit_case negotiate_fail_cases[] = {
	KUNIT_CASE_PARAM(xenstore_may_fail_at_each_call_in_turn,
			 failure_gen_params),
	KUNIT_CASE(a_publication_whose_answer_was_lost_is_withdrawn),
	KUNIT_CASE_PARAM(the_error_of_each_step_is_what_the_caller_gets,
			 step_gen_params),
	KUNIT_CASE(a_directory_not_readable_counts_as_there),
	KUNIT_CASE(a_probe_that_fails_takes_the_node_for_the_toolstacks),
	KUNIT_CASE(a_failed_abort_does_not_hide_the_error),
	{}
};

struct kunit_suite negotiate_fail_suite = {
	.name = "negotiate-fail",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = negotiate_fail_cases,
};
