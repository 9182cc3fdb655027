# SPDX-License-Identifier: GPL-2.0
"""HVM guest asleep in ACPI S3: libxl saves it without asking, and no request is counted.

libxl looks at the S-state before anything else, and shuts the domain down itself. The guest
learns nothing of it. Awake again, it is asked as ever.

Two things about that sleep are none of the module's, and are seen with stock guests, too
(Documentation/lab.rst). It is the first of a domain, and the last that can be. And now and
then no event reaches the guest any more soon after it has woken up: what it would have
counted is then not known.
"""

from scenario import Wrong

NAME = "hvm-s3"
HOST = "hvm"
CONTROL = True
UNASKED = "xc_domain_shutdown"
# Of Xen's list of event channels: one that is pending and not masked
PENDING = "[1/0/"


def s_state(lab, guest, wanted):
    lab.expect("ACPI S-state", lab.host.run(f"toolstack s-state {guest.domid}"), wanted)


def asleep(lab, guest):
    lab.step("in the guest: echo mem >/sys/power/state (deep: ACPI S3)")
    guest.run("echo deep >/sys/power/mem_sleep")
    guest.run("(echo mem >/sys/power/state; echo status $? >/tmp/slept) >/tmp/sleep 2>&1 &")
    status, _ = lab.host.run(f"timeout 60 sh -c 'until [ $(toolstack s-state {guest.domid}) = 3 ];"
                             " do sleep 0.1; done'", 70, check=False)
    if status:
        raise Wrong("it does not fall asleep", lab.host.console)


def deaf(lab, guest):
    """Are there events for the guest that do not reach it?"""
    title = f"Event channel information for domain {guest.domid}:"
    lab.host.run("xl dmesg -c >/dev/null; xl debug-keys e;"
                 f" until xl dmesg | grep -q '{title}'; do sleep 0.1; done")
    listed = lab.host.run("xl dmesg").split(title)[1].split("Event channel information")[0]
    lab.report.show(listed)
    return PENDING in listed


def woken(lab, guest):
    """Wake it up; false if it then gets no events."""
    lab.step("xl trigger s3resume")
    lab.host.run(f"xl trigger {guest.name} s3resume")
    ended = guest.run("until [ -e /tmp/slept ]; do sleep 0.1; done; cat /tmp/slept /tmp/sleep",
                      60, check=False)
    s_state(lab, guest, "0")
    if ended[0] and deaf(lab, guest):
        return False
    lab.expect("how its sleep has ended", ended, (0, "status 0"))
    return True


def run(lab):
    guest = lab.guest()
    lab.checkpoint(guest)
    before = {} if lab.control else lab.counters(guest)
    port = guest.node()

    asleep(lab, guest)
    lab.step("xl save -c")
    asked = guest.checkpoint()
    lab.report.show("\n".join(asked.lines))
    lab.expect("libxl has not asked, but called", asked.how, UNASKED)
    lab.expect("the port in xenstore, as before", guest.node(), port)
    s_state(lab, guest, "3")

    if not woken(lab, guest):
        guest.destroy()
        lab.reduced("woken up, the guest gets no more events: its counters are not compared")
        return
    if not lab.control:
        lab.expect("state", guest.sysfs()["state"], "armed")
        lab.expect("what the module has counted", lab.since(guest, before),
                   dict.fromkeys(before, 0))
    lab.checkpoint(guest)
