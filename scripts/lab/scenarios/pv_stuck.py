# SPDX-License-Identifier: GPL-2.0
"""PV guest, a task that never freezes: who is told what, and a save that does not wait for it."""

import re

import trouble
from scenario import EVENT_CHANNEL

NAME = "pv-stuck"
HOST = "pv"
DEADLINE_MS = 8000


def seconds(messages, pattern):
    """The kernel's times of the messages that contain a pattern."""
    return [float(line[1:].split("]")[0]) for line in messages.splitlines()
            if re.search(pattern, line)]


def save(lab, guest):
    """xl-save-watched: what it says, and how long after "failed" it ended."""
    status, text = lab.host.run(
        f"stamp xl-save-watched {guest.name} /tmp/stuck.save; s=$?; echo \"status $s\";"
        " cut -d ' ' -f 1 /proc/uptime", 100, check=False)
    lab.report.show(text)
    said = re.search(rf"(\d+) {guest.name}: failed", text)
    lab.expect("xl-save-watched's exit status", re.search(r"^status (\d+)", text, re.M)[1], "75")
    end = float(text.splitlines()[-1])
    lab.step(f"the save ended {end - int(said[1]) / 1e6:.1f} s after the guest had said so")
    lab.expect("the domain", guest.domain_state(), "running")
    status, _ = lab.host.run("test -e /tmp/stuck.save || pidof libxl-save-helper ||"
                             " ps -o args | grep -q '^xl save'", check=False)
    lab.expect("nothing of it is left", status, 1)


def run(lab):
    guest = lab.create("pv")
    trouble.prepare(guest)
    lab.load(guest, "toolstack-node")
    guest.run("uevent sh -c '[ -z \"$XEN_SUSPEND\" ] || env | grep ^XEN_SUSPEND | sort"
              " >>/tmp/uevents' >/dev/null 2>&1 &")

    lab.step("a task that does not freeze as long as anybody waits")
    trouble.parameter(guest, "deadline_ms", DEADLINE_MS)
    guest.messages()
    before = len(guest.run("dmesg").splitlines())
    trouble.hold(guest, "task", 3 * DEADLINE_MS)
    save(lab, guest)
    trouble.idle(guest)
    log = "\n".join(guest.run("dmesg").splitlines()[before:])
    # "of tasks" in 6.1, "user space processes" in 6.12
    kernel = seconds(log, "Freezing .* failed after")
    ours = seconds(log, "refused to freeze")
    lab.report.show(guest.messages())
    lab.expect("as many verdicts of the module as of the kernel", len(ours), len(kernel))
    late = max(mine - its for its, mine in zip(kernel, ours))
    lab.step(f"the module's came {late * 1000:.0f} ms after the kernel's, at the most")
    error = guest.sysfs()["last_error"]
    # Everybody may read last_error and hear uevents: the task is somebody's own affair.
    lab.expect("last_error", error, "-16 1 task refused to freeze: the kernel log names it")
    named = re.search(r"not frozen: (sh, pid \d+)$", log, re.M)
    lab.expect("the log names the task", bool(named), True)
    lab.expect("the status node", trouble.status(lab, guest, "failed"),
               f"failed 16: {error.split(' ', 1)[1]} ({named[1]})")
    guest.wait("[ -s /tmp/uevents ]")
    lab.expect("the uevent", guest.run("cat /tmp/uevents").splitlines(),
               ["XEN_SUSPEND=failed", "XEN_SUSPEND_ERROR=-16", "XEN_SUSPEND_REASON=tasks",
                "XEN_SUSPEND_TEXT=" + error.split(" ", 1)[1]])
    guest.wait("! grep -qs hold /proc/[0-9]*/stack", 40)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.expect("the status node, after a save that went well",
               trouble.status(lab, guest, "resumed"), "resumed")

    lab.step("a device that will not suspend")
    trouble.device(guest, device=5)
    save(lab, guest)

    lab.step("where the guest may not write its data, nothing is written, and all else goes on")
    path = f"/local/domain/{guest.domid}/data"
    lab.host.run(f"xenstore-rm {path}/suspend-status && xenstore-chmod {path} n0 r{guest.domid}")
    lab.host.run(f"toolstack suspend {guest.domid} --timeout 3", check=False)
    trouble.idle(guest)
    lab.expect("the status node", guest.store(trouble.STATUS), None)
    lab.expect("last_error", guest.sysfs()["last_error"].split()[0], "-5")
    trouble.device(guest, device=0)
    lab.checkpoint(guest, EVENT_CHANNEL)
