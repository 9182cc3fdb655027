# SPDX-License-Identifier: GPL-2.0
"""300 rounds of insmod and rmmod while toolstacks ask; rmmod in each state."""

import trouble
from background import Background
from scenario import EVENT_CHANNEL

NAME = "rounds"
KINDS = ("pv", "pvh")
LIMIT = 580
ROUNDS, SUBSCRIBED = 300, 8


def unloads(lab, guest):
    """Requests by xenstore all the time, which the module sees come and go."""
    lab.step(f"{ROUNDS} rounds of insmod and rmmod; suspends through xenstore all the time")
    asking = Background(guest.host, f"while [ ! -e /tmp/stop ]; do toolstack suspend {guest.domid}"
                        " --protocol xenstore --count 50 --gap-ms 20 --timeout 20; done")
    text = guest.run(f"i=0; while [ $i -lt {ROUNDS} ]; do insmod /xen-suspend.ko &&"
                     " rmmod xen_suspend || break; i=$((i + 1)); done 2>&1; echo rounds=$i", 350)
    lab.host.run("touch /tmp/stop")
    asking.wait()
    lab.host.run("rm /tmp/stop")
    lab.report.show(text)
    lab.revive(guest)
    lab.expect("rounds", text.splitlines()[-1], f"rounds={ROUNDS}")
    served = asking.matching("^sample")
    lab.expect("suspends meanwhile", served > 0, True)
    lab.expect("suspends that failed", asking.matching("^toolstack:"), 0)
    lab.note(f"{ROUNDS} rounds of insmod and rmmod, {served} suspends meanwhile")
    lab.expect("node, as found", guest.node(), "")


def subscribed(lab, guest):
    """Requests by the event channel: rmmod is refused from the first one on."""
    for number in range(SUBSCRIBED):
        lab.step(f"insmod, a request, rmmod at once: round {number + 1} of {SUBSCRIBED}")
        guest.load()
        toolstack = lab.toolstack(guest, "suspend", f"--count 3 --gap-ms {number}")
        guest.run("(rmmod xen_suspend; echo $? >/tmp/rmmod) >/dev/null 2>&1 &")
        status, text = toolstack.wait()
        lab.report.show(text)
        lab.revive(guest)
        lab.expect("suspended, or found no channel any more", not status
                   or "offers no event channel" in text or "cannot bind" in text, True)
        # Unless it had gone before, in which case the toolstack saw that.
        if not status:
            lab.expect("requests, and the module is there", guest.run(
                f"cat {guest.SYSFS}/requests"), "3")
        # A new domain, where whatever rmmod waits for, or refuses for, is over.
        guest.save()
        guest.restore()
        guest.wait("[ -e /tmp/rmmod ]")
        guest.run("rm /tmp/rmmod; if lsmod | grep -q xen_suspend; then rmmod xen_suspend; fi")
        lab.expect("node, as found", guest.node(), "")


def refused(lab, guest, state):
    """rmmod while a request is being served."""
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = {state} ]")
    status, text = guest.run("rmmod xen_suspend", check=False)
    lab.report.show(text)
    lab.expect(f"rmmod while {state} is refused", status != 0, True)


def states(lab, guest):
    guest.run("insmod /refuse.ko && echo 100 >/sys/power/pm_freeze_timeout")
    lab.load(guest, "toolstack-node")
    lab.step("rmmod while requested: a task does not freeze, it is tried again and again")
    trouble.hold(guest, "task", 4000)
    toolstack = lab.toolstack(guest, "suspend")
    refused(lab, guest, "requested")
    lab.ended(toolstack)
    lab.armed(guest)
    lab.step("rmmod while armed, after a suspend")
    refused(lab, guest, "armed")
    lab.checkpoint(guest, EVENT_CHANNEL)


def run(lab):
    guest = lab.guest()
    guest.unload()
    unloads(lab, guest)
    subscribed(lab, guest)
    states(lab, guest)
