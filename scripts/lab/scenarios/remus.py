# SPDX-License-Identifier: GPL-2.0
"""PVH guest, xl remus replicating to nowhere: at least 100 checkpoints."""

from background import Background

NAME = "pvh-remus"
HOST = "pvh"
CONTROL = True
LIMIT = 420
CHECKPOINTS = 100
INTERVAL_MS = 50


def replicate(lab, guest, checkpoints):
    """xl remus for so many checkpoints at least, then killed; when each had suspended, in us."""
    lab.step(f"xl remus, a checkpoint every {INTERVAL_MS} ms")
    xl = Background(guest.host, f"stamp xl -vvv remus -Fbnd -i {INTERVAL_MS} {guest.name} none")
    xl.until("guest has suspended", 300, checkpoints)
    lab.expect("remus asked through", xl.matching(f"issuing.*{lab.how}") > 0, True)
    lab.expect("remus goes on", xl.runs, True)

    lab.step("the end of it: xl killed; the guest goes on where it is")
    lab.host.run("kill $(pidof xl); while pidof xl libxl-save-helper >/dev/null; do"
                 " sleep 0.1; done")
    lab.revive(guest)
    lab.armed(guest)
    # Times between two checkpoints' ends, from stamp's microseconds
    return [int(line.split()[0]) for line in xl.text().splitlines()
            if "guest has suspended" in line]


def run(lab):
    guest = lab.guest()
    before = {} if lab.control else lab.counters(guest)
    times = replicate(lab, guest, CHECKPOINTS)
    gaps = sorted((b - a) / 1000 for a, b in zip(times, times[1:]))
    lab.note(f"{len(times)} checkpoints, {gaps[len(gaps) // 2]:.0f} ms from one to the next (median)"
             + (", stock" if lab.control else ""))
    if not lab.control:
        found = lab.since(guest, before)
        # The last request may have come when xl was being killed.
        lab.expect("suspends and failures, of the requests",
                   found["suspends"] + found["failures"], found["requests"])
        lab.expect("suspends, at least", found["suspends"] >= len(times), True)
        lab.expect("failures, at most the last one's", found["failures"] <= 1, True)
    lab.checkpoint(guest)
