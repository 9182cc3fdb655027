/* SPDX-License-Identifier: GPL-2.0 */
/* A storm of interrupts, and what it may make of the handshake. */
#ifndef XEN_SUSPEND_KUNIT_STORM_H
#define XEN_SUSPEND_KUNIT_STORM_H

#include <kunit/test.h>
#include <linux/atomic.h>

/* How long each at the least, a parameter */
extern unsigned int stress_ms;
/* Counted by what storm_start() is given */
extern atomic_long_t storm_notifies;

void storm_start(struct kunit *test, void (*fn)(void));
void storm_stop(void);
void storm_expect_known(struct kunit *test);

#endif
