# SPDX-License-Identifier: GPL-2.0
"""Request → suspended, the first in each domain: all there is of a migration's."""

import suspends

NAME = "bench-first"
KINDS = ("pv", "pvh")
LIMIT = 1500
ALONE = True
CLIENTS = (0, 8)
FULL = {"rounds": 12}
QUICK = {"rounds": 8}
plan = dict(FULL)


def sample(lab, guest, protocol, clients):
    """In a domain that was made for it."""
    guest.save()
    guest.restore()
    # What it has to do in a new domain is done: the port is published.
    guest.run("true")
    if protocol == "evtchn":
        guest.wait(f"[ $(cat {guest.SYSFS}/event_channel) ]"
                   f" && [ $(cat {guest.SYSFS}/state) = armed ]")
    (us,) = suspends.ask(lab, guest, protocol, clients, 1)
    return us


def run(lab):
    kind = lab.case.kind
    guests = {"stock": (lab.create(kind, "stock"), "xenstore"),
              "direct": (lab.create(kind, "module"), "evtchn")}
    lab.load(guests["direct"][0], "toolstack-node")
    found = {clients: {mode: [] for mode in guests} for clients in CLIENTS}
    for number in range(plan["rounds"]):
        for clients, modes in found.items():
            for mode, (guest, protocol) in guests.items():
                modes[mode].append([sample(lab, guest, protocol, clients)])
        lab.step(f"round {number + 1} of {plan['rounds']}")
    for clients, modes in found.items():
        for mode, batches in modes.items():
            lab.keep("first", guest=kind, clients=clients, mode=mode, us=batches)
        lab.step(f"{clients} clients: {suspends.told(modes)}")
