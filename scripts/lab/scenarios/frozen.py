# SPDX-License-Identifier: GPL-2.0
"""xenstored stopped for 5 s before, during and after a suspend; then 16 clients at once."""

import re
import statistics

import trouble

NAME = "xenstored"
KINDS = ("pv", "pvh")
STOPPED_S, CLIENTS, SAMPLES = 5, 16, 20


def stop(lab):
    lab.host.run("kill -STOP $(pidof xenstored oxenstored)")


def go_on(lab):
    lab.host.run("kill -CONT $(pidof xenstored oxenstored)")


def stopped(lab):
    """Let xenstored stand still for so long: that is the fault, not a wait."""
    lab.host.run(f"sleep {STOPPED_S}")
    go_on(lab)


def settled(lab, guest, before, toolstack):
    lab.ended(toolstack)
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")], [1, 1, 0])
    lab.checkpoint(guest)


def run(lab):
    guest = lab.create(lab.case.kind)
    guest.run("insmod /refuse.ko")
    lab.load(guest, "toolstack-node")

    lab.step("before: the toolstack comes when xenstored has stopped")
    before = lab.counters(guest)
    stop(lab)
    toolstack = lab.toolstack(guest, "suspend")
    stopped(lab)
    settled(lab, guest, before, toolstack)

    lab.step("during: it stops while a slow device suspends; the guest needs no xenstored for that")
    before = lab.counters(guest)
    trouble.device(guest, delay=2000)
    toolstack = lab.toolstack(guest, "suspend")
    toolstack.until("subscribed")
    stop(lab)
    # Or not at all, if the guest waits for xenstored, which waits for this.
    toolstack.until("^sample")
    lab.step("suspended, and xenstored still stands still")
    go_on(lab)
    settled(lab, guest, before, toolstack)
    trouble.device(guest, delay=0)

    lab.step("after: it stops when the domain stands still")
    before = lab.counters(guest)
    holder = lab.toolstack(guest, "notify", f"--hold {STOPPED_S + 3}")
    guest.wait_state("suspended")
    stop(lab)
    toolstack = lab.toolstack(guest, "resume")
    stopped(lab)
    # The port is bound by one toolstack at a time.
    lab.ended(holder)
    settled(lab, guest, before, toolstack)

    lab.step(f"{CLIENTS} clients hammer xenstored")
    before = lab.counters(guest)
    text = lab.host.run(f"toolstack suspend {guest.domid} --count {SAMPLES} --gap-ms 50"
                        f" --flood-clients {CLIENTS}", 150)
    times = [int(us) / 1000 for us in re.findall(r"^sample=\d+ us=(\d+)", text, re.M)]
    lab.note(f"{CLIENTS} clients hammering xenstored: request → suspended"
             f" {statistics.median(times):.0f} ms (median), {max(times):.0f} ms at most")
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")],
               [SAMPLES, SAMPLES, 0])
    lab.checkpoint(guest)
