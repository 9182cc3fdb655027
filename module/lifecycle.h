/* SPDX-License-Identifier: GPL-2.0 */
/* Is the guest going down, or asleep by its own will? */
#ifndef XEN_SUSPEND_LIFECYCLE_H
#define XEN_SUSPEND_LIFECYCLE_H

#include <linux/notifier.h>
#include <linux/types.h>

/**
 * struct lifecycle - whether the guest is going down, or asleep
 * @asleep:	it is in a power transition of its own, or about to be; as power
 *		management says
 * @going_down:	it powers off, reboots, halts or starts another kernel; only ever set
 * @awake:	called when it has woken up; may sleep
 * @data:	for @awake
 * @reboot_nb:	tells us of the one
 * @pm_nb:	and of the other
 */
struct lifecycle {
	bool asleep;
	bool going_down;
	void (*awake)(void *data);
	void *data;
	struct notifier_block reboot_nb;
	struct notifier_block pm_nb;
};

int lifecycle_init(struct lifecycle *life);
void lifecycle_exit(struct lifecycle *life);
void lifecycle_end(struct lifecycle *life);
bool lifecycle_ends(const struct lifecycle *life);

static inline bool lifecycle_sleeps(const struct lifecycle *life)
{
	return READ_ONCE(life->asleep);
}

#endif
