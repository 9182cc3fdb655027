# SPDX-License-Identifier: GPL-2.0
"""A device that refuses with a disk frozen before it: the disk is what it is in a stock guest.

When dpm_suspend_start() fails, do_suspend() has not yet set si.cancelled. Where the
compiler makes that 0, what was frozen is told .restore in a domain that never
stopped, and blkfront frees a ring that the backend goes on using.
"""

import re

import devices
import trouble

NAME = "refusal"
KINDS = ("pv", "pvh")
LIMIT = 500
EBUSY, TIMEOUT, DEADLINE_MS = 16, 10, 9000
TRACING = "/sys/kernel/tracing"
RESTORE = 0x40          # PM_EVENT_RESTORE


def prepare(lab, name):
    """A guest whose disk is the newest device: the first to be frozen."""
    guest = lab.create(lab.case.kind, name)
    guest.run("insmod /refuse.ko")
    devices.frontends(guest)
    lab.host.run(f"xl block-attach {guest.domid} '{devices.SPEC}'")
    devices.attached(guest)
    devices.fill(guest)
    lab.expect("the disk", devices.probe(guest), "works")
    guest.run(f"echo 1 >{TRACING}/events/power/suspend_resume/enable")
    return guest


def told(guest):
    """(attempts, events that devices were told after those that got no further)."""
    text = guest.run(f"cat {TRACING}/trace", 60)
    attempts, events, further = 0, [], False
    for name, event in re.findall(r"suspend_resume: (dpm_\w+)\[(\d+)\] begin", text):
        if name == "dpm_suspend":
            attempts, further = attempts + 1, False
        elif name == "dpm_suspend_noirq":
            further = True
        elif name == "dpm_resume" and not further:
            events.append(int(event))
    return attempts, events


def ask(lab, guest, protocol):
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol}"
                                f" --timeout {TIMEOUT}", TIMEOUT + 10, check=False)
    lab.report.show(text)
    return status


def refused(lab, guest, times, protocol):
    """One request that a device refuses; (toolstack's status, attempts, events)."""
    trouble.device(guest, times=times, device=EBUSY)
    status = ask(lab, guest, protocol)
    if protocol == "evtchn":
        trouble.idle(guest)
        lab.report.show(guest.messages())
    attempts, events = told(guest)
    trouble.device(guest, device=0)
    lab.note(f"{guest.name}: {attempts} attempts; after those that a device refused, PM events"
             f" {' '.join(f'{event:#x}' for event in events)}; suspended: {status == 0}")
    return status, attempts, events


def afterwards(lab, guest, protocol):
    """Asked again, now that nothing refuses; then what the disk does."""
    lab.expect("the toolstack's exit status, asked again", ask(lab, guest, protocol), 0)
    disk = devices.probe(guest)
    lab.note(f"{guest.name}: the disk {disk}")
    return disk


def stock(lab, words, times):
    guest = prepare(lab, f"{words}-stock")
    refused(lab, guest, times, "xenstore")
    disk = afterwards(lab, guest, "xenstore")
    guest.destroy()
    return disk


def module(lab, words, times):
    guest = prepare(lab, f"{words}-module")
    lab.load(guest, "toolstack-node")
    trouble.parameter(guest, "deadline_ms", DEADLINE_MS)
    status, attempts, events = refused(lab, guest, times, "evtchn")
    sysfs = guest.sysfs()
    lab.step(f"last_error: {sysfs['last_error']}")
    lab.expect("event_channel, as in xenstore", sysfs["event_channel"], guest.node())
    if RESTORE in events:
        lab.expect("attempts, .restore having been told", attempts, 1)
        lab.expect("last_error says so", "not trying again" in sysfs["last_error"], True)
    else:
        lab.expect("more than one attempt", attempts > 1, True)
        lab.expect("suspended, if it was refused once", status == 0, times == 1)
    disk = afterwards(lab, guest, "evtchn")
    lab.check_splats()
    guest.destroy()
    return disk


def run(lab):
    devices.backends(lab.host)
    for words, times in (("once", 1), ("for-ever", -1)):
        lab.step(f"a device that refuses {words.replace('-', ' ')}")
        found = stock(lab, words, times)
        disk = module(lab, words, times)
        if found == "works":
            lab.expect("the disk, as in a stock guest", disk, found)
