# SPDX-License-Identifier: GPL-2.0
"""The channel in the kernel when things go wrong, and clients that ask much of it; no module."""

import trouble
from guests import EBUSY, TIMEOUT_S, Function, ask
from scenarios import killed, migrate, pair, remus

STORM = 50_000
# libxl waits for 60 s, the guest's patience is 55 s.
SLOW_MS, LIBXL_S = 57_000, 60


def refused(lab, guest, what, **settings):
    """Something refuses; nothing suspends, it is told, and the next one works."""
    before = lab.counters(guest)
    trouble.device(guest, **settings)
    lab.expect(f"{what} refuses: suspended", ask(lab, guest), False)
    lab.armed(guest)
    lab.expect(f"{what} refuses: failures", lab.since(guest, before)["failures"], 1)
    lab.report.show(guest.messages())
    trouble.device(guest, **{name: 0 for name in settings})
    guest.run("usleep 1000")            # timers go on
    lab.checkpoint(guest)


def refusals(lab):
    """A device refuses in each of three phases, a task does not freeze; then asked again."""
    guest = lab.guest()
    trouble.prepare(guest)
    refused(lab, guest, "a device", device=EBUSY)
    refused(lab, guest, "a device, late", late=EBUSY)
    refused(lab, guest, "syscore", syscore=EBUSY)
    for kind in ("task", "kthread"):
        before = lab.counters(guest)
        trouble.hold(guest, kind, 1000 * TIMEOUT_S)
        lab.expect(f"a {kind} does not freeze: suspended", ask(lab, guest), False)
        lab.armed(guest)
        lab.expect("failures", lab.since(guest, before)["failures"], 1)
        guest.wait("! grep -qs hold /proc/[0-9]*/stack")
        lab.checkpoint(guest)
    # The toolstack had it still when it was refused: another one may have been offered.
    lab.status(guest, "")
    lab.save(guest)
    lab.restore(guest)


def too_late(lab):
    """A device takes 57 s to freeze: libxl is about to give up, and nothing suspends any more."""
    guest = lab.guest()
    trouble.prepare(guest)
    trouble.device(guest, delay=SLOW_MS)
    lab.expect("suspended", ask(lab, guest, LIBXL_S), False)
    lab.armed(guest)
    lab.counted(guest, 1, failures=1)
    lab.expect("the reason", "not suspended: -62" in guest.messages(), True)
    trouble.device(guest, delay=0)
    lab.checkpoint(guest)


def storm(lab):
    """50,000 notifies in a row, to a guest that is resumed whenever it suspends."""
    guest = lab.guest()
    toolstack = lab.toolstack(guest, "notify", f"--count {STORM} --resume --timeout 3")
    text = lab.ended(toolstack, limit=400)
    lab.armed(guest)
    found = lab.counters(guest)
    sent, resumed = (int(text.split(f"{word}=")[1].split()[0]) for word in ("notified", "resumed"))
    lab.expect("suspends, as often as the toolstack resumed", found["suspends"], resumed)
    lab.expect("some, and fewer than notifies", 0 < found["suspends"] <= sent, True)
    lab.note(f"{sent} notifies, {found['suspends']} suspends, {found['failures']} refused")
    lab.checkpoint(guest)


def xl_killed(lab):
    """xl killed at ten moments of a save: the guest lives, and the next save works."""
    lab.control = True                  # no file of the module is looked for
    try:
        killed.run(lab)
    finally:
        lab.control = False
    (guest,) = lab.guests
    lab.armed(guest)
    found = lab.counters(guest)
    # The checkpoint at the beginning, and one after each
    lab.expect("suspends, at least", found["suspends"] > killed.MOMENTS, True)


def replicated(lab):
    """xl remus to nowhere: at least 100 checkpoints, by one port that it keeps."""
    remus.run(lab)


def migrated(lab):
    """xl migrate to the same host, three times."""
    migrate.run(lab)
    (guest,) = lab.guests
    lab.counted(guest, migrate.ROUNDS)


def layouts(lab):
    """Two hosts: xl migrate to where another layout is, and back, four times."""
    pair.run(lab)


# Debian's Xen has no log-dirty for PV guests.
EVERY = [Function(refusals), Function(too_late, ("pv",)), Function(storm, limit=600),
         Function(xl_killed, limit=600), Function(replicated, ("pvh",)),
         Function(migrated, ("pvh",)), Function(layouts, ("pair",), limit=600)]
