/* SPDX-License-Identifier: GPL-2.0 */
/* debugfs: the history of suspends, and the histogram of latencies. */
#ifndef XEN_SUSPEND_DEBUGFS_H
#define XEN_SUSPEND_DEBUGFS_H

struct story;

void debug_files_init(struct story *story);
void debug_files_exit(void);

#endif
