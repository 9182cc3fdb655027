// SPDX-License-Identifier: GPL-2.0
/* Tests of module/debugfs.c: the files come and go, and nothing needs them. */
#include <kunit/test.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/string.h>

#include "fake-module.h"
#include "show.h"
#include "suites.h"

#define FOLDER "xen-suspend"

static bool there(const char *name, struct dentry *parent)
{
	struct dentry *found = debugfs_lookup(name, parent);

	if (IS_ERR_OR_NULL(found))
		return false;
	dput(found);
	return true;
}

static int debugfs_setup(struct kunit *test)
{
	fake_setup(test);
	fake_kernel.real_thread = true;
	return fake_xenwatch_start();
}

static void the_files_are_there_while_it_is_loaded(struct kunit *test)
{
	struct dentry *folder;

	KUNIT_EXPECT_FALSE(test, there(FOLDER, NULL));
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	folder = debugfs_lookup(FOLDER, NULL);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, folder);
	KUNIT_EXPECT_TRUE(test, there("latency", folder));
	KUNIT_EXPECT_TRUE(test, there("history", folder));
	dput(folder);
	fake_module_exit();
	KUNIT_EXPECT_FALSE(test, there(FOLDER, NULL));
}

static void expect_text(struct kunit *test, const char *path, const char *start)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	struct seq_file *m = show_file(test), *opened;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	opened = file->private_data;
	m->private = opened->private;
	KUNIT_EXPECT_EQ(test, opened->op->show(m, NULL), 0);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(show_text(test, m), start), "%s", m->buf);
	/* for root only: of whom it tells is nobody else's business */
	KUNIT_EXPECT_EQ(test, file_inode(file)->i_mode & 0777, 0400);
	filp_close(file, NULL);
}

static void each_file_has_its_own_text_for_root_only(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_module_init(), 0);
	expect_text(test, "/sys/kernel/debug/" FOLDER "/history", "# time_s outcome");
	expect_text(test, "/sys/kernel/debug/" FOLDER "/latency", "# us_from us_to");
	fake_module_exit();
}

static void a_load_that_fails_leaves_no_files(struct kunit *test)
{
	fake_xen_fail(FAKE_WATCH, 1, 1, -EIO);
	KUNIT_ASSERT_EQ(test, fake_module_init(), -EIO);
	KUNIT_EXPECT_FALSE(test, there(FOLDER, NULL));
}

static void without_its_files_it_works_as_well(struct kunit *test)
{
	/* The name is taken: creating ours fails. */
	struct dentry *taken = debugfs_create_dir(FOLDER, NULL);
	int err = fake_module_init();

	KUNIT_EXPECT_EQ(test, err, 0);
	if (!err) {
		EXPECT_SYSFS(test, "state", "armed");
		fake_module_exit();
	}
	KUNIT_EXPECT_TRUE(test, there(FOLDER, NULL));
	KUNIT_EXPECT_FALSE(test, there("latency", taken));
	debugfs_remove_recursive(taken);
}

static struct kunit_case debugfs_cases[] = {
	KUNIT_CASE(the_files_are_there_while_it_is_loaded),
	KUNIT_CASE(each_file_has_its_own_text_for_root_only),
	KUNIT_CASE(a_load_that_fails_leaves_no_files),
	KUNIT_CASE(without_its_files_it_works_as_well),
	{}
};

struct kunit_suite debugfs_suite = {
	.name = "debugfs",
	.init = debugfs_setup,
	.exit = fake_teardown,
	.test_cases = debugfs_cases,
};
