# SPDX-License-Identifier: GPL-2.0
"""A request that comes twice, and requests while the guest resumes: none lost, none served twice."""

NAME = "twice"
KINDS = ("pv", "pvh")
PAIRS = 20
ROW = 50


def run(lab):
    guest = lab.guest()
    seen = set()
    for gap in range(PAIRS):
        before = lab.counters(guest)
        text = lab.host.run(f"toolstack notify {guest.domid} --count 2 --gap-ms {gap} --resume"
                            " --timeout 1")
        lab.armed(guest)
        found = lab.since(guest, before)
        resumed = int(text.rsplit("resumed=", 1)[1])
        lab.expect(f"two requests {gap} ms apart: suspends, as often as resumed",
                   found["suspends"], resumed)
        lab.expect("one or two of them", found["suspends"] in (1, 2), True)
        lab.expect("requests, each of which led to one", found["requests"], resumed)
        # Xen itself makes one of two that it has not delivered yet.
        lab.expect("no more notifies seen than sent",
                   found["requests"] + found["coalesced"] + found["spurious"] <= 2, True)
        lab.expect("failures", found["failures"], 0)
        seen.add(resumed)
    lab.note(f"two requests 0 to {PAIRS - 1} ms apart led to {' or '.join(map(str, sorted(seen)))}"
             " suspends")

    lab.step(f"{ROW} requests, each as soon as the domain is resumed: the guest is still thawing")
    before = lab.counters(guest)
    text = lab.host.run(f"toolstack suspend {guest.domid} --count {ROW} --timeout 10", 120)
    lab.report.show(text.splitlines()[-1])
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")], [ROW, ROW, 0])
    lab.checkpoint(guest)
