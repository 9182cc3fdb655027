# SPDX-License-Identifier: GPL-2.0
"""Soak: 1,000 suspends in one guest, 100 times save and restore; none lost, no memory lost."""

NAME = "soak"
KINDS = ("pv", "pvh")
LIMIT = 1700
SUSPENDS, BATCH, ROUNDS = 1000, 100, 100


def slab_kb(guest):
    """Memory in slabs that cannot be given back, when caches are empty."""
    guest.run("sync; echo 3 >/proc/sys/vm/drop_caches")
    return int(guest.run("sed -n 's/^SUnreclaim: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo"))


def run(lab):
    guest = lab.guest()
    # What is allocated once and kept, by the first of each kind, is no growth.
    lab.host.run(f"toolstack suspend {guest.domid} --count {BATCH}", 150)
    lab.save(guest)
    lab.restore(guest, "toolstack-node")
    sizes = [slab_kb(guest)]

    lab.step(f"{SUSPENDS} suspends")
    before = lab.counters(guest)
    for _ in range(SUSPENDS // BATCH):
        lab.report.show(lab.host.run(f"toolstack suspend {guest.domid} --count {BATCH}"
                                     " | tail -n 1", 200))
        sizes.append(slab_kb(guest))
    lab.armed(guest)
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")],
               [SUSPENDS, SUSPENDS, 0])

    lab.step(f"{ROUNDS} times xl save and restore")
    before = lab.counters(guest)
    rounds = []
    for number in range(ROUNDS):
        asked = guest.save()
        if asked.how != lab.how:
            lab.expect(f"round {number + 1}: xl asked through", asked.how, lab.how)
        guest.restore()
        guest.wait(f"[ $(cat {guest.SYSFS}/mode) = toolstack-node ]")
        lab.armed(guest)
        if number % 10 == 9:
            rounds.append(slab_kb(guest))
    found = lab.since(guest, before)
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")],
               [ROUNDS, ROUNDS, 0])
    lab.status(guest, "toolstack-node")
    for what, sampled in ((f"{SUSPENDS} suspends", sizes), (f"{ROUNDS} saves", rounds)):
        lab.note(f"{what}: SUnreclaim, from first to last:"
                 f" {' '.join(str(size) for size in sampled)} kB")
        grows(lab, what, sampled)


def grows(lab, what, sizes):
    """A leak grows all the time: the later half never again as small as the earlier."""
    half = len(sizes) // 2
    lab.expect(f"{what}: kernel memory grows all the time",
               min(sizes[half:]) > max(sizes[:half]), False)
