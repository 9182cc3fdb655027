// SPDX-License-Identifier: GPL-2.0
/*
 * What gcc calls for each access in code compiled with -fsanitize=thread. Here it
 * is not ThreadSanitizer that answers: an access to the handshake is a point where
 * another context may go first, and the rules see what it does.
 */
#include <string.h>

#include "rules.h"

static bool is_ours(const void *where)
{
	return (const char *)where >= (const char *)&rules_hs &&
	       (const char *)where < (const char *)(&rules_hs + 1);
}

static bool before(const void *where, bool writes)
{
	if (!is_ours(where))
		return false;
	if (rules_is_shared(where, writes))
		steps_point(where, writes, NULL);
	return true;
}

void __tsan_init(void) {}
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) {}

/* Plain accesses: made by the code itself, right after the call. */
#define PLAIN(size) \
	void __tsan_read##size(void *where); \
	void __tsan_write##size(void *where); \
	void __tsan_read##size(void *where) { before(where, false); } \
	void __tsan_write##size(void *where) { plain_write(where); }

static void plain_write(void *where)
{
	if (before(where, true) && where == &rules_hs.word)
		steps_violated("the word is written without an exchange");
}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)

void __tsan_write_range(void *where, unsigned long size);
void __tsan_read_range(void *where, unsigned long size);

void __tsan_write_range(void *where, unsigned long size)
{
	(void)size;
	plain_write(where);
}

void __tsan_read_range(void *where, unsigned long size)
{
	(void)size;
	before(where, false);
}

#define ATOMIC(bits, type) \
	type __tsan_atomic##bits##_load(const volatile type *where, int order); \
	void __tsan_atomic##bits##_store(volatile type *where, type value, int order); \
	type __tsan_atomic##bits##_fetch_add(volatile type *where, type value, int order); \
	type __tsan_atomic##bits##_load(const volatile type *where, int order) \
	{ \
		bool ours = before((void *)where, false); \
		type value = *where; \
		(void)order; \
		if (ours) \
			rules_read((void *)where, sizeof(type), value); \
		return value; \
	} \
	void __tsan_atomic##bits##_store(volatile type *where, type value, int order) \
	{ \
		bool ours = before((void *)where, true); \
		type old = *where; \
		(void)order; \
		*where = value; \
		if (ours) \
			rules_wrote((void *)where, sizeof(type), old, value); \
	} \
	type __tsan_atomic##bits##_fetch_add(volatile type *where, type value, int order) \
	{ \
		bool ours = before((void *)where, true); \
		type old = *where; \
		(void)order; \
		*where = old + value; \
		if (ours) \
			rules_wrote((void *)where, sizeof(type), old, old + value); \
		return old; \
	}

ATOMIC(8, unsigned char)
ATOMIC(32, unsigned int)
ATOMIC(64, unsigned long)

int __tsan_atomic32_compare_exchange_strong(volatile unsigned int *where, unsigned int *expected,
					    unsigned int value, int order, int fail_order);

int __tsan_atomic32_compare_exchange_strong(volatile unsigned int *where, unsigned int *expected,
					    unsigned int value, int order, int fail_order)
{
	bool ours = before((void *)where, true);
	unsigned int old = *where;

	(void)order;
	(void)fail_order;
	if (old != *expected) {
		*expected = old;
		if (ours)
			rules_read((void *)where, sizeof(old), old);
		return 0;
	}
	*where = value;
	if (ours)
		rules_wrote((void *)where, sizeof(old), old, value);
	return 1;
}
