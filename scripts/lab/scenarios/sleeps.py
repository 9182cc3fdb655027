# SPDX-License-Identifier: GPL-2.0
"""The guest's own sleeps are not Xen's suspends, and a request in one is served after it.

They are s2idle, which only something that wakes the guest ends, and s2idle and hibernation
under /sys/power/pm_test, which holds them for five seconds and undoes them. No tasks run in
the guest then, and nobody reads its console.
"""

import re

import trouble
from scenario import EVENT_CHANNEL, Wrong

NAME = "sleeps"
KINDS = ("pv", "pvh")
# pm_test, and what is written to /sys/power/state
KEPT_SHORT = (("devices", "freeze"), ("devices", "disk"), ("core", "disk"))
UNSERVED_S = 5
# MiB. Hibernation copies all that is in use, with what else a guest holds here.
GUEST_MEMORY = 256
# pm_test's five seconds are counted by the CPU: far more where the machine is busy.
AWAKE_S = 120
# guest-run's exit status when time is over
NO_ANSWER = 124


def prepare(guest, test):
    guest.run(f"rm -f /tmp/slept; echo {test} >/sys/power/pm_test")


def begin(state):
    """The guest's command: it may freeze the shell before that has answered."""
    return f"(echo {state} >/sys/power/state; echo status $? >/tmp/slept) >/tmp/sleep 2>&1 &"


def fall_asleep(lab, guest, test, state):
    """Returns when the guest answers no more."""
    prepare(guest, test)
    tell = f"guest-run {guest.domid} {guest.log} 1"
    status, _ = lab.host.run(f"{{ {tell} '{begin(state)}'; while s=$?; [ $s = 0 ]; do"
                             f" {tell} '[ ! -e /tmp/slept ]'; done; }} >/dev/null 2>&1; (exit $s)",
                             check=False)
    if status != NO_ANSWER:
        raise Wrong(f"the guest was not found asleep: {awake(guest)}", lab.host.console)


def awake(guest):
    """How the transition has ended, when it has."""
    guest.wait("[ -e /tmp/slept ]", AWAKE_S)
    return guest.run("cat /tmp/slept /tmp/sleep")


def told(lab, guest):
    """All that the module says of what has become of suspends."""
    trouble.status(lab, guest, "resumed")       # of the last one: told last of all
    text = guest.run(f"cd {guest.SYSFS} && grep . state last_error requests suspends cancelled"
                     " failures retries stock_suspends failed/* stock_failed/*; cat /tmp/uevents")
    return {"files": text.splitlines(), "node": guest.store(trouble.STATUS)}


def changed(before, after):
    return ([line for line in after["files"] if line not in before["files"]],
            after["node"] != before["node"])


def served(lab, guest, before, toolstack):
    text = lab.ended(toolstack)
    # A request may well end it early: "Device or resource busy".
    lab.report.show(f"the guest's own sleep: {awake(guest)}")
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures, retries, stock suspends",
               [found[name] for name in ("requests", "suspends", "failures", "retries",
                                         "stock_suspends")], [1, 1, 0, 0, 0])
    lab.expect("last_error", guest.sysfs()["last_error"], "0")
    return text


def stock(lab):
    """A guest without the module, asleep: nothing that a toolstack has wakes it."""
    guest = lab.create(lab.case.kind, f"{lab.name}-stock")
    lab.step("control, stock: asleep (s2idle)")
    fall_asleep(lab, guest, "none", "freeze")
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore"
                                f" --timeout {UNSERVED_S}", check=False)
    lab.report.show(text)
    lab.expect("the toolstack is told of no suspend", status, 1)
    lab.host.run(f"xl sysrq {guest.domid} h")
    status, _ = lab.host.run(f"guest-run {guest.domid} {guest.log} {UNSERVED_S} true", check=False)
    lab.note("a stock guest asleep is not suspended by a toolstack; xl sysrq and its console "
             + ("do not wake it either" if status else "wake it"))
    guest.destroy()


def prepared(lab):
    """A guest with the module, in which both kinds of suspends have been."""
    guest = lab.create(lab.case.kind, memory=GUEST_MEMORY)
    lab.load(guest, "toolstack-node")
    guest.run("touch /tmp/uevents; uevent sh -c '[ -z \"$XEN_SUSPEND\" ] ||"
              " echo uevent $XEN_SUSPEND >>/tmp/uevents' >/dev/null 2>&1 &")
    lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore")
    lab.armed(guest)
    lab.checkpoint(guest)
    return guest


def left_alone(lab, guest, test, state):
    lab.step(f"pm_test={test}, echo {state} >/sys/power/state")
    before = told(lab, guest)
    prepare(guest, test)
    guest.run(begin(state))
    lab.expect("it ended well", awake(guest), "status 0")
    lab.report.show(guest.messages())
    lab.expect("what the module says that it did not before; the status node has changed",
               changed(before, told(lab, guest)), ([], False))


def asked_meanwhile(lab, guest, test, state):
    lab.step(f"pm_test={test}, echo {state} >/sys/power/state; a toolstack asks meanwhile")
    before = lab.counters(guest)
    fall_asleep(lab, guest, test, state)
    return served(lab, guest, before, lab.toolstack(guest, "suspend"))


def saved_asleep(lab, guest):
    lab.step("asleep; xl save and restore")
    before, sysfs = lab.counters(guest), guest.sysfs()
    fall_asleep(lab, guest, "none", "freeze")
    lab.asked(guest, guest.save(), EVENT_CHANNEL, sysfs["mode"], sysfs["trigger"])
    lab.restore(guest, "toolstack-node")
    lab.report.show(f"the guest's own sleep: {awake(guest)}")
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")], [1, 1, 0])


def run(lab):
    stock(lab)
    guest = prepared(lab)
    for test, state in KEPT_SHORT:
        left_alone(lab, guest, test, state)
        asked_meanwhile(lab, guest, test, state)
    text = asked_meanwhile(lab, guest, "none", "freeze")
    lab.note("a guest asleep (s2idle) is woken by a request, and suspended"
             f" {int(re.search('us=([0-9]+)', text)[1]) / 1000:.0f} ms after it")
    lab.checkpoint(guest)
    saved_asleep(lab, guest)
    lab.checkpoint(guest)
