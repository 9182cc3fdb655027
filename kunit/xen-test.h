/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is true of the fakes and of a real Xen alike: the suite "xen" tests it on the
 * fakes, "real-xen" on the real one.
 */
#ifndef XEN_SUSPEND_KUNIT_XEN_TEST_H
#define XEN_SUSPEND_KUNIT_XEN_TEST_H

struct kunit;

void a_watch_fires_when_it_is_registered_and_then_in_order(struct kunit *test);
void a_transaction_fires_when_it_is_committed(struct kunit *test);
void a_transaction_conflicts_with_what_was_changed_under_it(struct kunit *test);
void a_transaction_that_only_wrote_conflicts_too(struct kunit *test);
void a_transaction_that_is_over_is_refused_everywhere(struct kunit *test);
void an_event_is_masked_until_its_eoi(struct kunit *test);
void every_second_spurious_event_in_a_row_is_put_off(struct kunit *test);

void xen_test_cleanup(void);

#endif
