// SPDX-License-Identifier: GPL-2.0
/*
 * Is the guest going down? Then no suspend is started any more. Is it asleep by
 * its own will, or falling asleep? Then none is started until it has woken up:
 * before 7.2 do_suspend() takes no lock against other power transitions, and would
 * take the devices down with them.
 */
#include <linux/kernel.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "lifecycle.h"

/**
 * lifecycle_end - the guest is going down
 * @life:	the lifecycle
 *
 * Context: any.
 */
void lifecycle_end(struct lifecycle *life)
{
	WRITE_ONCE(life->going_down, true);
}

static int lifecycle_reboot(struct notifier_block *nb, unsigned long action,
			    void *data)
{
	struct lifecycle *life = container_of(nb, struct lifecycle, reboot_nb);

	lifecycle_end(life);
	return NOTIFY_DONE;
}

/* do_suspend() does not call these, and so do only transitions of the guest's own. */
static int lifecycle_pm(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct lifecycle *life = container_of(nb, struct lifecycle, pm_nb);

	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_SUSPEND_PREPARE:
	case PM_RESTORE_PREPARE:
		WRITE_ONCE(life->asleep, true);
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
	case PM_POST_RESTORE:
		WRITE_ONCE(life->asleep, false);
		life->awake(life->data);
		break;
	}
	return NOTIFY_DONE;
}

/**
 * lifecycle_init - listen
 * @life:	the lifecycle, its callback set
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int lifecycle_init(struct lifecycle *life)
{
	int err;

	life->reboot_nb.notifier_call = lifecycle_reboot;
	/* Before manage.c's, so that neither trigger starts in between. */
	life->reboot_nb.priority = 1;
	err = register_reboot_notifier(&life->reboot_nb);
	if (err)
		return err;
	life->pm_nb.notifier_call = lifecycle_pm;
	err = register_pm_notifier(&life->pm_nb);
	if (err)
		unregister_reboot_notifier(&life->reboot_nb);
	return err;
}

/**
 * lifecycle_exit - undo lifecycle_init()
 * @life:	the lifecycle
 *
 * Context: process, may sleep.
 */
void lifecycle_exit(struct lifecycle *life)
{
	unregister_pm_notifier(&life->pm_nb);
	unregister_reboot_notifier(&life->reboot_nb);
}

/**
 * lifecycle_ends - is it too late for a suspend?
 * @life:	the lifecycle
 *
 * Context: any.
 * Return: true once the guest powers off, reboots, halts or starts another kernel.
 */
bool lifecycle_ends(const struct lifecycle *life)
{
	return READ_ONCE(life->going_down) || system_state != SYSTEM_RUNNING;
}
