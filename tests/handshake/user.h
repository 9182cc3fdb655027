/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel and of KUnit as module/handshake.c and kunit/handshake-table-test.c
 * need to be compiled, as they are, into one program of one thread.
 */
#ifndef XEN_SUSPEND_USER_H
#define XEN_SUSPEND_USER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef int64_t s64;
typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;

#define ATOMIC_INIT(i) { i }
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define IS_ENABLED(option) 1
#define NSEC_PER_USEC 1000L
#define NSEC_PER_SEC 1000000000L
#define U64_MAX UINT64_MAX
#define div_u64(a, b) ((a) / (b))
#define atomic_read(v) ((v)->counter)
#define atomic_read_acquire(v) ((v)->counter)
#define atomic_long_inc(v) ((void)(v)->counter++)

static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int new)
{
	if (v->counter != *old) {
		*old = v->counter;
		return false;
	}
	v->counter = new;
	return true;
}

/* The tracepoint: trace.h itself is left out. */
typedef void handshake_probe(void *data, const char *event, unsigned int from,
			     unsigned int to, unsigned int request, unsigned int by);
static handshake_probe *the_probe;
static void *the_data;

static inline void trace_handshake(const char *event, unsigned int from, unsigned int to,
				   unsigned int request, unsigned int by)
{
	if (the_probe)
		the_probe(the_data, event, from, to, request, by);
}

static inline int register_trace_handshake(handshake_probe *probe, void *data)
{
	the_probe = probe;
	the_data = data;
	return 0;
}

#define unregister_trace_handshake(probe, data) (the_probe = NULL)
#define tracepoint_synchronize_unregister() do { } while (0)

/* KUnit */
#define KUNIT_PARAM_DESC_SIZE 128
#define kunit_skip(test, why) exit(2)

struct kunit {
	const void *param_value;
	char desc[KUNIT_PARAM_DESC_SIZE];
	int failed;
};

struct kunit_case {
	const char *name;
	void (*run)(struct kunit *test);
	const void *(*params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char *name;
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn) { #fn, fn, NULL }
#define KUNIT_CASE_PARAM(fn, gen) { #fn, fn, gen }
#define KUNIT_EXPECT_TRUE(test, condition) \
	user_expect(test, condition, __func__, #condition)
#define KUNIT_EXPECT_EQ(test, a, b) \
	user_expect(test, (a) == (b), __func__, #a " is " #b)
#define KUNIT_ASSERT_EQ(test, a, b) KUNIT_EXPECT_EQ(test, a, b)
#define KUNIT_EXPECT_STREQ(test, a, b) \
	user_expect(test, !strcmp(a, b), __func__, #a " is " #b)

static inline void user_expect(struct kunit *test, bool good, const char *name, const char *what)
{
	if (!good) {
		printf("%s(%s): not so: %s\n", name, test->desc, what);
		test->failed++;
	}
}

static inline int user_run(const struct kunit_suite *suite)
{
	struct kunit test = {};
	struct kunit_case *one;
	int runs = 0;

	for (one = suite->test_cases; one->name; one++) {
		test.desc[0] = '\0';
		test.param_value = NULL;
		do {
			if (one->params)
				test.param_value = one->params(test.param_value, test.desc);
			if (!one->params || test.param_value) {
				one->run(&test);
				runs++;
			}
		} while (one->params && test.param_value);
	}
	printf("%d runs, %d failures\n", runs, test.failed);
	return test.failed || !runs;
}

#endif
