// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: the last moment before the suspend hypercall, and the first after
 * it, as syscore callbacks, inside stop_machine().
 *
 * A suspend of ours that comes too late, or that nobody waits for any more, is
 * refused here and not by a device, because here it unwinds as cancelled: after a
 * device's error do_suspend() may tell the others of a restore that never was.
 *
 * A module's callbacks are at the end of the list, and so the first to be called
 * before a suspend. When the first refuses, no other is called, nor its resume;
 * but do_suspend() has stopped the tick of CPU 0 by then (xen_arch_suspend()) and
 * leaves it to timekeeping_resume() to start it again (xen_vcpu_notify_restore()).
 * Without it the guest would run on without timers, which is to say, not for
 * long. So a refusal first takes all the others once down and up again; those of
 * modules loaded later, which are called before us, twice.
 */
#include <linux/syscore_ops.h>

#include "compat.h"
#include "gate.h"

static struct gate *the_gate;

static void restart_tick(struct gate *gate)
{
	gate->refusing = true;
	/* If another refuses, too, the guest is lost, as it is without us. */
	if (!syscore_suspend())
		syscore_resume();
	gate->refusing = false;
}

static int gate_before(XEN_SUSPEND_SYSCORE_ARG)
{
	int err;

	if (the_gate->refusing)
		return 0;
	err = the_gate->pass(the_gate->data);
	if (err)
		restart_tick(the_gate);
	return err;
}

static void gate_after(XEN_SUSPEND_SYSCORE_ARG)
{
	if (!the_gate->refusing)
		the_gate->crossed(the_gate->data);
}

XEN_SUSPEND_DEFINE_SYSCORE(gate_syscore, gate_before, gate_after);

/**
 * gate_init - put the gate in its place
 * @gate:	whom to ask
 *
 * Context: process, may sleep.
 */
void gate_init(struct gate *gate)
{
	the_gate = gate;
	xen_suspend_register_syscore(&gate_syscore);
}

/**
 * gate_exit - undo gate_init()
 *
 * Context: process, may sleep.
 */
void gate_exit(void)
{
	xen_suspend_unregister_syscore(&gate_syscore);
}
