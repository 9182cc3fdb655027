/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's power management tells us of a suspend under way. */
#ifndef XEN_SUSPEND_POWER_H
#define XEN_SUSPEND_POWER_H

#include <linux/notifier.h>
#include <linux/types.h>

struct platform_device;
struct xen_suspend;

/**
 * enum power_stage - how far the suspend under way has come
 * @STAGE_NONE:		not to our .prepare: user tasks or kernel threads are frozen
 * @STAGE_PREPARED:	.prepare called: all tasks are frozen, devices are next
 * @STAGE_FROZEN:	.freeze called
 * @STAGE_GATED:	the last gate before the suspend hypercall passed
 * @STAGE_CROSSED:	the hypercall has returned
 */
enum power_stage {
	STAGE_NONE,
	STAGE_PREPARED,
	STAGE_FROZEN,
	STAGE_GATED,
	STAGE_CROSSED,
};

/**
 * struct power - the suspend under way
 * @device:	carries the PM callbacks and the sysfs files
 * @stage:	how far it has come
 * @start_ns:	its earliest time known
 * @restored:	resumed in a new domain
 * @may_refuse:	the gate is the last before the hypercall; set at load
 * @going_down:	the guest powers off or reboots; never cleared
 * @reboot_nb:	tells us so
 *
 * @stage, @start_ns and @restored belong to the xenwatch thread, as struct
 * hs_attempt does. @going_down is a flag that only ever gets set.
 */
struct power {
	struct platform_device *device;
	enum power_stage stage;
	u64 start_ns;
	bool restored;
	bool may_refuse;
	bool going_down;
	struct notifier_block reboot_nb;
};

int power_init(struct xen_suspend *xs);
void power_exit(struct xen_suspend *xs);
bool power_going_down(const struct xen_suspend *xs);
void power_begin(struct xen_suspend *xs);
void power_end(struct xen_suspend *xs);

#endif
