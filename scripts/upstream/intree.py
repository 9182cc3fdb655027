# SPDX-License-Identifier: GPL-2.0
"""What is tried with the suspend event channel that is in the kernel itself; no module.

As the lab's scenarios, which are a file each: these are short.
"""

import re
import statistics

from guest import Guest
from scenario import EVENT_CHANNEL, XENSTORE, Wrong
from scenarios import lives_on

SYSFS = "/sys/hypervisor/suspend"
FILES = ("event_channel", "requests", "suspends", "failures")
KINDS = ("pv", "pvh")
CHECKPOINTS, ROUNDS, ROW, PAIRS = 20, 5, 50, 10
BATCHES, BATCH = 5, 10          # of times()
# More than shutdown_handler() makes
MOMENTS = 12
# Of the guest's: lockdep's tables are in the kernel.
MEMORY = 256


class InTree(Guest):
    def sysfs(self):
        text = self.run(f"cd {SYSFS} && for f in {' '.join(FILES)}; do read -r v <$f;"
                        " echo \"$f: $v\"; done")
        return {**dict(line.partition(": ")[::2] for line in text.splitlines() if ":" in line),
                "mode": "in-tree", "trigger": "-"}

    def published(self):
        """Wait until the node holds the port of this domain; the port."""
        self.wait(f"[ -n \"$(cat {SYSFS}/event_channel)\" ]")
        return self.sysfs()["event_channel"]


def counted(lab, guest, requests, suspends=None, failures=0):
    lab.expect("requests, suspends, failures",
               [int(guest.sysfs()[name]) for name in FILES[1:]],
               [requests, requests if suspends is None else suspends, failures])


def offered(lab, guest):
    port = guest.published()
    lab.layout(guest)
    lab.expect("the node holds the port that sysfs shows", guest.node(), port)
    if not port.isdigit() or port == "0":
        raise Wrong(f"event_channel: {port!r} is no port", lab.host.console)


def create(lab, **options):
    return lab.create(lab.case.kind, make=InTree, memory=MEMORY, **options)


def restore(lab, guest):
    lab.step("xl restore")
    guest.restore()
    lab.step(f"domain {guest.domid} runs")
    offered(lab, guest)


def default(lab):
    """Default layout: the toolstack's node. Saved, restored, saved again."""
    guest = create(lab)
    offered(lab, guest)
    counted(lab, guest, 0)
    lab.save(guest, EVENT_CHANNEL)
    restore(lab, guest)
    counted(lab, guest, 1)
    lab.save(guest, EVENT_CHANNEL)
    restore(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    counted(lab, guest, 3)


def compat(lab):
    """xend_suspend_evtchn_compat=1: the guest makes the node."""
    guest = create(lab, compat=True)
    offered(lab, guest)
    lab.save(guest, EVENT_CHANNEL)
    restore(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    counted(lab, guest, 2)


def down(lab):
    """The guest goes down: the node is left as it was found, for a kernel that kexec starts."""
    for name, compat_layout, left in (("default", False, ""), ("compat", True, None)):
        guest = create(lab, name=f"{lab.name}-{name}", compat=compat_layout,
                       settings=['on_poweroff = "preserve"'])
        offered(lab, guest)
        lab.step("in the guest: poweroff -f")
        lab.host.run(f"guest-run {guest.domid} {guest.log} 20 'poweroff -f'", check=False)
        guest.wait_state("shut down")
        lab.expect("the node", guest.node(), left)


def nothing(lab):
    """Nothing offered: xenstore, as ever. The channel in the next domain, which offers it."""
    def withhold(guest):
        lab.step("dom0 removes device/suspend; device stays read-only")
        lab.host.run(f"xenstore-rm /local/domain/{guest.domid}/device/suspend")

    guest = create(lab, prepare=withhold)
    lab.layout(guest)
    lab.expect("event_channel", guest.sysfs()["event_channel"], "")
    lab.expect("node", guest.node(), None)
    lab.checkpoint(guest, XENSTORE)
    lab.save(guest, XENSTORE)
    restore(lab, guest)
    lab.save(guest, EVENT_CHANNEL)
    restore(lab, guest)
    counted(lab, guest, 1)


def checkpoints(lab):
    """xl save -c, 20 times in a row: the same domain goes on, by the same port."""
    guest = create(lab)
    port = guest.published()
    for _ in range(CHECKPOINTS):
        lab.checkpoint(guest, EVENT_CHANNEL)
    counted(lab, guest, CHECKPOINTS)
    lab.expect("the port, given back each time", guest.node(), port)


def saves(lab):
    """xl save and restore, five times: a new domain each time."""
    guest = create(lab)
    guest.published()
    for _ in range(ROUNDS):
        lab.save(guest, EVENT_CHANNEL)
        restore(lab, guest)
    counted(lab, guest, ROUNDS)


def both(lab):
    """By xenstore first, then by the channel, by which Xen signals all suspends from then on."""
    guest = create(lab)
    guest.published()
    lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore --count {ROUNDS}"
                 " --gap-ms 100", 100)
    counted(lab, guest, 0)
    lab.checkpoint(guest, EVENT_CHANNEL)
    counted(lab, guest, 1)


def nomem(lab):
    """Allocations that fail, one after the other, while a request is read: none hangs the next."""
    guest = create(lab)
    guest.published()
    guest.run("mount -t debugfs debugfs /sys/kernel/debug && cd /sys/kernel/debug/failslab &&"
              " echo N >ignore-gfp-wait && echo 0 >verbose")
    nth = "/proc/$(pidof xenwatch)/task/$(pidof xenwatch)/fail-nth"
    for number in range(1, MOMENTS + 1):
        guest.run(f"echo {number} >{nth}")
        status, _ = lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore"
                                 " --timeout 3", check=False)
        lab.step(f"allocation {number} has failed: {'not ' if status else ''}suspended")
    guest.run(f"echo 0 >{nth}")
    lab.checkpoint(guest, EVENT_CHANNEL)


def times(lab):
    """How long it takes, by the channel and by xenstore, with the same kernel; asserts nothing."""
    guests = [(protocol, create(lab, name=f"{lab.name}-{protocol}"), [])
              for protocol in ("evtchn", "xenstore")]
    for _, guest, _ in guests:
        guest.published()
    for _ in range(BATCHES):
        for protocol, guest, found in guests:
            text = lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol}"
                                f" --count {BATCH + 1} --gap-ms 20 --timeout 20", 200)
            # The first has just bound the port.
            found += [int(us) / 1000
                      for us in re.findall(r"^sample=\d+ us=(\d+)", text, re.M)[1:]]
    for protocol, _, found in guests:
        lab.note(f"request to suspended by {protocol}: {statistics.median(found):.1f} ms (median),"
                 f" {min(found):.1f} to {max(found):.1f} ms, {len(found)} samples")


def twice(lab):
    """A request that comes twice, and requests while the guest resumes."""
    guest = create(lab)
    guest.published()
    before = 0
    for gap in range(PAIRS):
        text = lab.host.run(f"toolstack notify {guest.domid} --count 2 --gap-ms {gap} --resume"
                            " --timeout 1")
        guest.run("true")
        found = guest.sysfs()
        resumed = int(text.rsplit("resumed=", 1)[1])
        lab.expect(f"two requests {gap} ms apart: suspends, as often as resumed",
                   int(found["suspends"]) - before, resumed)
        before = int(found["suspends"])
    lab.step(f"{ROW} requests, each as soon as the domain is resumed")
    lab.host.run(f"toolstack suspend {guest.domid} --count {ROW} --timeout 10", 120)
    guest.run("true")
    lab.expect("suspends", int(guest.sysfs()["suspends"]) - before, ROW)
    lab.checkpoint(guest, EVENT_CHANNEL)


def kept(lab):
    """A toolstack that lives on, as libvirt's, and does not give its port back."""
    guest = create(lab)
    first = guest.published()
    toolstack = lives_on.Toolstack(lab, guest, "one")
    toolstack.do("suspend 3")
    guest.run("true")
    lab.expect("another port is offered", guest.published() != first, True)
    offered(lab, guest)
    lives_on.unlock(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    toolstack.do("suspend 1")
    toolstack.quit()
    lives_on.all_gone(lab)
    lab.checkpoint(guest, EVENT_CHANNEL)
    counted(lab, guest, 6)


def gone(lab):
    """A toolstack killed right after its notify: not suspended, or resumed here; then a save."""
    guest = create(lab)
    guest.published()
    lab.host.run(f"toolstack notify {guest.domid} --die-after-notify", check=False)
    lab.host.run(f"until toolstack state {guest.domid} | grep -q suspended || guest-run"
                 f" {guest.domid} {guest.log} 1 '[ $(cat {SYSFS}/failures) = 1 ]' >/dev/null;"
                 " do sleep 0.1; done", 60)
    suspended = lab.revive(guest)
    guest.run("true")
    counted(lab, guest, 1, int(suspended), int(not suspended))
    lab.checkpoint(guest, EVENT_CHANNEL)


def kunit(lab):
    """The series' KUnit tests, which run when the guest boots."""
    guest = create(lab)
    lines = guest.run("dmesg | grep -E '(not )?ok [0-9]+ '").splitlines()
    lab.report.show("\n".join(lines))
    lab.expect("tests that failed", [line for line in lines if "not ok" in line], [])
    lab.expect("the suite has passed",
               sum(1 for line in lines if re.search(r"\bok \d+ xen-suspend-request$", line)), 1)


class Scenario:
    """A function, as the lab wants it."""

    LIMIT = 420

    def __init__(self, function):
        self.NAME, self.KINDS = function.__name__, KINDS
        self.__doc__ = function.__doc__
        self.run = function


EVERY = [Scenario(function) for function in (
    default, compat, nothing, checkpoints, saves, both, twice, kept, gone, down, nomem, times,
    kunit)]
