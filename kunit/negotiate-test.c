// SPDX-License-Identifier: GPL-2.0
/* Tests of module/negotiate.c: the mode, publishing, withdrawing. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../module/negotiate.h"
#include "fake-module.h"
#include "suites.h"

#define TRIES 1000	/* TRANSACTION_TRIES */

/* An open port, as channel.c would have it */
static evtchn_port_t open_port(struct kunit *test)
{
	evtchn_port_t port;

	port = fake_alloc_port(0);
	KUNIT_ASSERT_NE(test, port, 0U);
	return port;
}

static void close_port(struct kunit *test, evtchn_port_t port)
{
	KUNIT_EXPECT_EQ(test, fake_close_port(port), 0);
}

static const struct decision {
	bool exists, written, writable;
	enum xen_suspend_mode mode;
} decisions[] = {
	{ false, false, false, MODE_XENSTORE_ONLY },
	{ false, false, true, MODE_XENSTORE_ONLY },
	{ false, true, false, MODE_COMPAT },
	{ false, true, true, MODE_COMPAT },
	{ true, false, false, MODE_XENSTORE_ONLY },
	{ true, false, true, MODE_XENSTORE_ONLY },
	{ true, true, false, MODE_TOOLSTACK_NODE },
	{ true, true, true, MODE_COMPAT },
};

static void decision_desc(const struct decision *row, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s, device %s",
		 row->exists ? "there" : "absent",
		 row->written ? "written" : "refused",
		 row->writable ? "writable" : "read-only");
}

KUNIT_ARRAY_PARAM(decision, decisions, decision_desc);

static void the_mode_is_what_the_table_says(struct kunit *test)
{
	const struct decision *row = test->param_value;

	KUNIT_EXPECT_EQ(test, (int)negotiate_decide(row->exists, row->written,
						    row->writable),
			(int)row->mode);
}

static const struct published {
	const char *text;
	enum fake_layout layout;
	const char *stale;	/* value found in the node */
	enum fake_perm perm;	/* and who may do what with it */
	enum xen_suspend_mode mode;
	int refusal;
	bool made_dir;
} layouts[] = {
	{ "libxl's default", LAYOUT_DEFAULT, NULL, 0, MODE_TOOLSTACK_NODE },
	{ "compat", LAYOUT_COMPAT, NULL, 0, MODE_COMPAT, 0, true },
	{ "nothing", LAYOUT_NOTHING, NULL, 0, MODE_XENSTORE_ONLY, -ENOENT },
	{ "a read-only node", LAYOUT_READ_ONLY, NULL, 0, MODE_XENSTORE_ONLY,
	  -EACCES },
	{ "a node not even readable", LAYOUT_DEFAULT, "", FAKE_NONE,
	  MODE_XENSTORE_ONLY, -EACCES },
	{ "a stale port", LAYOUT_DEFAULT, "4711", FAKE_RW,
	  MODE_TOOLSTACK_NODE },
	{ "our own port by chance", LAYOUT_DEFAULT, "7", FAKE_RW,
	  MODE_TOOLSTACK_NODE },
	{ "not a number", LAYOUT_DEFAULT, "suspend\nme", FAKE_RW,
	  MODE_TOOLSTACK_NODE },
	{ "a number out of range", LAYOUT_DEFAULT, "99999999999999999999",
	  FAKE_RW, MODE_TOOLSTACK_NODE },
	{ "a stale port in compat", LAYOUT_COMPAT, "4711", FAKE_RW,
	  MODE_COMPAT, 0, true },
	{ "a read-only stale port", LAYOUT_NOTHING, "4711", FAKE_RO,
	  MODE_XENSTORE_ONLY, -EACCES },
};

static void layout_desc(const struct published *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(layout, layouts, layout_desc);

static void every_layout_is_published_in_as_the_table_says(struct kunit *test)
{
	const struct published *row = test->param_value;
	bool offered = row->mode != MODE_XENSTORE_ONLY;
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(row->layout);
	if (row->stale)
		fake_xen_put(XEN_SUSPEND_NODE, row->stale, row->perm);
	port = open_port(test);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)row->mode);
	KUNIT_EXPECT_EQ(test, neg.refusal, row->refusal);
	KUNIT_EXPECT_EQ(test, neg.published, offered ? port : 0);
	if (offered) {
		KUNIT_EXPECT_EQ(test, neg.made_dir, row->made_dir);
		KUNIT_EXPECT_EQ(test, fake_xen_port(), port);
	}
	/* Asked in an aborted transaction at most. */
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value("device/suspend-probe"),
			    NULL);
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_FALSE(test, neg.published);
	close_port(test, port);
}

static void a_value_of_4_kb_is_replaced(struct kunit *test)
{
	char *big = kunit_kzalloc(test, FAKE_VALUE_SIZE, GFP_KERNEL);
	struct negotiation neg = {};
	evtchn_port_t port;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, big);
	memset(big, '7', FAKE_VALUE_SIZE - 1);
	fake_xen_put(XEN_SUSPEND_NODE, big, FAKE_RW);
	port = open_port(test);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), port);
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	close_port(test, port);
}

static void without_control_there_is_no_toolstack(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	fake_xen_remove("control");
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), -ENODEV);
	fake_xen_init(LAYOUT_DEFAULT);
	port = open_port(test);
	fake_xen_put("control", "", FAKE_NONE);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), -ENODEV);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
	KUNIT_EXPECT_FALSE(test, neg.published);
	close_port(test, port);
}

static void publishing_again_writes_nothing(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	negotiate_publish(&neg, port);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 0);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_WRITE], 0U);
	negotiate_withdraw(&neg);
	close_port(test, port);
}

static void a_refusal_is_news_only_once(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_NOTHING);
	port = open_port(test);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 0);
	/* another refusal is news */
	fake_xen_put(XEN_SUSPEND_NODE, "", FAKE_RO);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	/* and an offer too */
	fake_xen_put(XEN_SUSPEND_NODE, "", FAKE_RW);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)MODE_TOOLSTACK_NODE);
	negotiate_withdraw(&neg);
	close_port(test, port);
}

static void an_overwritten_node_is_taken_back_in_the_same_mode(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_COMPAT);
	port = open_port(test);
	negotiate_publish(&neg, port);
	fake_xen_put(XEN_SUSPEND_NODE, "junk", FAKE_RW);
	fake_xen_fail(FAKE_ANY, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	/* no probe: who made the node is known */
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_TX_START], 1U);
	KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)MODE_COMPAT);
	KUNIT_EXPECT_TRUE(test, neg.made_dir);
	KUNIT_EXPECT_EQ(test, fake_xen_port(), port);
	negotiate_withdraw(&neg);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value("device/suspend"), NULL);
	close_port(test, port);
}

static void a_node_taken_away_is_a_lost_offer(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	negotiate_publish(&neg, port);
	fake_xen_remove("device/suspend");
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, (int)neg.mode, (int)MODE_XENSTORE_ONLY);
	KUNIT_EXPECT_FALSE(test, neg.published);
	close_port(test, port);
}

static void a_device_suspend_that_was_there_is_left_behind(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_COMPAT);
	fake_xen_put("device/suspend", "", FAKE_RW);
	port = open_port(test);
	negotiate_publish(&neg, port);
	KUNIT_EXPECT_FALSE(test, neg.made_dir);
	negotiate_withdraw(&neg);
	KUNIT_EXPECT_STREQ(test, fake_xen_text("device/suspend"), "");
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value(XEN_SUSPEND_NODE), NULL);
	close_port(test, port);
}

static void a_neighbour_in_our_directory_is_left_alone(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port;

	fake_xen_init(LAYOUT_COMPAT);
	port = open_port(test);
	negotiate_publish(&neg, port);
	fake_xen_put("device/suspend/other", "x", FAKE_RW);
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_STREQ(test, fake_xen_text("device/suspend/other"), "x");
	KUNIT_EXPECT_PTR_EQ(test, (void *)fake_xen_value(XEN_SUSPEND_NODE), NULL);
	close_port(test, port);
}

static void withdrawing_leaves_a_strangers_value_alone(struct kunit *test)
{
	/* 0 is no port of ours either, though we have none that is in doubt */
	static const char * const values[] = { "99", "0", "junk" };
	int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		struct negotiation neg = {};
		evtchn_port_t port = open_port(test);

		negotiate_publish(&neg, port);
		fake_xen_put(XEN_SUSPEND_NODE, values[i], FAKE_RW);
		KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
		KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), values[i]);
		KUNIT_EXPECT_FALSE(test, neg.published);
		close_port(test, port);
	}
}

static void withdrawing_from_a_node_that_is_gone_is_no_error(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	negotiate_publish(&neg, port);
	fake_xen_remove("device/suspend");
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	close_port(test, port);
}

static void withdrawing_what_was_not_published_asks_nobody(struct kunit *test)
{
	struct negotiation neg = {};

	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_ANY], 0U);
}

static void the_toolstacks_node_is_emptied_and_stays(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	negotiate_publish(&neg, port);
	negotiate_withdraw(&neg);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
	close_port(test, port);
}

static void conflicts_are_tried_again_until_they_end(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	fake_xen.conflicts = TRIES - 1;
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), 1);
	KUNIT_EXPECT_EQ(test, fake_xen.calls[FAKE_TX_START], (unsigned int)TRIES);
	fake_xen.conflicts = TRIES - 1;
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), 0);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
	close_port(test, port);
}

static void conflicts_without_end_are_an_error_that_changes_nothing(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	fake_xen.conflicts = UINT_MAX;
	KUNIT_EXPECT_EQ(test, negotiate_publish(&neg, port), -EAGAIN);
	KUNIT_EXPECT_FALSE(test, neg.published);
	KUNIT_EXPECT_STREQ(test, fake_xen_text(XEN_SUSPEND_NODE), "");
	fake_xen.conflicts = 0;
	negotiate_publish(&neg, port);
	fake_xen.conflicts = UINT_MAX;
	KUNIT_EXPECT_EQ(test, negotiate_withdraw(&neg), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, neg.published);
	fake_xen.conflicts = 0;
	negotiate_withdraw(&neg);
	close_port(test, port);
}

static void nobody_sees_a_half_made_decision(struct kunit *test)
{
	struct negotiation neg = {};
	evtchn_port_t port = open_port(test);

	negotiate_publish(&neg, port);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "a(rrw)");
	negotiate_withdraw(&neg);
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "a(rrw)(rw)");
	close_port(test, port);
}

static void every_mode_has_its_name(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, negotiate_mode_name(MODE_TOOLSTACK_NODE),
			   "toolstack-node");
	KUNIT_EXPECT_STREQ(test, negotiate_mode_name(MODE_COMPAT), "compat");
	KUNIT_EXPECT_STREQ(test, negotiate_mode_name(MODE_XENSTORE_ONLY),
			   "xenstore-only");
}

static struct kunit_case negotiate_cases[] = {
	KUNIT_CASE_PARAM(the_mode_is_what_the_table_says, decision_gen_params),
	KUNIT_CASE_PARAM(every_layout_is_published_in_as_the_table_says,
			 layout_gen_params),
	KUNIT_CASE(a_value_of_4_kb_is_replaced),
	KUNIT_CASE(without_control_there_is_no_toolstack),
	KUNIT_CASE(publishing_again_writes_nothing),
	KUNIT_CASE(a_refusal_is_news_only_once),
	KUNIT_CASE(an_overwritten_node_is_taken_back_in_the_same_mode),
	KUNIT_CASE(a_node_taken_away_is_a_lost_offer),
	KUNIT_CASE(a_device_suspend_that_was_there_is_left_behind),
	KUNIT_CASE(a_neighbour_in_our_directory_is_left_alone),
	KUNIT_CASE(withdrawing_leaves_a_strangers_value_alone),
	KUNIT_CASE(withdrawing_from_a_node_that_is_gone_is_no_error),
	KUNIT_CASE(withdrawing_what_was_not_published_asks_nobody),
	KUNIT_CASE(the_toolstacks_node_is_emptied_and_stays),
	KUNIT_CASE(conflicts_are_tried_again_until_they_end),
	KUNIT_CASE(conflicts_without_end_are_an_error_that_changes_nothing),
	KUNIT_CASE(nobody_sees_a_half_made_decision),
	KUNIT_CASE(every_mode_has_its_name),
	{}
};

struct kunit_suite negotiate_suite = {
	.name = "negotiate",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = negotiate_cases,
};
