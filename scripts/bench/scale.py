# SPDX-License-Identifier: GPL-2.0
"""Many small guests asked at the same moment: time until the last is suspended."""

import re

from scenario import Wrong

NAME = "bench-scale"
HOST = "pv"
ALONE = True
LIMIT = 1200
MEMORY = 6144                   # of QEMU's machine: 32 guests
GUEST_MEMORY = 96
COUNTS, ROUNDS = (1, 2, 4, 8, 16), 8
# Until all the toolstacks have started: at least, and for each guest
LEAD_MS, MORE_MS = 400, 100
LATE = 5                        # so often that time may be too short


class Late(Exception):
    """Not all have asked at the same moment."""


def ask(lab, guests, protocol):
    """All at once; microseconds until each is suspended."""
    lead = LEAD_MS + MORE_MS * len(guests)
    # /proc/uptime counts as CLOCK_MONOTONIC does where nothing ever sleeps.
    domids = " ".join(str(guest.domid) for guest in guests)
    text = lab.host.run(
        f"read now rest </proc/uptime; at=$((${{now%.*}}${{now#*.}}0 + {lead}));"
        f" for domid in {domids}; do toolstack suspend $domid --protocol {protocol}"
        " --timeout 30 --at-ms $at & done; wait", 100)
    if late := re.findall(r"^late_us=(\d+)", text, re.M):
        raise Late(f"{len(late)} of {len(guests)} toolstacks began {max(map(int, late))} us late")
    return [int(us) for us in re.findall(r"^sample=1 us=(\d+)", text, re.M)]


def copies(lab, mode):
    """As many guests as are asked at most, from one file: none has to boot."""
    guest = lab.create("pv", mode, memory=GUEST_MEMORY)
    if mode == "direct":
        lab.load(guest, "toolstack-node")
    guest.save()
    lab.step(f"xl restore: {max(COUNTS)} copies")
    found = [guest.copy(f"{mode}-{number}") for number in range(max(COUNTS))]
    if mode == "direct":
        for copy in found:
            copy.wait(f"grep -q armed {copy.SYSFS}/state")
    lab.host.run(f"rm {guest.saved}")
    return found


def asked(lab, guests, protocol, late):
    """ask(), again if it was not at the same moment: such a round measures nothing."""
    while True:
        try:
            return ask(lab, guests, protocol)
        except Late as problem:
            late.append(problem)
            lab.step(f"once more: {problem}")
            if len(late) > LATE:
                raise Wrong("too often not asked at once", lab.host.console) from problem


def run(lab):
    both = {mode: copies(lab, mode) for mode in ("stock", "direct")}
    found = {count: {mode: [] for mode in both} for count in COUNTS}
    late = []
    for number in range(ROUNDS + 1):
        for count, modes in found.items():
            for mode, guests in both.items():
                us = asked(lab, guests[:count], "evtchn" if mode == "direct" else "xenstore",
                           late)
                lab.expect(f"{mode}, {count} asked: suspended", len(us), count)
                if number:              # the first is warm-up
                    modes[mode].append([max(us)])
    for count, modes in found.items():
        for mode, batches in modes.items():
            lab.keep("scale", guests=count, mode=mode, us=batches, late=len(late))
    lab.host.run("".join(f"xl destroy {guest.domid} & " for guests in both.values()
                         for guest in guests) + "wait", 100)
