/* SPDX-License-Identifier: GPL-2.0 */
/* The module set up as it is after loading, on top of all the fakes. */
#ifndef XEN_SUSPEND_FAKE_MODULE_H
#define XEN_SUSPEND_FAKE_MODULE_H

#include <kunit/test.h>

#include "fake-evtchn.h"
#include "fake-power.h"
#include "fake-suspend.h"
#include "fake-trace.h"
#include "fake-xenstore.h"
#include "fake-xenwatch.h"
#include "../module/main.h"
#include "../module/offer.h"
#include "../module/power.h"
#include "../module/release.h"
#include "../module/service.h"
#include "../module/status.h"
#include "../module/trigger.h"

int fake_set_parameter(const char *name, const char *value);
int fake_setup(struct kunit *test);
void fake_teardown(struct kunit *test);
struct xen_suspend *fake_load(struct kunit *test, enum fake_layout layout,
			      enum trigger_kind trigger);
void fake_unload(struct kunit *test);
void fake_pass(unsigned int ms);
void fake_request(struct xen_suspend *xs);
void fake_try(struct xen_suspend *xs);
const char *fake_sysfs(struct kunit *test, const char *name);

#define EXPECT_SYSFS(test, name, text)					\
do {									\
	struct kunit *__test = (test);					\
									\
	KUNIT_EXPECT_STREQ(__test, fake_sysfs(__test, name), text "\n");	\
} while (0)
#define EXPECT_STATE(test, xs, state)					\
	KUNIT_EXPECT_STREQ(test,					\
			   hs_state_name(atomic_read(&(xs)->handshake.word)), \
			   state)

#endif
