// SPDX-License-Identifier: GPL-2.0
/* Tests of module/failure.c: from facts to a cause. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../module/failure.h"
#include "suites.h"

#define SECOND ((u64)NSEC_PER_SEC)

static const struct verdict {
	const char *text;
	struct failure_facts facts;
	enum failure what;
	int err;
	const char *says;
	bool passes;
	const char *who;
} verdicts[] = {
	{ "refused as late", { .refused = -ETIME, .prepared = true, .watched = true },
	  FAILURE_LATE, -ETIME, "too late at the last gate", false },
	{ "late, and devices failed to wake", { .refused = -ETIME,
		.prepared = true, .watched = true,
		.device_err = -EIO, .device = "vif-0" },
	  FAILURE_LATE, -ETIME, "too late at the last gate", false },
	{ "refused as deserted", { .refused = -ECONNRESET, .prepared = true, .watched = true },
	  FAILURE_DESERTED, -ECONNRESET, "the toolstack that asked is gone", false },
	{ "a device is busy", { .prepared = true, .watched = true,
				.device_err = -EBUSY, .device = "vif-0" },
	  FAILURE_DEVICE, -EBUSY, "device vif-0 refused", true },
	{ "a device is busy in prepare", { .watched = true,
		.device_err = -EAGAIN, .device = "vif-0", .thawed = true },
	  FAILURE_DEVICE, -EAGAIN, "device vif-0 refused", true },
	{ "a device is interrupted", { .prepared = true, .watched = true,
				       .device_err = -EINTR, .device = "a" },
	  FAILURE_DEVICE, -EINTR, "device a refused", true },
	{ "a device has no memory", { .prepared = true, .watched = true,
				      .device_err = -ENOMEM, .device = "a" },
	  FAILURE_DEVICE, -ENOMEM, "device a refused", true },
	{ "a device times out", { .prepared = true, .watched = true,
				  .device_err = -ETIMEDOUT, .device = "a" },
	  FAILURE_DEVICE, -ETIMEDOUT, "device a refused", true },
	{ "a device's time is over", { .prepared = true, .watched = true,
				       .device_err = -ETIME, .device = "a" },
	  FAILURE_DEVICE, -ETIME, "device a refused", true },
	{ "a device cannot", { .prepared = true, .watched = true, .device_err = -EOPNOTSUPP,
			       .device = "a" },
	  FAILURE_DEVICE, -EOPNOTSUPP, "device a refused", false },
	{ "a device is broken", { .prepared = true, .watched = true, .device_err = -EIO,
				  .device = "a" },
	  FAILURE_DEVICE, -EIO, "device a refused", false },
	{ "one task", { .watched = true, .thawed = true, .tasks = 1,
			.pid = 42, .comm = "stuck" },
	  FAILURE_TASKS, -EBUSY,
	  "1 task refused to freeze: the kernel log names it", true, "stuck, pid 42" },
	{ "several tasks", { .watched = true, .thawed = true, .tasks = 4,
			     .pid = 42, .comm = "stuck" },
	  FAILURE_TASKS, -EBUSY, "4 tasks refused to freeze: the kernel log names one",
	  true, "stuck, pid 42, and 3 more" },
	{ "a task named to deceive", { .watched = true, .thawed = true,
				       .tasks = 1, .pid = 42,
				       .comm = "a\n\x1b[31m\xc3\xa9 z\x7f" },
	  FAILURE_TASKS, -EBUSY, "1 task refused", true, "a??[31m?? z?, pid 42" },
	{ "kernel threads", { .watched = true, .thawed = true,
			      .took_ns = 20 * SECOND },
	  FAILURE_KTHREADS, -EBUSY, "a kernel thread or work queue", true },
	{ "a lock", { .watched = true, .took_ns = 2499 * (SECOND / 1000) },
	  FAILURE_TRANSITION, -EBUSY, "another power transition", true },
	{ "helpers", { .watched = true, .took_ns = 2500 * (SECOND / 1000) },
	  FAILURE_HELPERS, -EAGAIN, "a program that the kernel has started", true },
	{ "unwatched, in the freezer", { .took_ns = 20 * SECOND },
	  FAILURE_TASKS, -EBUSY, "tasks or kernel threads refused", true },
	{ "unwatched, late", { .prepared = true },
	  FAILURE_SYSTEM, -EBUSY, "the system core refused to suspend", true },
	{ "the system core", { .prepared = true, .watched = true },
	  FAILURE_SYSTEM, -EBUSY, "the system core refused to suspend", true },
};

static void verdict_desc(const struct verdict *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(verdict, verdicts, verdict_desc);

static void the_facts_tell_cause_and_remedy(struct kunit *test)
{
	const struct verdict *row = test->param_value;
	struct failure_note note;

	failure_judge(&row->facts, &note);
	KUNIT_EXPECT_EQ(test, (int)note.what, (int)row->what);
	KUNIT_EXPECT_EQ(test, note.err, row->err);
	KUNIT_EXPECT_TRUE_MSG(test, !!strstr(note.text, row->says), "%s", note.text);
	KUNIT_EXPECT_EQ(test, failure_passes(&note), row->passes);
	KUNIT_EXPECT_STREQ(test, note.who, row->who ?: "");
}

static void after_a_restore_that_never_was_nothing_passes(struct kunit *test)
{
	const struct verdict *row = test->param_value;
	struct failure_facts facts = row->facts;
	struct failure_note note;

	facts.lied = true;
	failure_judge(&facts, &note);
	KUNIT_EXPECT_TRUE(test, note.final);
	KUNIT_EXPECT_FALSE(test, failure_passes(&note));
}

/* Everybody reads last_error and hears uevents; root, the log. */
static void other_users_tasks_are_named_in_full_only(struct kunit *test)
{
	struct failure_facts facts = { .watched = true, .thawed = true,
				       .tasks = 1, .pid = 4711, .comm = "secret" };
	char full[FAILURE_FULL_SIZE];
	struct failure_note note;

	failure_judge(&facts, &note);
	KUNIT_EXPECT_FALSE(test, strstr(note.text, "secret"));
	KUNIT_EXPECT_FALSE(test, strstr(note.text, "4711"));
	failure_full(&note, full, sizeof(full));
	KUNIT_EXPECT_STREQ(test, full,
			   "1 task refused to freeze: the kernel log names it (secret, pid 4711)");
	note.who[0] = '\0';
	failure_full(&note, full, sizeof(full));
	KUNIT_EXPECT_STREQ(test, full, note.text);
}

static void what_is_no_attempt_is_not_tried_again(struct kunit *test)
{
	static const enum failure kinds[] = {
		FAILURE_TRIGGER, FAILURE_SHUTDOWN, FAILURE_LATE, FAILURE_DESERTED,
	};
	struct failure_note note = { .err = -EBUSY };
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		note.what = kinds[i];
		KUNIT_EXPECT_FALSE(test, failure_passes(&note));
	}
}

static void every_failure_has_a_name_of_its_own(struct kunit *test)
{
	int i, j;

	for (i = 0; i < FAILURES; i++) {
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, failure_name(i));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, failure_name(i),
					    failure_name(j));
	}
}

static struct kunit_case failure_cases[] = {
	KUNIT_CASE_PARAM(the_facts_tell_cause_and_remedy, verdict_gen_params),
	KUNIT_CASE_PARAM(after_a_restore_that_never_was_nothing_passes,
			 verdict_gen_params),
	KUNIT_CASE(other_users_tasks_are_named_in_full_only),
	KUNIT_CASE(what_is_no_attempt_is_not_tried_again),
	KUNIT_CASE(every_failure_has_a_name_of_its_own),
	{}
};

struct kunit_suite failure_suite = {
	.name = "failure",
	.test_cases = failure_cases,
};
