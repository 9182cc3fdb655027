// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: the last moment before the suspend hypercall, and the first after
 * it, as syscore callbacks, inside stop_machine().
 *
 * A suspend of ours that comes too late, or that nobody waits for any more, is
 * refused here and not in .freeze, because here it unwinds as cancelled (power.c,
 * on .restore). But only as the last of the syscore callbacks: do_suspend() has
 * stopped the tick of CPU 0 by then (xen_vcpu_notify_suspend()) and leaves it to
 * timekeeping_resume() to start it again (xen_vcpu_notify_restore()), which is
 * called if timekeeping_suspend() was. A guest whose suspend the first syscore
 * callback refuses runs on without timers, which is to say, not for long. So the
 * gate is moved from the end of the list, where a module's callbacks are put, to
 * its start: called last before the hypercall and first after it.
 *
 * The syscore callbacks also run for other kinds of sleep (ACPI S3); those do
 * not call .freeze, so the stage tells.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/stop_machine.h>

#include "compat.h"
#include "gate.h"
#include "xen-suspend.h"

static int gate_before(XEN_SUSPEND_SYSCORE_ARG)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	bool refuse = xs->attempt.ours && xs->power.may_refuse;
	int err;

	if (xs->attempt.stage != STAGE_FROZEN)
		return 0;
	/* timekeeping is suspended: this is the time at which it was */
	err = hs_gate(&xs->handshake, ktime_get_mono_fast_ns(),
		      refuse ? xen_suspend_deadline_ns() : 0,
		      refuse && channel_peer(&xs->channel) == PEER_NONE);
	if (err)
		return err;
	/*
	 * A notify not delivered yet came before the hypercall and belongs to
	 * this suspend.
	 */
	channel_clear_pending(&xs->channel);
	xs->attempt.stage = STAGE_GATED;
	return 0;
}

static void gate_after(XEN_SUSPEND_SYSCORE_ARG)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	if (xs->attempt.stage != STAGE_GATED)
		return;
	hs_crossed(&xs->handshake);
	xs->attempt.stage = STAGE_CROSSED;
}

XEN_SUSPEND_DEFINE_SYSCORE(gate_syscore, gate_before, gate_after);

/* Is a list whole, seen from one of its nodes? */
static bool list_is_whole(const struct list_head *node)
{
	const struct list_head *at = node;

	do {
		if (at->next->prev != at || at->prev->next != at)
			return false;
		at = at->next;
	} while (at != node);
	return true;
}

/*
 * Runs in stop_machine(): nobody walks the list or changes it, except that a
 * thread may have been stopped in the middle of adding or removing a node. Then
 * the list is not whole, and is left alone.
 */
static int gate_to_front(void *data)
{
	struct list_head *head = data;

	if (gate_syscore.node.next != head ||
	    !list_is_whole(&gate_syscore.node))
		return -EAGAIN;
	list_move(&gate_syscore.node, head);
	return 0;
}

/*
 * The list's head is not known by name, but a node just added is the last and
 * points to it. Unless somebody else has added one at the same time; adding ours
 * a second time then shows another node in that place.
 */
static bool register_gate(void)
{
	struct list_head *first;
	int tries;

	xen_suspend_register_syscore(&gate_syscore);
	for (tries = 0; tries < 10; tries++) {
		first = gate_syscore.node.next;
		xen_suspend_unregister_syscore(&gate_syscore);
		xen_suspend_register_syscore(&gate_syscore);
		if (gate_syscore.node.next == first &&
		    !stop_machine(gate_to_front, first, NULL))
			return true;
	}
	pr_warn("cannot refuse a suspend that is too late at the last gate\n");
	return false;
}

/**
 * gate_init - put the gate in its place
 * @xs:		the module
 *
 * If that fails nothing is refused: a suspend may then be late, as without the
 * module.
 *
 * Context: process, may sleep.
 */
void gate_init(struct xen_suspend *xs)
{
	xs->power.may_refuse = register_gate();
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
