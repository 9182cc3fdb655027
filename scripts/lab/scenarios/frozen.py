# SPDX-License-Identifier: GPL-2.0
"""xenstored stopped for 5 s before, during and after a suspend; then 16 clients at once."""

import re
import statistics

import trouble

NAME = "xenstored"
KINDS = ("pv", "pvh")
STOPPED_S, CLIENTS, SAMPLES = 5, 16, 20


def stopped(lab):
    """Let xenstored stand still for so long: that is the fault, not a wait."""
    lab.host.run("kill -STOP $(pidof xenstored oxenstored)")
    lab.host.run(f"sleep {STOPPED_S}; kill -CONT $(pidof xenstored oxenstored)")


def settled(lab, guest, before):
    lab.host.run("until grep -q ^status /tmp/asked; do sleep 0.1; done", 60)
    text = lab.host.run("cat /tmp/asked")
    lab.report.show(text)
    lab.expect("the toolstack's status", text.splitlines()[-1], "status 0")
    # The port is bound by one toolstack at a time.
    lab.host.run("while pidof toolstack >/dev/null; do sleep 0.1; done")
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")], [1, 1, 0])
    lab.checkpoint(guest)


def run(lab):
    guest = lab.create(lab.case.kind)
    guest.run("insmod /refuse.ko")
    lab.load(guest, "toolstack-node")
    ask = (f"(toolstack suspend {guest.domid} >/tmp/asked 2>&1 </dev/null;"
           " echo status $? >>/tmp/asked) &")

    lab.step("before: the toolstack comes when xenstored has stopped")
    before = lab.counters(guest)
    lab.host.run("kill -STOP $(pidof xenstored oxenstored)")
    lab.host.run(ask)
    stopped(lab)
    settled(lab, guest, before)

    lab.step("during: it stops while a slow device suspends; the guest needs no xenstored for that")
    before = lab.counters(guest)
    trouble.device(guest, delay=2000)
    lab.host.run(ask)
    lab.host.run("until grep -q subscribed /tmp/asked; do sleep 0.1; done")
    stopped(lab)
    settled(lab, guest, before)
    trouble.device(guest, delay=0)

    lab.step("after: it stops when the domain stands still")
    before = lab.counters(guest)
    lab.host.run(f"(toolstack notify {guest.domid} --hold {STOPPED_S + 3} >/dev/null 2>&1"
                 " </dev/null) &")
    lab.host.run(f"until [ $(toolstack state {guest.domid}) = suspended ]; do sleep 0.1; done")
    lab.host.run("kill -STOP $(pidof xenstored oxenstored)")
    lab.host.run(f"(toolstack resume {guest.domid} >/tmp/asked 2>&1 </dev/null;"
                 " echo status $? >>/tmp/asked) &")
    stopped(lab)
    settled(lab, guest, before)

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
