# SPDX-License-Identifier: GPL-2.0
"""Two toolstacks at once, one by each protocol: the guest serves both and stays armed."""

from background import ENDED

NAME = "two-toolstacks"
KINDS = ("pv", "pvh")
ROUNDS = 20


def run(lab):
    guest = lab.guest()
    lab.checkpoint(guest)
    before = lab.counters(guest)
    lab.step(f"{ROUNDS} suspends by the event channel; meanwhile somebody else asks through xenstore")
    # Xen tells only the subscriber of a suspend: the other one waits in vain,
    # which is why libxl never uses both (fact 4 of the protocol).
    one = lab.toolstack(guest, "suspend", f"--count {ROUNDS} --gap-ms 30 --timeout 30")
    lab.host.run(f"until grep -q ^{ENDED} {one.log}; do toolstack suspend {guest.domid} --protocol"
                 " xenstore --count 5 --gap-ms 13 --timeout 1 >>/tmp/other 2>&1 </dev/null;"
                 f" if ! pidof toolstack >/dev/null; then toolstack resume {guest.domid}; fi; done"
                 " 2>/dev/null; true", 150)
    lab.report.show(lab.host.run("tail -n 2 /tmp/other"))
    # The subscriber hears of every suspend that it asks for.
    lab.ended(one)
    lab.expect("the other one's errors, but for having waited in vain",
               lab.host.run("grep ^toolstack: /tmp/other | grep -v 'told of no suspend' || true"), "")
    lab.revive(guest)
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("suspends and failures, of the requests",
               found["suspends"] + found["failures"], found["requests"])
    # The last request may come while the guest resumes, and its toolstack leave.
    lab.expect("at most the last one fails", found["failures"] <= 1, True)
    lab.checkpoint(guest)
    lab.save(guest)
    lab.restore(guest, "toolstack-node")
