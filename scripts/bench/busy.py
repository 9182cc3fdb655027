# SPDX-License-Identifier: GPL-2.0
"""Request → suspended in a guest whose CPUs are never idle: does it wait for its turn?"""

import suspends

NAME = "bench-busy"
KINDS = ("pv", "pvh")
ALONE = True
LIMIT = 1500
PER_CPU = 2
# What each of the guest's processes does until it is killed
LOADS = {"idle": None, "CPU hogs": "while :; do :; done",
         "forking shells": "while :; do (:); /bin/busybox true; done"}
FULL = {"batches": 4, "samples": 25}
QUICK = {"batches": 2, "samples": 10}
plan = dict(FULL)


def start(guest, load):
    count = PER_CPU * guest.vcpus
    for _ in range(count):
        guest.run(f"sh -c '{load}' >/dev/null 2>&1 & echo $! >>/tmp/load")
    guest.wait(f"[ $(cut -d ' ' -f 4 /proc/loadavg | cut -d / -f 1) -gt {count} ]")


def stop(guest):
    guest.run("kill -9 $(cat /tmp/load); rm /tmp/load")


def run(lab):
    kind = lab.case.kind
    suspends.plan["samples"] = plan["samples"]
    guests = {"stock": (lab.create(kind, "stock"), "xenstore"),
              "direct": (lab.create(kind, "module"), "evtchn")}
    lab.load(guests["direct"][0], "toolstack-node")
    for name, load in LOADS.items():
        found = {mode: [] for mode in guests}
        # In turn, and only the one that is asked is busy: they share the machine.
        for _ in range(plan["batches"]):
            for mode, (guest, protocol) in guests.items():
                if load:
                    start(guest, load)
                found[mode] += suspends.batch(lab, guest, protocol, 0)
                if load:
                    stop(guest)
        for mode, samples in found.items():
            lab.keep("busy", guest=kind, load=name, mode=mode, us=samples)
        lab.step(f"{name}: " + ", ".join(
            f"{mode} {sorted(samples)[len(samples) // 2] / 1000:.1f} ms (max"
            f" {max(samples) / 1000:.1f})" for mode, samples in found.items()))
