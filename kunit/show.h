/* SPDX-License-Identifier: GPL-2.0 */
/* The text that a seq_file's show function writes. */
#ifndef XEN_SUSPEND_KUNIT_SHOW_H
#define XEN_SUSPEND_KUNIT_SHOW_H

#include <kunit/test.h>
#include <linux/seq_file.h>

/* A seq_file to write to; what was written is m->buf, ended by show_text(). */
static inline struct seq_file *show_file(struct kunit *test)
{
	struct seq_file *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	m->size = 2 * PAGE_SIZE;
	m->buf = kunit_kzalloc(test, m->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m->buf);
	return m;
}

static inline char *show_text(struct kunit *test, struct seq_file *m)
{
	KUNIT_ASSERT_FALSE(test, seq_has_overflowed(m));
	m->buf[m->count] = '\0';
	return m->buf;
}

#endif
