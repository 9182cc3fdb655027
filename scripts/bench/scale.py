# SPDX-License-Identifier: GPL-2.0
"""Many small guests asked at the same moment: time until the last is suspended."""

import re

NAME = "bench-scale"
HOST = "pv"
ALONE = True
LIMIT = 1200
MEMORY = 6144                   # of QEMU's machine: 32 guests
GUEST_MEMORY = 96
COUNTS, ROUNDS = (1, 2, 4, 8, 16), 8
LEAD_MS = 700                   # until all the toolstacks have started


def ask(lab, guests, protocol):
    """All at once; microseconds until each is suspended."""
    # /proc/uptime counts as CLOCK_MONOTONIC does where nothing ever sleeps.
    domids = " ".join(str(guest.domid) for guest in guests)
    text = lab.host.run(
        f"read now rest </proc/uptime; at=$((${{now%.*}}${{now#*.}}0 + {LEAD_MS}));"
        f" for domid in {domids}; do toolstack suspend $domid --protocol {protocol}"
        " --timeout 30 --at-ms $at & done; wait", 100)
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


def run(lab):
    both = {mode: copies(lab, mode) for mode in ("stock", "direct")}
    for count in COUNTS:
        found = {mode: [] for mode in both}
        for number in range(ROUNDS + 1):
            for mode, guests in both.items():
                asked = ask(lab, guests[:count], "evtchn" if mode == "direct" else "xenstore")
                lab.expect(f"{mode}, {count} asked: suspended", len(asked), count)
                if number:              # the first is warm-up
                    found[mode].append(max(asked))
        for mode, samples in found.items():
            lab.keep("scale", guests=count, mode=mode, us=samples)
    lab.host.run("".join(f"xl destroy {guest.domid} & " for guests in both.values()
                         for guest in guests) + "wait", 100)
