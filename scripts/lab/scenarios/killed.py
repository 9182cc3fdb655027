# SPDX-License-Identifier: GPL-2.0
"""xl killed at ten moments of a save: the guest lives, and the next save works."""

import re

NAME = "killed"
KINDS = ("pv", "pvh")
CONTROL = True
LIMIT = 500
MOMENTS = 10


def elapsed_ms(lab, command):
    text = lab.host.run(f"t=$(cut -d ' ' -f 1 /proc/uptime); {command}; cut -d ' ' -f 1"
                        " /proc/uptime; echo $t", 100)
    end, start = (float(word) for word in re.findall(r"^\d+\.\d+$", text, re.M)[-2:])
    return (end - start) * 1000


def run(lab):
    guest = lab.guest()
    save = f"xl save -c {guest.name} {guest.saved} >/tmp/save.log 2>&1 </dev/null"
    whole = elapsed_ms(lab, save)
    lab.step(f"a whole xl save -c takes {whole:.0f} ms")
    left = 0
    for moment in range(MOMENTS):
        delay = whole * (moment + 0.5) / MOMENTS
        before = {} if lab.control else lab.counters(guest)
        lab.step(f"xl killed after {delay:.0f} ms")
        lab.host.run(f"{save} & sleep 0; usleep {delay * 1000:.0f}; kill -9 $! 2>/dev/null;"
                     " while pidof libxl-save-helper >/dev/null; do sleep 0.1; done;"
                     f" rm -f {guest.saved}", 70)
        settle(lab, guest)
        left += lab.revive(guest)
        lab.armed(guest)
        if not lab.control:
            found = lab.since(guest, before)
            lab.expect("suspends and failures, of the requests",
                       found["suspends"] + found["failures"], found["requests"])
        lab.checkpoint(guest)
    lab.note(f"left suspended by a killed xl, for an administrator to resume:"
             f" {left} of {MOMENTS}" + (", stock" if lab.control else ""))


def settle(lab, guest):
    """Wait until the request, if there was one, has been served or dropped."""
    lab.host.run(f"until [ $(toolstack state {guest.domid}) = suspended ] ||"
                 f" guest-run {guest.domid} {guest.log} 1 true >/dev/null; do sleep 0.1; done", 70)
    if not lab.control and lab.host.run(f"toolstack state {guest.domid}") != "suspended":
        # Being served, it suspends; if not, it is armed again.
        lab.host.run(f"until [ $(toolstack state {guest.domid}) = suspended ] ||"
                     f" guest-run {guest.domid} {guest.log} 1 '[ $(cat {guest.SYSFS}/state) ="
                     " armed ]' >/dev/null; do sleep 0.1; done", 70)
