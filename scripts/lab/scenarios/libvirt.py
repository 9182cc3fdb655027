# SPDX-License-Identifier: GPL-2.0
"""libvirt: virsh saves, suspends and destroys; libvirtd restarted and killed meanwhile."""

import functools

import devices
import trouble
import virsh
from scenarios import killed, lives_on

NAME = "libvirt"
KINDS = ("pv", "pvh")
CONTROL = True
DOM0 = "libvirt"
LIMIT = 1800
SUSPENDS = 20
# How long a device of the guest takes: long enough for what is done meanwhile
SLOW_MS = 3000
ROW = 5
# Slow: each beat is a process, and an emulated PVH guest has better things to do.
HEART = "n=0; while :; do n=$((n + 1)); echo $n >/tmp/beat; sleep 1; done"
ASKED = "/tmp/asked"


def start(lab, guest):
    """What each new domain of the guest has."""
    guest.run("insmod /refuse.ko")
    devices.script(guest, "heart", HEART)
    lab.load(guest, "toolstack-node")


def goes_on(guest):
    """Its processes do, and it is no new kernel: the heart began there."""
    guest.run("[ -s /tmp/beat ] && read -r a </tmp/beat && b=$a;"
              " until [ $b -gt $a ]; do usleep 200000; read -r b </tmp/beat; done", 60)


def states(lab, guest, domain, wanted):
    """Xen's word for the domain, and libvirt's."""
    lab.expect("the domain is, and libvirt takes it for",
               guest.states(), (domain, wanted))


def slept(lab, guest, meanwhile=None):
    """dompmsuspend, whatever is done meanwhile, and dompmwakeup."""
    asked = guest.virsh("dompmsuspend {} --target mem")
    lab.expect("libxl asked through, and the domain is",
               (asked.how, guest.domain_state()),
               (lab.how, "suspended"))
    if meanwhile:
        meanwhile()
        states(lab, guest, "suspended", "pmsuspended")
    guest.libvirtd(f"dompmwakeup {guest.name}")
    lab.expect("woken, the domain is", guest.domain_state(),
               "running")


def suspended(lab, guest, count, what):
    """What so many suspends are to leave."""
    before = {} if lab.control else lab.counters(guest)
    for _ in range(count):
        what()
    goes_on(guest)
    if not lab.control:
        lab.armed(guest)
        found = lab.since(guest, before)
        lab.expect("requests, suspends, failures",
                   [found[name] for name in ("requests", "suspends", "failures")],
                   [count, count, 0])


def saved_and_restored(lab, guest):
    lab.client(guest, "virsh save", guest.save)
    lab.expect("libvirt takes it for", guest.state(), "shut off")
    lab.step("virsh restore")
    guest.restore()
    lab.status(guest, "toolstack-node")
    goes_on(guest)


def managed(lab, guest):
    lab.client(guest, "virsh managedsave",
               lambda: guest.virsh("managedsave {}"))
    lab.expect("libvirt takes it for", guest.state(), "shut off")
    lab.step("virsh start, which restores it")
    guest.libvirtd(f"start {guest.name}", 80)
    guest.found()
    lab.status(guest, "toolstack-node")
    goes_on(guest)


def paused(lab, guest):
    lab.step("virsh suspend and resume: paused, which the guest has no part in")
    guest.libvirtd(f"suspend {guest.name}")
    lab.expect("libvirt takes it for", guest.state(), "paused")
    guest.libvirtd(f"resume {guest.name}")
    states(lab, guest, "running", "running")
    goes_on(guest)


def begin(lab, guest, ms):
    """A dompmsuspend under way, of which the guest makes no haste."""
    trouble.device(guest, delay=ms)
    guest.news()
    lab.host.run(f"(timeout 100 virsh -q -c xen:///system dompmsuspend {guest.name} --target mem"
                 f" >{ASKED} 2>&1 </dev/null; echo status $? >>{ASKED}) &")
    lab.host.run(f"until tail -n +{guest.read + 1} {guest.libxl_log} | grep -q issuing;"
                 " do sleep 0.1; done", 30)


def ended(lab):
    lab.host.run(f"until grep -q ^status {ASKED}; do sleep 0.1; done", 100)
    text = lab.host.run(f"cat {ASKED}")
    lab.report.show(text)
    return text


def restarts(lab, guest):
    lab.step("libvirtd restarted between two suspends, and while the guest is suspended")
    for signal in ("TERM", "KILL"):
        suspended(lab, guest, 1, lambda: slept(lab, guest))
        guest.libvirtd.restart(signal)
        suspended(lab, guest, 1, lambda: slept(lab, guest))
        suspended(lab, guest, 1,
                  lambda: slept(lab, guest, lambda: guest.libvirtd.restart(signal)))


def woken(lab, guest):
    """Whether it was left suspended; by libvirt's own means it runs again."""
    if guest.domain_state() != "suspended":
        return "runs on"
    how = "is left suspended"
    if guest.state() != "pmsuspended":
        how += ", libvirt takes it for " + guest.state() + " until it is restarted"
        guest.libvirtd.restart()
    states(lab, guest, "suspended", "pmsuspended")
    guest.libvirtd(f"dompmwakeup {guest.name}")
    return how


def killed_in_one(lab, guest):
    """libvirtd is killed when the guest has been asked and has not suspended."""
    for when, ms in (("when the guest is done", SLOW_MS), ("before", 8 * SLOW_MS)):
        lab.step(f"libvirtd killed in the middle of a suspend, and started again {when}")
        begin(lab, guest, ms)
        guest.libvirtd.gone("KILL")
        ended(lab)
        if when == "before":
            guest.libvirtd.start()
            lab.expect("the guest has not suspended yet",
                       guest.domain_state(), "running")
        killed.settle(lab, guest)
        guest.libvirtd.start()
        how = woken(lab, guest)
        lab.note(f"libvirtd killed in a suspend, and started again {when}: the guest {how}"
                 + (", stock" if lab.control else ""))
        if not lab.control:
            lab.expect("the guest", how, "runs on")
        lab.armed(guest)
        goes_on(guest)
        trouble.device(guest, delay=0)
        suspended(lab, guest, 1, lambda: slept(lab, guest))


def full(lab, guest):
    """A save that fails when the guest has suspended: libvirt does not resume it."""
    lab.step("virsh save to a disk that is full")
    lab.host.run("mkdir -p /tmp/full && mount -t tmpfs -o size=1m full /tmp/full")
    status, text = guest.libvirtd(f"save {guest.name} /tmp/full/image", 100, check=False)
    lab.host.run("umount /tmp/full")
    lab.report.show(text)
    lab.expect("the save failed", status != 0, True)
    lab.note(f"virsh save to a full disk: the guest {woken(lab, guest)}"
             + (", stock" if lab.control else ""))
    lab.armed(guest)
    goes_on(guest)
    suspended(lab, guest, 1, lambda: slept(lab, guest))


def in_a_row(lab, guest):
    """One client, no time between a wake-up and the next suspend."""
    lab.step(f"one virsh, {ROW} times dompmsuspend and dompmwakeup, no time in between")
    both = f"dompmsuspend {guest.name} --target mem; dompmwakeup {guest.name}; "
    _, text = guest.libvirtd(f"'{both * ROW}'", 200, check=False)
    lab.report.show(text)
    lab.expect("suspends that failed", text.count("could not be suspended"), 0)
    states(lab, guest, "running", "running")
    lab.armed(guest)
    goes_on(guest)


def down(lab, guest):
    """Until libvirt knows that the domain is gone."""
    lab.host.run("timeout 60 sh -c 'until virsh -q -c xen:///system domstate"
                 f" {guest.name} | grep -q \"shut off\"; do sleep 0.1; done'", 70)


def destroyed(lab, guest):
    lab.step("virsh destroy in the middle of a suspend, and virsh start")
    begin(lab, guest, SLOW_MS)
    guest.libvirtd(f"destroy {guest.name}", 100)
    ended(lab)
    down(lab, guest)
    guest.boot()
    guest.up()
    start(lab, guest)
    suspended(lab, guest, 1, lambda: slept(lab, guest))


def off(lab, guest):
    lab.step("in the guest: poweroff -f")
    lab.host.run(f"guest-run {guest.domid} {guest.log} 20 'poweroff -f'", check=False)
    down(lab, guest)
    lab.step("libvirt has noticed")


def run(lab):
    libvirtd = virsh.Libvirtd(lab.host)
    libvirtd.start()
    guest = lab.create(lab.case.kind, make=functools.partial(virsh.Domain, libvirtd=libvirtd))
    start(lab, guest)
    saved_and_restored(lab, guest)
    managed(lab, guest)
    paused(lab, guest)
    lab.step(f"virsh dompmsuspend and dompmwakeup, {SUSPENDS} times")
    suspended(lab, guest, SUSPENDS, lambda: slept(lab, guest))
    states(lab, guest, "running", "running")
    lives_on.locked_out(lab, guest)
    in_a_row(lab, guest)
    saved_and_restored(lab, guest)
    restarts(lab, guest)
    killed_in_one(lab, guest)
    full(lab, guest)
    destroyed(lab, guest)
    saved_and_restored(lab, guest)
    off(lab, guest)
