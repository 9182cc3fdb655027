# SPDX-License-Identifier: GPL-2.0
"""Request → suspended, a stock guest against one with the module."""

import re
import statistics
from types import SimpleNamespace

CLIENTS = 4
ROUNDS, SAMPLES = 5, 10


def measure(lab, guest, protocol, clients):
    text = lab.host.run(
        f"toolstack suspend {guest.domid} --protocol {protocol} --count {SAMPLES}"
        f" --gap-ms 100 --timeout 20 --flood-clients {clients}", 100)
    return [int(us) / 1000 for us in re.findall(r"^sample=\d+ us=(\d+)", text, re.M)]


def compare(lab, stock, guest, clients):
    """Batches of both in turn: what slows one down slows down the other."""
    before, after = [], []
    for _ in range(ROUNDS):
        before += measure(lab, stock, "xenstore", clients)
        after += measure(lab, guest, "evtchn", clients)
    load = f"{clients} clients hammering xenstored" if clients else "xenstored idle"
    for name, mode, how, found in (
            ("stock", "without module", "xenstore", before),
            (guest.name, "toolstack-node", "event channel", after)):
        found.sort()
        lab.report.show(f"{load}: {name}: min {found[0]:.1f}"
                        f" p50 {statistics.median(found):.1f} max {found[-1]:.1f} ms")
        lab.rows.append([f"{lab.name}, {load}", mode, "-" if name == "stock" else
                         lab.trigger, how, f"{statistics.median(found):.1f}"])
    lab.step(f"{load}: ratio of medians"
             f" {statistics.median(after) / statistics.median(before):.2f}")


def run(lab, kind):
    stock = lab.create(kind, "stock")
    guest = lab.create(kind, "module")
    lab.trigger = lab.load(guest, "toolstack-node")["trigger"]
    compare(lab, stock, guest, 0)
    compare(lab, stock, guest, CLIENTS)


def of(kind):
    return SimpleNamespace(NAME=f"bench-{kind}", HOST=kind, __doc__=__doc__, ALONE=True,
                           run=lambda lab: run(lab, kind))


PV, PVH = of("pv"), of("pvh")
