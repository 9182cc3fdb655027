# SPDX-License-Identifier: GPL-2.0
"""300 rounds of insmod and rmmod while toolstacks ask; rmmod in each state."""

import trouble
from scenario import EVENT_CHANNEL

NAME = "rounds"
KINDS = ("pv", "pvh")
LIMIT = 580
ROUNDS, SUBSCRIBED = 300, 8


def unloads(lab, guest):
    """Requests by xenstore all the time, which the module sees come and go."""
    lab.step(f"{ROUNDS} rounds of insmod and rmmod; suspends through xenstore all the time")
    lab.host.run(f"(while [ ! -e /tmp/stop ]; do toolstack suspend {guest.domid} --protocol"
                 " xenstore --count 50 --gap-ms 20 --timeout 20; done >/tmp/requests 2>&1"
                 " </dev/null) &")
    text = guest.run(f"i=0; while [ $i -lt {ROUNDS} ]; do insmod /xen-suspend.ko &&"
                     " rmmod xen_suspend || break; i=$((i + 1)); done 2>&1; echo rounds=$i", 350)
    lab.host.run("touch /tmp/stop; while pidof toolstack >/dev/null; do sleep 0.1; done;"
                 " rm /tmp/stop", 60)
    lab.report.show(text)
    lab.revive(guest)
    lab.expect("rounds", text.splitlines()[-1], f"rounds={ROUNDS}")
    lab.report.show(lab.host.run("grep ^toolstack: /tmp/requests || true"))
    served = int(lab.host.run("grep -c ^sample /tmp/requests || true"))
    lab.expect("suspends meanwhile", served > 0, True)
    lab.expect("suspends that failed", lab.host.run("grep -c ^toolstack: /tmp/requests || true"),
               "0")
    lab.note(f"{ROUNDS} rounds of insmod and rmmod, {served} suspends meanwhile")
    lab.expect("node, as found", guest.node(), "")


def subscribed(lab, guest):
    """Requests by the event channel: rmmod is refused from the first one on."""
    for number in range(SUBSCRIBED):
        lab.step(f"insmod, a request, rmmod at once: round {number + 1} of {SUBSCRIBED}")
        guest.load()
        lab.host.run(f"(toolstack suspend {guest.domid} --count 3 --gap-ms {number} >/tmp/requests"
                     " 2>&1 </dev/null; echo status $? >>/tmp/requests) &")
        guest.run("(rmmod xen_suspend; echo $? >/tmp/rmmod) >/dev/null 2>&1 &")
        lab.host.run("until grep -q ^status /tmp/requests; do sleep 0.1; done", 70)
        text = lab.host.run("cat /tmp/requests")
        lab.report.show(text)
        lab.revive(guest)
        lab.expect("suspended, or found no channel any more", text.splitlines()[-1] == "status 0"
                   or "offers no event channel" in text or "cannot bind" in text, True)
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
    ask = f"(toolstack suspend {guest.domid} >/tmp/requests 2>&1 </dev/null; echo status $? >>/tmp/requests) &"
    lab.step("rmmod while requested: a task does not freeze, it is tried again and again")
    trouble.hold(guest, "task", 4000)
    lab.host.run(ask)
    refused(lab, guest, "requested")
    lab.host.run("until grep -q ^status /tmp/requests; do sleep 0.1; done", 70)
    lab.expect("the toolstack's status", lab.host.run("tail -n 1 /tmp/requests"), "status 0")
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
