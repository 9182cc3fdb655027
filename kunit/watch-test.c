// SPDX-License-Identifier: GPL-2.0
/* Tests of module/watch.c: taking a watch away without being in a suspend's way. */
#include <kunit/test.h>

#include "../module/watch.h"
#include "fake-module.h"
#include "suites.h"

static struct xenbus_watch watch;

static void a_watch_is_taken_away(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fake_register_watch(&watch), 0);
	KUNIT_EXPECT_TRUE(test, fake_xen_watched(&watch));
	watch_unregister(&watch);
	KUNIT_EXPECT_FALSE(test, fake_xen_watched(&watch));
	KUNIT_EXPECT_STREQ(test, fake_xen.log, "WU");
}

static void hold_until_polled(enum fake_op op)
{
	if (op == FAKE_UNWATCH)
		eventually(atomic_read(&fake_kernel.freeze_polls) >= 3);
}

/* The xenwatch thread is in a suspend, which waits for all tasks to freeze. */
static void who_waits_for_xenwatch_can_be_frozen(struct kunit *test)
{
	fake_register_watch(&watch);
	fake_xen.hook = hold_until_polled;
	watch_unregister(&watch);
	KUNIT_EXPECT_GE(test, atomic_read(&fake_kernel.freeze_polls), 3);
	KUNIT_EXPECT_FALSE(test, fake_xen_watched(&watch));
}

static bool entered, unwatching, left;

static void note_unwatching(enum fake_op op)
{
	if (op == FAKE_UNWATCH)
		WRITE_ONCE(unwatching, true);
}

static void linger(struct xenbus_watch *watch, const char *path,
		   const char *token)
{
	WRITE_ONCE(entered, true);
	eventually(READ_ONCE(unwatching));
	WRITE_ONCE(left, true);
}

static void a_callback_under_way_is_waited_for(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_xenwatch_start(), 0);
	watch.callback = linger;
	fake_register_watch(&watch);
	fake_xenwatch_call(&watch, "device");
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(entered)));
	fake_xen.hook = note_unwatching;
	watch_unregister(&watch);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(left));
}

static int watch_setup(struct kunit *test)
{
	watch = (struct xenbus_watch){ .node = "device" };
	entered = false;
	unwatching = false;
	left = false;
	return fake_setup(test);
}

static struct kunit_case watch_cases[] = {
	KUNIT_CASE(a_watch_is_taken_away),
	KUNIT_CASE(who_waits_for_xenwatch_can_be_frozen),
	KUNIT_CASE(a_callback_under_way_is_waited_for),
	{}
};

struct kunit_suite watch_suite = {
	.name = "watch",
	.init = watch_setup,
	.exit = fake_teardown,
	.test_cases = watch_cases,
};
