# SPDX-License-Identifier: GPL-2.0
"""Request → suspended, as a toolstack sees it: stock, and the module's two triggers."""

import re

NAME = "bench-suspends"
KINDS = ("pv", "pvh")
LIMIT = 1500
ALONE = True
GAP_MS = 20

# What is measured: how many clients keep xenstored busy, batches in turn, and
# samples in each, whose first is dropped: the channel has just been bound.
FULL = {"clients": (0, 1, 2, 4, 8, 16), "batches": 4, "samples": 25}
OXENSTORED = (0, 8)             # the curve is the other's
QUICK = {"clients": (0, 8), "batches": 4, "samples": 10}
plan = dict(FULL)


def batch(lab, guest, protocol, clients):
    text = lab.host.run(
        f"toolstack suspend {guest.domid} --protocol {protocol} --count {plan['samples'] + 1}"
        f" --gap-ms {GAP_MS} --timeout 20 --flood-clients {clients}", 200)
    return [int(us) for us in re.findall(r"^sample=\d+ us=(\d+)", text, re.M)][1:]


def run(lab):
    kind = lab.case.kind
    guests = [("stock", lab.create(kind, "stock"), "xenstore")]
    for trigger in ("direct", "xenstore"):
        guest = lab.create(kind, f"module-{trigger}")
        lab.expect("trigger", lab.load(guest, "toolstack-node", f"trigger={trigger}")["trigger"],
                   trigger)
        guests.append((trigger, guest, "evtchn"))
    for clients in plan["clients"] if lab.case.store == "C" else OXENSTORED:
        found = {mode: [] for mode, _, _ in guests}
        # In turn: what slows one down slows down the others.
        for _ in range(plan["batches"]):
            for mode, guest, protocol in guests:
                found[mode] += batch(lab, guest, protocol, clients)
        for mode, samples in found.items():
            lab.keep("suspends", guest=kind, store=lab.case.store, clients=clients, mode=mode,
                     us=samples)
        lab.step(f"{clients} clients: " + ", ".join(
            f"{mode} {sorted(samples)[len(samples) // 2] / 1000:.1f} ms"
            for mode, samples in found.items()))
