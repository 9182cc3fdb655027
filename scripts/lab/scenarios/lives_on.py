# SPDX-License-Identifier: GPL-2.0
"""A toolstack that lives on, as libvirt's: it never gives a port back that it has bound."""

import re
import statistics

from scenarios import remus

NAME = "lives-on"
KINDS = ("pv", "pvh")
CONTROL = True
LIMIT = 500
SUSPENDS, BATCHES, TURNS, CHECKPOINTS, IN_A_ROW = 20, 4, 5, 20, 10
# How long the toolstack waits for the guest to offer another port
PATIENCE_S = 10


class Toolstack:
    """A longlived (dom0/longlived.c), told what to do through a pipe."""

    def __init__(self, lab, guest, name, patience_s=PATIENCE_S):
        self.lab, self.guest, self.name = lab, guest, name
        self.pipe, self.log = f"/tmp/tell-{name}", f"/tmp/told-{name}"
        self.read = 0           # lines of its answers that are known
        self.waits = []         # ms from a resume to another port
        # The log is there before anybody counts what is in it.
        lab.host.run(f"rm -f {self.pipe}; mkfifo {self.pipe}; : >{self.log};"
                     f" (longlived --wait {patience_s} {guest.name} <>{self.pipe}"
                     f" >{self.log} 2>&1) &")

    def tell(self, command):
        """Let it do this; what it says of it."""
        self.lab.host.run(f"n=$(grep -c ^done {self.log}); echo {command} >{self.pipe};"
                          f" until [ $(grep -c ^done {self.log}) -gt $n ]; do sleep 0.1; done", 250)
        lines = self.lab.host.run(f"tail -n +{self.read + 1} {self.log}").splitlines()
        self.read += len(lines)
        self.lab.report.show("\n".join(lines[:-1]))
        return lines

    def do(self, command):
        """Let it do this, which has to go well."""
        lines = self.tell(command)
        self.lab.expect(f"toolstack {self.name}, {command}: what went wrong",
                        [line for line in lines if re.search("failed|no such", line)], [])
        self.waits += [int(line.split()[-2]) for line in lines if line.startswith("ready:")]

    def quit(self):
        self.lab.host.run(f"echo quit >{self.pipe}; rm {self.pipe}")


def all_gone(lab, limit=60):
    """Until every such process has ended; what those that do not are at."""
    status, _ = lab.host.run(f"timeout {limit} sh -c 'while pidof longlived >/dev/null;"
                             " do sleep 0.1; done'", limit + 10, check=False)
    if status:
        lab.report.show(lab.host.run(
            "cd /proc; for task in $(for pid in $(pidof longlived); do ls -d $pid/task/*; done);"
            " do echo $task; cat $task/wchan $task/syscall $task/stack; done", check=False)[1])
    lab.expect("processes left", lab.host.run("pidof longlived || true"), "")


def suspend(lab, guest, toolstack, count):
    """So many in a row, for each of which the guest offers a port of its own."""
    toolstack.do(f"suspend {count}")
    guest.run("true")
    if lab.control:
        return
    held = guest.run(f"cat {guest.SYSFS}/held_event_channel")
    lab.expect("a port is held, and the node names another",
               (held.isdigit(), guest.node() != held), (True, True))


def in_a_row(lab, guest):
    """With nothing at all between a resume and the next suspend.

    The guest offers another port when its tasks are thawed: who comes before that is
    told that the port is taken, and the guest runs on.
    """
    hasty = Toolstack(lab, guest, "hasty", 0)
    lines = hasty.tell(f"suspend {IN_A_ROW}")
    suspended = sum(line.startswith("suspend: OK") for line in lines)
    lab.expect("the first went well", lines[0].startswith("suspend: OK"), True)
    lab.note(f"{IN_A_ROW} suspends with nothing in between: {suspended} went well before the"
             " first that did not" + (", stock" if lab.control else ""))
    hasty.quit()
    all_gone(lab)
    unlock(lab, guest)
    lab.checkpoint(guest)


def unlock(lab, guest):
    """The remedy for libxl's lock, which the process keeps with the port."""
    lab.host.run(f"rm -f /run/xen/suspend-evtchn-{guest.domid}.lock")


def locked_out(lab, guest):
    """What another process gets that comes without the remedy."""
    status, text = lab.host.run(f"xl save -c {guest.name} {guest.saved}", 100, check=False)
    lab.host.run(f"rm -f {guest.saved}")
    why = re.search(r"Can't .*? lock file|failed to [a-z ]*", text)
    lab.note("xl save -c beside a process that has suspended the guest and lives on: "
             + (f"fails ({why[0] if why else status})" if status else "works")
             + (", stock" if lab.control else ""))


def saved_and_restored(lab, guest):
    lab.save(guest)
    lab.restore(guest, "toolstack-node")


def others(lab):
    """What other processes do meanwhile, one after each batch of suspends."""
    found = [lambda lab, guest: lab.checkpoint(guest), saved_and_restored]
    if lab.case.kind == "pvh":      # Debian's Xen has no log-dirty for PV.
        found.append(lambda lab, guest: remus.replicate(lab, guest, CHECKPOINTS))
    return found


def run(lab):
    guest = lab.guest()
    one = Toolstack(lab, guest, "one")
    lab.step(f"{SUSPENDS} suspends by one process that lives on, others' clients in between")
    between = others(lab)
    for batch in range(BATCHES):
        suspend(lab, guest, one, SUSPENDS // BATCHES)
        if batch == 0:
            locked_out(lab, guest)
        if batch < len(between):
            unlock(lab, guest)
            between[batch](lab, guest)

    lab.step("two such processes take turns")
    two = Toolstack(lab, guest, "two")
    for _ in range(TURNS):
        for toolstack in (two, one):
            unlock(lab, guest)
            suspend(lab, guest, toolstack, 1)
    waits = sorted(one.waits + two.waits)
    if not lab.control:
        replaced = int(guest.run(f"cat {guest.SYSFS}/replacements"))
        lab.expect("ports replaced, at least one for each call", replaced >= len(waits), True)
    lab.note(f"from a resume to a port for the next call: {statistics.median(waits):.0f} ms"
             f" (median), {waits[-1]} ms at most" + (", stock" if lab.control else ""))

    lab.step("saved and restored by the first of them")
    unlock(lab, guest)
    one.do(f"save {guest.saved}")
    one.do(f"restore {guest.saved}")
    lab.host.run(f"rm {guest.saved}")
    guest.found()
    lab.status(guest, "toolstack-node")
    suspend(lab, guest, one, 1)

    lab.step("both have ended")
    one.quit()
    two.quit()
    all_gone(lab)
    lab.checkpoint(guest)
