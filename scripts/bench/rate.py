# SPDX-License-Identifier: GPL-2.0
"""Checkpoints a second, and the work that a CPU-bound process gets done meanwhile."""

import re

NAME = "bench-rate"
KINDS = ("pv", "pvh")
ALONE = True
SECONDS, PAUSE_MS = 5, 200     # for the rate; between checkpoints, for the work
plan = {"seconds": SECONDS}


# Counts, and says how far it is when it gets a signal.
WORKER = ("(trap 'echo $i >/tmp/work' USR1; i=0; while :; do i=$((i + 1)); done)"
          " >/dev/null 2>&1 & echo $! >/tmp/worker")


def work_done(guest):
    return int(guest.run("rm -f /tmp/work; kill -USR1 $(cat /tmp/worker);"
                         " until [ -s /tmp/work ]; do sleep 0.1; done; cat /tmp/work"))


def suspends(lab, guest, protocol, gap_ms):
    """As many as go in the time: (how many, seconds they took, the work done)."""
    before = work_done(guest)
    text = lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol} --count 100000"
                        f" --gap-ms {gap_ms} --timeout 20 --seconds {plan['seconds']}", 100)
    took = re.search(r"^elapsed_us=(\d+)", text, re.M)
    return len(re.findall("^sample=", text, re.M)), int(took[1]) / 1e6, \
        work_done(guest) - before


def undisturbed(lab, guest):
    before = work_done(guest)
    lab.host.run(f"sleep {plan['seconds']}", 100)
    return (work_done(guest) - before) / plan["seconds"]


def run(lab):
    kind = lab.case.kind
    stock = lab.create(kind, "stock")
    guest = lab.create(kind, "module")
    lab.load(guest, "toolstack-node")
    for mode, each, protocol in (("stock", stock, "xenstore"), ("direct", guest, "evtchn")):
        each.run(WORKER)
        alone = undisturbed(lab, each)
        for gap_ms in (0, PAUSE_MS):
            count, seconds, work = suspends(lab, each, protocol, gap_ms)
            lab.keep("rate", guest=kind, mode=mode, gap_ms=gap_ms, suspends=count,
                     seconds=seconds, work=work / seconds / alone)
            lab.step(f"{mode}, {gap_ms} ms between two: {count / seconds:.1f} suspends a second,"
                     f" work {work / seconds / alone:.2f} of undisturbed")
        each.run("kill $(cat /tmp/worker)")
