// SPDX-License-Identifier: GPL-2.0
/* Tests of module/direct.c: finding the kernel's symbols, making events. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../module/direct.h"
#include "fake-module.h"
#include "suites.h"

#define ONCE(name) name " is not in the kernel once"

/*
 * Each way in which the look-up can fail, and the self-test of trigger.c after
 * it. All end in the xenstore trigger, with the reason.
 */
static const struct lack {
	const char *text;
	const char *reason;
	bool no_kprobe;
	bool value;		/* shutting_down is not idle */
	int symbol;		/* the symbol that is not as it should be; 0: none */
	int times;		/* how often it is there */
	unsigned long address;	/* where */
} lacks[] = {
	{ .text = "no kprobes", .no_kprobe = true,
	  .reason = "a kprobe does not find kallsyms_on_each_symbol" },
	{ .text = "no do_suspend", .symbol = FAKE_DO_SUSPEND,
	  .reason = ONCE("do_suspend") },
	{ .text = "two do_suspend", .symbol = FAKE_DO_SUSPEND, .times = 2,
	  .reason = ONCE("do_suspend") },
	{ .text = "no xs_watch_msg", .symbol = FAKE_XS_WATCH_MSG,
	  .reason = ONCE("xs_watch_msg") },
	{ .text = "two xs_watch_msg", .symbol = FAKE_XS_WATCH_MSG, .times = 2,
	  .reason = ONCE("xs_watch_msg") },
	{ .text = "no shutting_down", .symbol = FAKE_SHUTTING_DOWN,
	  .reason = ONCE("shutting_down") " (CONFIG_KALLSYMS_ALL?)" },
	{ .text = "three shutting_down", .symbol = FAKE_SHUTTING_DOWN,
	  .times = 3,
	  .reason = ONCE("shutting_down") " (CONFIG_KALLSYMS_ALL?)" },
	{ .text = "no _stext", .symbol = FAKE_STEXT, .reason = ONCE("_stext") },
	{ .text = "no _etext", .symbol = FAKE_ETEXT, .reason = ONCE("_etext") },
	{ .text = "no _sdata", .symbol = FAKE_SDATA, .reason = ONCE("_sdata") },
	{ .text = "no _edata", .symbol = FAKE_EDATA, .reason = ONCE("_edata") },
	{ .text = "do_suspend below the text", .symbol = FAKE_DO_SUSPEND,
	  .times = 1, .address = 0xfff,
	  .reason = "a function found is not in the kernel's text" },
	{ .text = "do_suspend at the end of the text",
	  .symbol = FAKE_DO_SUSPEND, .times = 1, .address = ULONG_MAX,
	  .reason = "a function found is not in the kernel's text" },
	{ .text = "xs_watch_msg below the text", .symbol = FAKE_XS_WATCH_MSG,
	  .times = 1, .address = 0xfff,
	  .reason = "a function found is not in the kernel's text" },
	{ .text = "xs_watch_msg at the end of the text",
	  .symbol = FAKE_XS_WATCH_MSG, .times = 1, .address = ULONG_MAX,
	  .reason = "a function found is not in the kernel's text" },
	{ .text = "shutting_down below the data",
	  .symbol = FAKE_SHUTTING_DOWN, .times = 1, .address = 0xfff,
	  .reason = "shutting_down is not in the kernel's data" },
	{ .text = "shutting_down at the end of the data",
	  .symbol = FAKE_SHUTTING_DOWN, .times = 1, .address = ULONG_MAX,
	  .reason = "shutting_down is not in the kernel's data" },
	{ .text = "another value in shutting_down", .value = true,
	  .reason = "shutting_down does not hold its idle value" },
};

static void lack_desc(const struct lack *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lack, lacks, lack_desc);

static void make_it_lack(const struct lack *row)
{
	fake_kernel.address[FAKE_STEXT] = 0x1000;
	fake_kernel.address[FAKE_SDATA] = 0x1000;
	fake_kernel.no_kprobe = row->no_kprobe;
	if (row->value)
		fake_kernel.shutting_down = 0;
	if (row->symbol) {
		fake_kernel.times_found[row->symbol] = row->times;
		if (row->address)
			fake_kernel.address[row->symbol] = row->address;
	}
}

static void each_lack_is_noticed_and_named(struct kunit *test)
{
	const struct lack *row = test->param_value;
	const char *reason = "";

	make_it_lack(row);
	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), -EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, reason, row->reason);
}

static void each_lack_ends_in_the_xenstore_trigger_with_the_reason(struct kunit *test)
{
	const struct lack *row = test->param_value;
	struct xen_suspend *xs = &xen_suspend_instance;
	char *page = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	page = PTR_ALIGN(page, PAGE_SIZE);
	make_it_lack(row);
	KUNIT_EXPECT_EQ(test, trigger_init(xs, true), 0);
	KUNIT_EXPECT_EQ(test, (int)xs->trigger.kind, (int)TRIGGER_XENSTORE);
	KUNIT_EXPECT_TRUE(test, fake_xen_watched(&xs->trigger.watch));
	KUNIT_EXPECT_EQ(test, fake_kernel.events, 0);
	errors_show(&xs->errors, page);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(page, row->reason), "%s", page);
	trigger_exit(xs);
}

static void a_kernel_that_has_all_is_taken(struct kunit *test)
{
	const char *reason = "";

	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)reason, NULL);
	KUNIT_EXPECT_EQ(test, fake_kernel.kprobes, 0);
}

static void the_kernels_text_is_left_alone_for_it(struct kunit *test)
{
	const char *reason;

	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), 0);
	KUNIT_EXPECT_EQ(test, fake_kernel.kprobes_armed, 0);
}

static void kprobes_and_kallsyms_may_differ_by_an_endbr_only(struct kunit *test)
{
	unsigned long walk = fake_kernel.address[FAKE_WALK];
	const char *reason = "";

	fake_kernel.address[FAKE_WALK] = walk - 16;
	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), 0);
	fake_kernel.address[FAKE_WALK] = walk - 17;
	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), -EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, reason,
			   "kprobes and kallsyms disagree on an address");
	fake_kernel.address[FAKE_WALK] = walk + 1;
	KUNIT_EXPECT_EQ(test, direct_find_symbols(&reason), -EOPNOTSUPP);
}

static void what_the_kernel_is_doing_is_read_from_it(struct kunit *test)
{
	const char *reason;

	KUNIT_ASSERT_EQ(test, direct_find_symbols(&reason), 0);
	KUNIT_EXPECT_FALSE(test, direct_kernel_shutting_down());
	fake_kernel.shutting_down = 0;
	KUNIT_EXPECT_TRUE(test, direct_kernel_shutting_down());
}

static void a_made_event_is_told_from_a_real_one(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)direct_event_kind("@xen-suspend/request"),
			(int)DIRECT_REQUEST);
	KUNIT_EXPECT_EQ(test, (int)direct_event_kind("@xen-suspend/self-test"),
			(int)DIRECT_SELF_TEST);
	KUNIT_EXPECT_EQ(test, (int)direct_event_kind("device"),
			(int)DIRECT_NOT_MADE);
	KUNIT_EXPECT_EQ(test, (int)direct_event_kind("@xen-suspend"),
			(int)DIRECT_NOT_MADE);
	KUNIT_EXPECT_EQ(test, (int)direct_event_kind(""), (int)DIRECT_NOT_MADE);
}

static char seen[64];

static void note_call(struct xenbus_watch *watch, const char *path,
		      const char *token)
{
	strscpy(seen, path, sizeof(seen));
}

static void an_event_arrives_at_its_watch_with_its_path(struct kunit *test)
{
	static const enum direct_event kinds[] = {
		DIRECT_SELF_TEST, DIRECT_REQUEST };
	struct xenbus_watch watch = { .callback = note_call };
	struct made_event *event;
	const char *reason;
	int i;

	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	KUNIT_ASSERT_EQ(test, direct_find_symbols(&reason), 0);
	fake_register_watch(&watch);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		*seen = '\0';
		event = direct_make_event(&watch, kinds[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, event);
		KUNIT_EXPECT_EQ(test, direct_send_event(event), 0);
		fake_xenwatch_flush();
		KUNIT_EXPECT_EQ(test, (int)direct_event_kind(seen),
				(int)kinds[i]);
	}
	fake_unregister_watch(&watch);
}

static void without_memory_there_is_no_event(struct kunit *test)
{
	struct xenbus_watch watch = {};

	if (!IS_ENABLED(CONFIG_FAILSLAB))
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	current->fail_nth = 1;
	KUNIT_EXPECT_PTR_EQ(test, (void *)direct_make_event(&watch, DIRECT_REQUEST),
			    NULL);
	current->fail_nth = 0;
	direct_free_event(NULL);
}

static void do_suspend_is_called_where_it_was_found(struct kunit *test)
{
	const char *reason;

	fake_load(test, LAYOUT_DEFAULT, TRIGGER_XENSTORE);
	KUNIT_ASSERT_EQ(test, direct_find_symbols(&reason), 0);
	direct_do_suspend();
	KUNIT_EXPECT_EQ(test, fake_suspend.count, 1);
}

static struct kunit_case direct_cases[] = {
	KUNIT_CASE_PARAM(each_lack_is_noticed_and_named, lack_gen_params),
	KUNIT_CASE_PARAM(each_lack_ends_in_the_xenstore_trigger_with_the_reason,
			 lack_gen_params),
	KUNIT_CASE(a_kernel_that_has_all_is_taken),
	KUNIT_CASE(the_kernels_text_is_left_alone_for_it),
	KUNIT_CASE(kprobes_and_kallsyms_may_differ_by_an_endbr_only),
	KUNIT_CASE(what_the_kernel_is_doing_is_read_from_it),
	KUNIT_CASE(a_made_event_is_told_from_a_real_one),
	KUNIT_CASE(an_event_arrives_at_its_watch_with_its_path),
	KUNIT_CASE(without_memory_there_is_no_event),
	KUNIT_CASE(do_suspend_is_called_where_it_was_found),
	{}
};

struct kunit_suite direct_suite = {
	.name = "direct",
	.init = fake_setup,
	.exit = fake_teardown,
	.test_cases = direct_cases,
};
