# SPDX-License-Identifier: GPL-2.0
"""PV guest, a toolstack that misbehaves: killed in mid-save, a storm of notifies, too late."""

from scenario import EVENT_CHANNEL

NAME = "pv-faults"
HOST = "pv"
STORM = 100_000


def counters(guest):
    names = ("requests", "suspends", "failures", "coalesced", "spurious")
    sysfs = guest.sysfs()
    return {name: int(sysfs[name]) for name in names}


def toolstack(lab, command, limit=100, check=True):
    return lab.host.run(f"toolstack {command}", limit, check)


def run(lab):
    guest = lab.create("pv")
    lab.load(guest, "toolstack-node")

    lab.step("a toolstack killed right after its notify: the guest suspends, nobody resumes it")
    toolstack(lab, f"notify {guest.domid} --die-after-notify", check=False)
    lab.host.run(f"until toolstack state {guest.domid} | grep -q suspended; do sleep 0.1; done")
    toolstack(lab, f"resume {guest.domid}")
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step(f"{STORM} notifies in a row, to a guest that is resumed whenever it suspends")
    before = counters(guest)
    text = toolstack(lab, f"notify {guest.domid} --count {STORM} --resume --timeout 3", 200)
    lab.report.show(text)
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    found = {name: count - before[name] for name, count in counters(guest).items()}
    lab.report.show("  ".join(f"{name}={count}" for name, count in found.items()))
    lab.expect("suspends and failures, of the requests",
               found["suspends"] + found["failures"], found["requests"])
    # The guest may drop the last one, when the toolstack has gone.
    lab.expect("suspends, as often as the toolstack resumed",
               found["suspends"], int(text.rsplit("resumed=", 1)[1]))
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step("a request that is served too late: not at all")
    before = counters(guest)
    guest.run("echo 1 >/sys/module/xen_suspend/parameters/deadline_ms")
    toolstack(lab, f"suspend {guest.domid} --count 1 --timeout 3", check=False)
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    lab.report.show(guest.sysfs()["last_error"])
    found = counters(guest)
    lab.expect("failures", found["failures"] - before["failures"], 1)
    lab.expect("suspends", found["suspends"] - before["suspends"], 0)
    guest.run("echo 55000 >/sys/module/xen_suspend/parameters/deadline_ms")
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.expect("last_error after a success", guest.sysfs()["last_error"], "0")
