# SPDX-License-Identifier: GPL-2.0
"""What patches 1 to 4 mend: with the series it works, and without it does not.

Asked by xenstore, as ever: the channel has no part in it but for a save at the end. A
scenario fails when the kernel without the series does not have the fault.
"""

import re

import devices
import guests
import kernel
import trouble
from guests import EBUSY, Function
from scenarios import refusal

# More allocations than a request takes until devices freeze
MOMENTS = 12


def ask(lab, guest):
    """A suspend by control/shutdown; whether it came to that."""
    return guests.ask(lab, guest, protocol="xenstore")


def answers(guest, command="true"):
    """Whether the guest's shell gets that done in some seconds."""
    status, _ = guest.host.run(f"guest-run {guest.domid} {guest.log} 8 '{command}'", 20,
                               check=False)
    return status == 0


def judge(lab, guest, what, works):
    """With the series it works, without it does not: and then the guest is of no more use."""
    mended = lab.flavour == kernel.SERIES
    lab.note(f"{what}: {'yes' if works else 'no'}, {'with' if mended else 'without'} the series")
    lab.expect(what, works, mended)
    if mended:
        lab.checkpoint(guest)
    else:
        guest.destroy()
        lab.guests.remove(guest)


def disk(lab):
    """Patch 1: a device refuses when a disk is frozen already. Does the disk work after that?"""
    devices.backends(lab.host)
    guest = refusal.prepare(lab, lab.name)
    status, _, _ = refusal.refused(lab, guest, 1, "xenstore")
    lab.expect("the request was refused", status != 0, True)
    judge(lab, guest, "the disk works", devices.probe(guest) == "works")


def noirq(lab):
    """Patch 2: a device refuses in the noirq phase. Does the guest live?"""
    guest = lab.create(lab.case.kind)
    trouble.prepare(guest)
    trouble.device(guest, late=EBUSY)
    lab.expect("suspended", ask(lab, guest), False)
    bug = f"grep -q 'kernel BUG at' {guest.log}"
    lab.host.run(f"until {bug} || guest-run {guest.domid} {guest.log} 1 true >/dev/null;"
                 " do sleep 0.1; done", 60)
    lives = lab.host.run(bug, check=False)[0] != 0
    if lives:
        trouble.device(guest, late=0)
    judge(lab, guest, "the guest lives", lives)


def tick(lab):
    """Patch 3: a syscore callback refuses. Do timers go on?"""
    guest = lab.create(lab.case.kind)
    trouble.prepare(guest)
    trouble.device(guest, syscore=EBUSY)
    lab.expect("suspended", ask(lab, guest), False)
    goes_on = answers(guest, "sleep 1")
    if goes_on:
        trouble.device(guest, syscore=0)
    judge(lab, guest, "timers go on", goes_on)


def nomem(lab):
    """Patch 4: one allocation after the other fails while a request is read. Do later ones work?"""
    guest = lab.create(lab.case.kind)
    guest.run("mount -t debugfs debugfs /sys/kernel/debug && cd /sys/kernel/debug/failslab &&"
              " echo N >ignore-gfp-wait && echo 0 >verbose")
    pid = re.search(r"^ *(\d+) .*\[xenwatch\]", guest.run("ps"), re.M)[1]
    for number in range(1, MOMENTS + 1):
        guest.run(f"echo {number} >/proc/{pid}/fail-nth")
        # One is for the acknowledgement: then it suspends, and the toolstack waits for that.
        suspended = ask(lab, guest) or lab.revive(guest)
        works = answers(guest, f"echo 0 >/proc/{pid}/fail-nth") and ask(lab, guest)
        lab.step(f"allocation {number} has failed: {'' if suspended else 'not '}suspended;"
                 f" the next request {'works' if works else 'hangs'}")
        if not works:
            break
    judge(lab, guest, "a request after one that found no memory works", works)


EVERY = [Function(function, kernels=(kernel.SERIES, kernel.STOCK))
         for function in (disk, noirq, tick, nomem)]
