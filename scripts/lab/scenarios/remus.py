# SPDX-License-Identifier: GPL-2.0
"""PVH guest, xl remus replicating to nowhere: at least 100 checkpoints."""

NAME = "pvh-remus"
HOST = "pvh"
CONTROL = True
LIMIT = 420
CHECKPOINTS = 100
INTERVAL_MS = 50


def replicate(lab, guest, checkpoints):
    """xl remus for so many checkpoints at least, then killed."""
    lab.step(f"xl remus, a checkpoint every {INTERVAL_MS} ms")
    lab.host.run(f"(stamp xl -vvv remus -Fbnd -i {INTERVAL_MS} {guest.name} none"
                 " >/tmp/xl.out 2>&1 </dev/null; echo end of it >>/tmp/xl.out) &")
    lab.host.run("until [ $(grep -c 'guest has suspended' /tmp/xl.out)"
                 f" -ge {checkpoints} ] || grep -q ^end /tmp/xl.out; do sleep 0.2; done", 300)
    text = lab.host.run("grep -E 'issuing|has suspended|rror|^end' /tmp/xl.out | head -n 4;"
                        " tail -n 3 /tmp/xl.out")
    lab.report.show(text)
    lab.expect("remus asked through", lab.how in text, True)
    lab.expect("remus has ended", "end of it" in text, False)

    lab.step("the end of it: xl killed; the guest goes on where it is")
    lab.host.run("kill $(pidof xl); while pidof xl libxl-save-helper >/dev/null; do"
                 " sleep 0.1; done")
    lab.revive(guest)
    lab.armed(guest)


def run(lab):
    guest = lab.guest()
    before = {} if lab.control else lab.counters(guest)
    replicate(lab, guest, CHECKPOINTS)
    done = int(lab.host.run("grep -c 'guest has suspended' /tmp/xl.out"))
    # Times between two checkpoints' ends, from stamp's microseconds
    times = [int(line) for line in lab.host.run(
        "grep 'guest has suspended' /tmp/xl.out | cut -d ' ' -f 1").splitlines()]
    gaps = sorted((b - a) / 1000 for a, b in zip(times, times[1:]))
    lab.note(f"{done} checkpoints, {gaps[len(gaps) // 2]:.0f} ms from one to the next (median)"
             + (", stock" if lab.control else ""))
    if not lab.control:
        found = lab.since(guest, before)
        # The last request may have come when xl was being killed.
        lab.expect("suspends and failures, of the requests",
                   found["suspends"] + found["failures"], found["requests"])
        lab.expect("suspends, at least", found["suspends"] >= done, True)
        lab.expect("failures, at most the last one's", found["failures"] <= 1, True)
    lab.checkpoint(guest)
