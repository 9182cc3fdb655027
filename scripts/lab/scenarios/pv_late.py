# SPDX-License-Identifier: GPL-2.0
"""PV guest, held up for longer than the toolstack waits: it ends running, not suspended for ever."""

import trouble
from scenario import EVENT_CHANNEL

NAME = "pv-late"
HOST = "pv"
# The toolstack waits for PATIENCE s, the guest takes HELD_MS and has DEADLINE_MS.
PATIENCE, HELD_MS, DEADLINE_MS = 3, 4000, 2000


def ask(lab, guest, seconds):
    """A toolstack that asks, and stays for so long without doing anything."""
    lab.host.run(f"toolstack notify {guest.domid} --hold {seconds}", seconds + 15)


def ended(lab, guest, domain, attempts):
    """Wait until the guest is through with it, and see how."""
    if domain == "suspended":
        guest.wait_state("suspended", 20)
    else:
        guest.wait(f"[ $(($(cat {guest.SYSFS}/failures) + $(cat {guest.SYSFS}/suspends)))"
                   f" = {attempts} ]")
        lab.report.show(guest.messages())
    lab.expect("the domain", guest.domain_state(), domain)


def run(lab):
    guest = lab.create("pv")
    guest.run("insmod /refuse.ko")
    trouble.device(guest, delay=HELD_MS)

    lab.step(f"control, stock: a device takes {HELD_MS} ms, the toolstack gives up after"
             f" {PATIENCE} s")
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore"
                                f" --timeout {PATIENCE}", check=False)
    lab.report.show(text)
    lab.expect("the toolstack is told of no suspend", status, 1)
    ended(lab, guest, "suspended", 0)
    lab.host.run(f"toolstack resume {guest.domid}")

    lab.load(guest, "toolstack-node")
    lab.step("control, deadline_ms=0, and the toolstack keeps the port: the same harm")
    trouble.parameter(guest, "deadline_ms", 0)
    ask(lab, guest, PATIENCE)
    lab.expect("the domain when the toolstack gives up", guest.domain_state(), "running")
    # It has gone, and with it the port: see below.
    ended(lab, guest, "running", 1)
    lab.expect("last_error", guest.sysfs()["last_error"],
               "-104 the toolstack that asked is gone: not suspending")
    ask(lab, guest, HELD_MS // 1000 + 3)
    ended(lab, guest, "suspended", 2)
    lab.host.run(f"toolstack resume {guest.domid}")
    trouble.idle(guest)

    lab.step(f"deadline_ms={DEADLINE_MS}: refused at the gate")
    trouble.parameter(guest, "deadline_ms", DEADLINE_MS)
    ask(lab, guest, HELD_MS // 1000 + 3)
    ended(lab, guest, "running", 3)
    lab.expect("errno", guest.sysfs()["last_error"].split()[0], "-62")
    lab.expect("failed/late, failed/deserted",
               list(trouble.counts(guest, "failed/late", "failed/deserted").values()), [1, 1])

    lab.step("the same, with the time lost in the freezer")
    trouble.device(guest, delay=0)
    trouble.hold(guest, "task", HELD_MS)
    ask(lab, guest, HELD_MS // 1000 + 3)
    ended(lab, guest, "running", 4)
    lab.expect("errno", guest.sysfs()["last_error"].split()[0], "-62")

    lab.step("the toolstack is killed while the guest suspends")
    trouble.parameter(guest, "deadline_ms", 55000)
    trouble.device(guest, delay=HELD_MS)
    lab.host.run(f"toolstack notify {guest.domid} --die-after-notify", check=False)
    ended(lab, guest, "running", 5)
    lab.expect("errno", guest.sysfs()["last_error"].split()[0], "-104")

    trouble.device(guest, delay=0)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.expect("last_error after a success", guest.sysfs()["last_error"], "0")
