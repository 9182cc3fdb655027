/* SPDX-License-Identifier: GPL-2.0 */
/* The suites, at least one for each file of module/. */
#ifndef XEN_SUSPEND_KUNIT_SUITES_H
#define XEN_SUSPEND_KUNIT_SUITES_H

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>

extern struct kunit_suite handshake_suite;
extern struct kunit_suite handshake_table_suite;
extern struct kunit_suite handshake_race_suite;
extern struct kunit_suite transaction_suite;
extern struct kunit_suite negotiate_suite;
extern struct kunit_suite negotiate_fail_suite;
extern struct kunit_suite channel_suite;
extern struct kunit_suite direct_suite;
extern struct kunit_suite control_suite;
extern struct kunit_suite control_end_suite;
extern struct kunit_suite jobs_suite;
extern struct kunit_suite lifecycle_suite;
extern struct kunit_suite trigger_suite;
extern struct kunit_suite power_suite;
extern struct kunit_suite gate_suite;
extern struct kunit_suite attempt_suite;
extern struct kunit_suite restore_suite;
extern struct kunit_suite verdict_suite;
extern struct kunit_suite observer_suite;
extern struct kunit_suite failure_suite;
extern struct kunit_suite retry_suite;
extern struct kunit_suite report_suite;
extern struct kunit_suite service_suite;
extern struct kunit_suite release_suite;
extern struct kunit_suite offer_suite;
extern struct kunit_suite two_ports_suite;
extern struct kunit_suite sleep_suite;
extern struct kunit_suite status_suite;
extern struct kunit_suite story_suite;
extern struct kunit_suite history_suite;
extern struct kunit_suite latency_suite;
extern struct kunit_suite debugfs_suite;
extern struct kunit_suite main_suite;
extern struct kunit_suite watch_suite;
extern struct kunit_suite fakes_suite;
extern struct kunit_suite fakes_kernel_suite;
extern struct kunit_suite xen_suite;
extern struct kunit_suite real_xen_suite;
extern struct kunit_suite handshake_storm_suite;
extern struct kunit_suite concurrency_suite;

/*
 * Wait for what is bound to happen. The time is only there for a test that fails,
 * and far longer than the slowest machine needs.
 */
extern unsigned int eventually_ms;
#define eventually(condition)						\
({									\
	unsigned long __end = jiffies + msecs_to_jiffies(eventually_ms);	\
	bool __met;							\
									\
	while (!(__met = (condition)) && time_before(jiffies, __end))	\
		msleep(20);						\
	__met;								\
})

#define EXPECT_WORD(test, hs, state, seq)				\
	KUNIT_EXPECT_EQ(test, atomic_read(&(hs)->word),			\
			(int)((state) | (seq) << HS_SEQ_SHIFT))

#endif
