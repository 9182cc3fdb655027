# SPDX-License-Identifier: GPL-2.0
"""Request → suspended, as a toolstack sees it: stock, and the module's two triggers."""

import re

import stats

NAME = "bench-suspends"
KINDS = ("pv", "pvh")
LIMIT = 1500
ALONE = True
GAP_MS = 20

# What is measured: how many clients keep xenstored busy, rounds, and samples in each
# round's batch, whose first is dropped: the channel has just been bound.
FULL = {"clients": (0, 1, 2, 4, 8, 16), "rounds": 10, "samples": 10}
OXENSTORED = (0, 8)             # the curve is the other's
QUICK = {"clients": (0, 8), "rounds": 10, "samples": 5}
plan = dict(FULL)


def ask(lab, guest, protocol, clients, count):
    """So many suspends by one toolstack: microseconds of each."""
    text = lab.host.run(
        f"toolstack suspend {guest.domid} --protocol {protocol} --count {count}"
        f" --gap-ms {GAP_MS} --timeout 20 --flood-clients {clients}", 200)
    return [int(us) for us in re.findall(r"^sample=\d+ us=(\d+)", text, re.M)]


def batch(lab, guest, protocol, clients):
    return ask(lab, guest, protocol, clients, plan["samples"] + 1)[1:]


def told(found):
    """The medians of a cell, for the log."""
    return ", ".join(f"{mode} {stats.summary(stats.flat(batches))['p50'] / 1000:.1f} ms"
                     for mode, batches in found.items())


def run(lab):
    kind = lab.case.kind
    guests = [("stock", lab.create(kind, "stock"), "xenstore")]
    for trigger in ("direct", "xenstore"):
        guest = lab.create(kind, f"module-{trigger}")
        lab.expect("trigger", lab.load(guest, "toolstack-node", f"trigger={trigger}")["trigger"],
                   trigger)
        guests.append((trigger, guest, "evtchn"))
    every = plan["clients"] if lab.case.store == "C" else OXENSTORED
    found = {clients: {mode: [] for mode, _, _ in guests} for clients in every}
    # All cells in each round: what slows the machine down for a while slows down a
    # batch of every cell, and not one cell.
    for number in range(plan["rounds"]):
        for clients, modes in found.items():
            for mode, guest, protocol in guests:
                modes[mode].append(batch(lab, guest, protocol, clients))
        lab.step(f"round {number + 1} of {plan['rounds']}")
    for clients, modes in found.items():
        for mode, batches in modes.items():
            lab.keep("suspends", guest=kind, store=lab.case.store, clients=clients, mode=mode,
                     us=batches)
        lab.step(f"{clients} clients: {told(modes)}")
