# SPDX-License-Identifier: GPL-2.0
"""Memory allocation failing at each allocation of load, negotiate and resume (failslab)."""

import re

from scenario import EVENT_CHANNEL

NAME = "memory"
KINDS = ("pv", "pvh")
KERNELS = ("debug", "kasan")    # with failslab
LIMIT = 1700
# So often in a row nothing fails before a sweep is over: the number of
# allocations differs a little from one time to the next.
QUIET = 3


def sweep(lab, what, once):
    """Call once(n), with the nth allocation failing, until there is no nth.

    once() says what became of it, or None if nothing failed.
    """
    number, quiet, results = 0, 0, {}
    while quiet < QUIET:
        number += 1
        result = once(number)
        quiet = 0 if result else quiet + 1
        if result:
            results[result] = results.get(result, 0) + 1
    text = "".join(f", {result}: {count}" for result, count in sorted(results.items()))
    lab.note(f"{what}: {sum(results.values())} allocations failed in turn{text}")
    return results


def load(lab, guest):
    def once(number):
        text = guest.run(f"failnth {number} /xen-suspend.ko; cd {guest.SYSFS} 2>/dev/null &&"
                         " cat mode trigger last_error event_channel; true")
        left, error = map(int, re.search(r"left (\d+), error (\d+)", text).groups())
        # What the kernel says of it on the console comes before that.
        sysfs, node = text[text.index("left "):].splitlines()[1:], guest.node()
        if error and (sysfs or node):
            lab.expect(f"left behind, allocation {number}", (sysfs, node), ([], ""))
        if error:
            return None if left else "not loaded"
        if node != (sysfs[3] if len(sysfs) > 3 else ""):
            lab.expect(f"node, allocation {number}", node, sysfs[3])
        if (sysfs[0] != "toolstack-node" or sysfs[1] != "direct") and sysfs[2] == "0":
            lab.expect(f"last_error says why, allocation {number}", sysfs, "a reason")
        guest.unload()
        return None if left else f"loaded, {sysfs[0]}, {sysfs[1]}"

    lab.step("load")
    lab.expect("some allocations failed", bool(sweep(lab, "load", once)), True)


def in_thread(lab, guest, comm, what, event):
    """Allocations of a kernel thread that fail while something happens."""
    pid = re.search(rf"^ *(\d+) .*\[{comm}\]", guest.run("ps"), re.M)[1]

    def once(number):
        guest.run(f"echo {number} >/proc/{pid}/fail-nth")
        event()
        left = guest.run(f"cat /proc/{pid}/fail-nth; echo 0 >/proc/{pid}/fail-nth", 60)
        lab.armed(guest)
        # What has failed is tried again, or was not needed.
        sysfs = guest.sysfs()
        lab.expect(f"mode and port, allocation {number}",
                   (sysfs["mode"], guest.node()), ("toolstack-node", sysfs["event_channel"]))
        return None if int(left) else f"mode {sysfs['mode']}"

    lab.step(f"{what}, allocations of {comm}")
    return sweep(lab, f"{what}, {comm}", once)


def run(lab):
    guest = lab.create(lab.case.kind)
    # The kernel's own: "Failed to allocate memory for static calls"
    lab.known_splats.append("static_call_module_notify")
    # And its own: register_irq_proc() carries on where a file cannot be made, and
    # when the IRQ is freed unregister_irq_proc() warns that it is not there.
    lab.known_splats.append("unregister_irq_proc")
    guest.run("mount -t debugfs debugfs /sys/kernel/debug && cd /sys/kernel/debug/failslab &&"
              " echo N >ignore-gfp-wait && echo 0 >verbose")
    load(lab, guest)

    lab.load(guest, "toolstack-node")
    node = f"/local/domain/{guest.domid}/device/suspend/event-channel"

    def negotiate():
        before = guest.run(f"cat {guest.SYSFS}/negotiations")
        lab.host.run(f"xenstore-write {node} garbage")
        guest.wait(f"[ $(cat {guest.SYSFS}/negotiations) -gt {before} ]")
        guest.wait(f"[ $(cat {guest.SYSFS}/mode) = toolstack-node ]", 70)

    found = in_thread(lab, guest, "xen-suspend", "negotiate", negotiate)
    lab.expect("some allocations failed", bool(found), True)
    lab.status(guest, "toolstack-node")

    def suspend():
        status, text = lab.host.run(f"toolstack suspend {guest.domid} --timeout 20", check=False)
        if status:
            lab.report.show(text)
            lab.expect("left suspended, which nobody was told of", lab.revive(guest), False)
            lab.expect("last_error says why it did not suspend",
                       guest.sysfs()["last_error"] != "0", True)

    found = in_thread(lab, guest, "xen-suspend", "suspend and resume", suspend)
    lab.expect("some allocations failed", bool(found), True)

    def renew():
        guest.save()
        guest.restore()
        guest.wait(f"[ $(cat {guest.SYSFS}/mode) = toolstack-node ]", 70)

    # Not the xenwatch thread's: if the end of manage.c's own transaction finds no
    # memory, xenbus waits for it in every later suspend, without the module, too.
    found = in_thread(lab, guest, "xen-suspend", "save and restore", renew)
    lab.expect("some allocations failed", bool(found), True)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.save(guest)
    lab.restore(guest, "toolstack-node")
