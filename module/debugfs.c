// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs, documented in Documentation/ABI/testing/debugfs-xen-suspend.
 *
 * Nothing depends on it: as everywhere in the kernel, a failure to make the files
 * is passed over, and without CONFIG_DEBUG_FS these calls do nothing.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "story.h"

static struct dentry *folder;

static int latency_file_show(struct seq_file *m, void *unused)
{
	struct story *story = m->private;

	latency_show(&story->latency, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency_file);

static int history_file_show(struct seq_file *m, void *unused)
{
	struct story *story = m->private;

	history_show(&story->history, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(history_file);

/**
 * debug_files_init - make the files
 * @story:	what they show
 *
 * Context: process, may sleep.
 */
void debug_files_init(struct story *story)
{
	folder = debugfs_create_dir("xen-suspend", NULL);
	debugfs_create_file("latency", 0400, folder, story, &latency_file_fops);
	debugfs_create_file("history", 0400, folder, story, &history_file_fops);
}

/**
 * debug_files_exit - undo debug_files_init()
 *
 * Context: process, may sleep; waits for running readers.
 */
void debug_files_exit(void)
{
	debugfs_remove_recursive(folder);
	folder = NULL;
}
