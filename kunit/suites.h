/* SPDX-License-Identifier: GPL-2.0 */
/* The suites, one for each file of module/; kunit/<file>-test.c has it. */
#ifndef XEN_SUSPEND_KUNIT_SUITES_H
#define XEN_SUSPEND_KUNIT_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite handshake_suite;
extern struct kunit_suite handshake_race_suite;
extern struct kunit_suite negotiate_suite;
extern struct kunit_suite negotiate_fail_suite;
extern struct kunit_suite channel_suite;
extern struct kunit_suite direct_suite;
extern struct kunit_suite trigger_suite;
extern struct kunit_suite power_suite;
extern struct kunit_suite gate_suite;
extern struct kunit_suite attempt_suite;
extern struct kunit_suite observer_suite;
extern struct kunit_suite failure_suite;
extern struct kunit_suite retry_suite;
extern struct kunit_suite report_suite;
extern struct kunit_suite service_suite;
extern struct kunit_suite release_suite;
extern struct kunit_suite status_suite;
extern struct kunit_suite story_suite;
extern struct kunit_suite history_suite;
extern struct kunit_suite latency_suite;
extern struct kunit_suite debugfs_suite;
extern struct kunit_suite main_suite;
extern struct kunit_suite xen_calls_suite;
extern struct kunit_suite concurrency_suite;

struct xen_calls;
const struct xen_calls *xen_calls_in_use(void);

#define EXPECT_WORD(test, hs, state, seq)				\
	KUNIT_EXPECT_EQ(test, atomic_read(&(hs)->word),			\
			(int)((state) | (seq) << HS_SEQ_SHIFT))

#endif
