# SPDX-License-Identifier: GPL-2.0
"""xl killed at ten moments of a save: the guest lives, and the next save works."""

NAME = "killed"
KINDS = ("pv", "pvh")
CONTROL = True
LIMIT = 500
MOMENTS = 10
# The rest of its lines xl writes all at once, as it ends.
UNTIL = 0.8


def run(lab):
    guest = lab.guest()
    save = f"xl -vvv save -c {guest.name} {guest.saved} >/tmp/save.log 2>&1 </dev/null"
    whole = int(lab.host.run(f"{save}; wc -l </tmp/save.log; rm {guest.saved}", 100))
    lab.step(f"a whole xl -vvv save -c writes {whole} lines: they are the moments")
    left = 0
    for moment in range(MOMENTS):
        line = int(whole * UNTIL * (2 * moment + 1) / (2 * MOMENTS)) + 1
        before = {} if lab.control else lab.counters(guest)
        lab.step(f"xl killed when it has written line {line}")
        status = lab.host.run(
            f"{save} & until [ $(wc -l </tmp/save.log) -ge {line} ] || [ ! -e /proc/$!/exe ]; do :;"
            " done; kill -9 $!; wait $!; echo $? >/tmp/killed;"
            " while pidof libxl-save-helper >/dev/null; do sleep 0.1; done;"
            f" rm -f {guest.saved}; tail -n 1 /tmp/save.log; cat /tmp/killed", 70)
        lab.report.show(status)
        lab.expect("xl's status: killed", status.splitlines()[-1], "137")
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
    if not lab.control and guest.domain_state() != "suspended":
        # Being served, it suspends; if not, it is armed again.
        lab.host.run(f"until [ $(toolstack state {guest.domid}) = suspended ] ||"
                     f" guest-run {guest.domid} {guest.log} 1 '[ $(cat {guest.SYSFS}/state) ="
                     " armed ]' >/dev/null; do sleep 0.1; done", 70)
