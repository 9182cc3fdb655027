# SPDX-License-Identifier: GPL-2.0
"""What is tried with the suspend event channel that is in the kernel itself; no module.

As the lab's scenarios, which are a file each: these are short.
"""

import re

from guests import SYSFS, Function
from scenario import EVENT_CHANNEL, XENSTORE
from scenarios import lives_on

CHECKPOINTS, ROUNDS, ROW, PAIRS = 10, 5, 50, 10


def default(lab):
    """Default layout: the toolstack's node. Saved, restored, saved again."""
    guest = lab.guest()
    lab.counted(guest, 0)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest)
    lab.counted(guest, 1)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.counted(guest, 3)


def compat(lab):
    """xend_suspend_evtchn_compat=1: the guest makes the node."""
    guest = lab.guest(compat=True)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.counted(guest, 2)


def down(lab):
    """The guest goes down: the node is left as it was found, for a kernel that kexec starts."""
    for name, compat_layout, left in (("default", False, ""), ("compat", True, None)):
        guest = lab.create(lab.case.kind, name=f"{lab.name}-{name}", compat=compat_layout,
                           settings=['on_poweroff = "preserve"'])
        lab.status(guest, "")
        lab.step("in the guest: poweroff -f")
        lab.host.run(f"guest-run {guest.domid} {guest.log} 20 'poweroff -f'", check=False)
        guest.wait_state("shut down")
        lab.expect("the node", guest.node(), left)


def nothing(lab):
    """Nothing offered: xenstore, as ever. The channel in the next domain, which offers it."""
    def withhold(guest):
        lab.step("dom0 removes device/suspend; device stays read-only")
        lab.host.run(f"xenstore-rm /local/domain/{guest.domid}/device/suspend")

    guest = lab.create(lab.case.kind, prepare=withhold)
    lab.layout(guest)
    lab.expect("event_channel", guest.sysfs()["event_channel"], "")
    lab.expect("node", guest.node(), None)
    lab.checkpoint(guest, XENSTORE)
    lab.save(guest, XENSTORE)
    lab.restore(guest)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest)
    lab.counted(guest, 1)


def checkpoints(lab):
    """xl save -c, ten times in a row: the same domain goes on, by the same port."""
    guest = lab.guest()
    port = guest.published()
    for _ in range(CHECKPOINTS):
        lab.checkpoint(guest, EVENT_CHANNEL)
    lab.counted(guest, CHECKPOINTS)
    lab.expect("the port, given back each time", guest.node(), port)


def saves(lab):
    """xl save and restore, five times: a new domain each time. PV with two vCPUs."""
    guest = lab.guest(vcpus=2 if lab.case.kind == "pv" else 1)
    for _ in range(ROUNDS):
        lab.save(guest, EVENT_CHANNEL)
        lab.restore(guest)
    lab.counted(guest, ROUNDS)


def both(lab):
    """By xenstore first, then by the channel, by which Xen signals all suspends from then on."""
    guest = lab.guest()
    lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore --count {ROUNDS}"
                 " --gap-ms 100", 100)
    lab.counted(guest, 0)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.counted(guest, 1)


def twice(lab):
    """A request that comes twice, and requests while the guest resumes."""
    guest = lab.guest()
    before = 0
    for gap in range(PAIRS):
        text = lab.host.run(f"toolstack notify {guest.domid} --count 2 --gap-ms {gap} --resume"
                            " --timeout 1")
        lab.armed(guest)
        found = guest.sysfs()
        resumed = int(text.rsplit("resumed=", 1)[1])
        lab.expect(f"two requests {gap} ms apart: suspends, as often as resumed",
                   int(found["suspends"]) - before, resumed)
        before = int(found["suspends"])
    lab.step(f"{ROW} requests, each as soon as the domain is resumed")
    lab.host.run(f"toolstack suspend {guest.domid} --count {ROW} --timeout 10", 120)
    lab.armed(guest)
    lab.expect("suspends", int(guest.sysfs()["suspends"]) - before, ROW)
    lab.checkpoint(guest, EVENT_CHANNEL)


def kept(lab):
    """A toolstack that lives on, as libvirt's, and does not give its port back."""
    guest = lab.guest()
    first = guest.published()
    toolstack = lives_on.Toolstack(lab, guest, "one")
    toolstack.do("suspend 3")
    guest.run("true")
    lab.expect("another port is offered", guest.published() != first, True)
    lab.status(guest, "")
    lives_on.unlock(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    toolstack.do("suspend 1")
    toolstack.quit()
    lives_on.all_gone(lab)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.counted(guest, 6)


def gone(lab):
    """A toolstack killed right after its notify: not suspended, or resumed here; then a save."""
    guest = lab.guest()
    lab.host.run(f"toolstack notify {guest.domid} --die-after-notify", check=False)
    lab.host.run(f"until toolstack state {guest.domid} | grep -q suspended || guest-run"
                 f" {guest.domid} {guest.log} 1 '[ $(cat {SYSFS}/failures) = 1 ]' >/dev/null;"
                 " do sleep 0.1; done", 60)
    suspended = lab.revive(guest)
    lab.armed(guest)
    lab.counted(guest, 1, failures=int(not suspended))
    lab.checkpoint(guest, EVENT_CHANNEL)


def kunit(lab):
    """The series' KUnit tests, which run when the guest boots."""
    guest = lab.guest(arguments="kunit.enable=1 kunit.autorun=1")
    lines = guest.run("dmesg | grep -E '(not )?ok [0-9]+ '").splitlines()
    lab.report.show("\n".join(lines))
    lab.expect("tests that failed", [line for line in lines if "not ok" in line], [])
    lab.expect("the suite has passed",
               sum(1 for line in lines if re.search(r"\bok \d+ xen-suspend-request$", line)), 1)


EVERY = [Function(function) for function in (
    default, compat, nothing, checkpoints, saves, both, twice, kept, gone, down, kunit)]
