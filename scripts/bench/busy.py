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
FULL = {"rounds": 8, "samples": 13}
QUICK = {"rounds": 5, "samples": 5}
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
    found = {name: {mode: [] for mode in guests} for name in LOADS}
    # In turn, and only the one that is asked is busy: they share the machine.
    for _ in range(plan["rounds"]):
        for name, load in LOADS.items():
            for mode, (guest, protocol) in guests.items():
                if load:
                    start(guest, load)
                found[name][mode].append(suspends.batch(lab, guest, protocol, 0))
                if load:
                    stop(guest)
    for name, modes in found.items():
        for mode, batches in modes.items():
            lab.keep("busy", guest=kind, load=name, mode=mode, us=batches)
        lab.step(f"{name}: {suspends.told(modes)}")
