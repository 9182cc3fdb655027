# SPDX-License-Identifier: GPL-2.0
"""Checkpoints a second, and the work that a CPU-bound process gets done meanwhile."""

import re
import time

NAME = "bench-rate"
KINDS = ("pv", "pvh")
ALONE = True
# For each figure of a round; between checkpoints
SECONDS, PAUSE_MS, ROUNDS = 2, 200, 5


# Counts, and says how far it is when it gets a signal.
WORKER = ("(trap 'echo $i >/tmp/work' USR1; i=0; while :; do i=$((i + 1)); done)"
          " >/dev/null 2>&1 & echo $! >/tmp/worker")


def work_done(guest):
    """(how far it is, when): by this machine's clock, as the guest's own stands still
    while it is suspended."""
    begun = time.monotonic()
    count = int(guest.run("rm -f /tmp/work; kill -USR1 $(cat /tmp/worker);"
                          " until [ -s /tmp/work ]; do usleep 10000; done; cat /tmp/work"))
    return count, (begun + time.monotonic()) / 2


def since(before, guest):
    """(the work done, the seconds it took)"""
    after = work_done(guest)
    return after[0] - before[0], after[1] - before[1]


def undisturbed(lab, guest):
    """The work done in a second."""
    before = work_done(guest)
    lab.host.run(f"sleep {SECONDS}", 100)
    work, seconds = since(before, guest)
    return work / seconds


def suspends(lab, guest, protocol, gap_ms, alone):
    """As many as go in the time: (how many a second, the work done, of undisturbed)."""
    before = work_done(guest)
    text = lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol} --count 100000"
                        f" --gap-ms {gap_ms} --timeout 20 --seconds {SECONDS}", 100)
    took = int(re.search(r"^elapsed_us=(\d+)", text, re.M)[1]) / 1e6
    work, seconds = since(before, guest)
    # Between the first suspend and the last; before and after nothing disturbs it.
    work -= alone * (seconds - took)
    return len(re.findall("^sample=", text, re.M)) / took, work / took / alone


def run(lab):
    kind = lab.case.kind
    stock = lab.create(kind, "stock")
    guest = lab.create(kind, "module")
    lab.load(guest, "toolstack-node")
    found = {(mode, gap_ms): [] for mode in ("stock", "direct") for gap_ms in (0, PAUSE_MS)}
    for _ in range(ROUNDS):
        for mode, each, protocol in (("stock", stock, "xenstore"), ("direct", guest, "evtchn")):
            each.run(WORKER)
            alone = undisturbed(lab, each)
            for gap_ms in (0, PAUSE_MS):
                found[mode, gap_ms].append(suspends(lab, each, protocol, gap_ms, alone))
            each.run("kill $(cat /tmp/worker)")
    for (mode, gap_ms), rounds in found.items():
        # A round is a batch of one figure.
        lab.keep("rate", guest=kind, mode=mode, gap_ms=gap_ms,
                 rate=[[rate] for rate, _ in rounds], work=[[work] for _, work in rounds])
        lab.step(f"{mode}, {gap_ms} ms between two: "
                 + ", ".join(f"{rate:.1f}" for rate, _ in rounds) + " suspends a second, work "
                 + ", ".join(f"{work:.2f}" for _, work in rounds) + " of undisturbed")
