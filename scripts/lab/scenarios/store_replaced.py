# SPDX-License-Identifier: GPL-2.0
"""xenstored updated live or killed, under a request and while suspended; a stock guest beside."""

import re

import beside
import trouble
from background import Background

NAME = "store-replaced"
KINDS = ("pv", "pvh")
STORES = ("C", "OCaml")
LIMIT = 700             # more than 600: a host of its own, which is of no use afterwards
# How long a device of the guests takes: long enough for what is done meanwhile
SLOW_MS = 5000
PID = "/run/xen/xenstored.pid"


def update(lab):
    """Replace the running xenstored by a new one, which takes over all that it has."""
    process = f"/proc/$(cat {PID})"
    lab.host.run(f"xenstore-control live-update -t 20 $(readlink {process}/exe)", 60)
    arguments = lab.host.run(f"tr '\\0' ' ' <{process}/cmdline")
    lab.expect("the one that runs was started by an update",
               bool(re.search(r" (-U|--live)\b", arguments)), True)
    lab.host.run("timeout 10 xenstore-read domid")


def ask(guest, where="/dev/null"):
    """xl save -c; the guest has been asked when this returns."""
    xl = Background(guest.host, f"xl -vvv save -c {guest.name} {where}")
    xl.until("issuing.*suspend request")
    return xl


def goes_well(pair, guest, xl):
    lab = pair.lab
    status, text = xl.wait(150)
    lab.report.show(beside.told(text))
    lab.expect("xl's status, and the domain is",
               (status, guest.domain_state()), (0, "running"))
    beside.goes_on(guest)
    pair.check(guest)


def pending(pair):
    """The guest has been asked, and has not suspended."""
    for guest in pair.both:
        pair.lab.step(f"{guest.name}: xenstored updated under a pending request")
        trouble.device(guest, delay=SLOW_MS)
        xl = ask(guest)
        pair.lab.expect("the domain is", guest.domain_state(), "running")
        update(pair.lab)
        goes_well(pair, guest, xl)
        trouble.device(guest, delay=0)


def suspended(pair):
    """The guest is suspended: its image goes into a pipe that nobody reads yet."""
    lab = pair.lab
    for guest in pair.both:
        lab.step(f"{guest.name}: xenstored updated while it is suspended")
        lab.host.run("rm -f /tmp/pipe; mkfifo /tmp/pipe")
        reader = Background(lab.host, "exec 3</tmp/pipe; until [ -e /tmp/read ]; do sleep 0.1;"
                                      " done; cat <&3 >/dev/null")
        xl = ask(guest, "/tmp/pipe")
        guest.wait_state("suspended")
        update(lab)
        lab.expect("the domain is", guest.domain_state(), "suspended")
        lab.host.run("touch /tmp/read")
        goes_well(pair, guest, xl)
        reader.wait()
        lab.host.run("rm /tmp/read")


def killed(pair):
    """It has nothing of what there was; the guests cannot be reached by it any more."""
    lab = pair.lab
    lab.step("both have a pending request; xenstored is killed, and another one started")
    asked = []
    for guest in (pair.guest, pair.stock):
        trouble.device(guest, delay=SLOW_MS)
        asked.append(ask(guest))
    lab.expect("the domains are", [guest.domain_state() for guest in pair.both], ["running"] * 2)
    lab.host.run(f"pid=$(cat {PID}); kill -9 $pid; while kill -0 $pid 2>/dev/null; do sleep 0.1;"
                 f" done; rm -f /run/xenstored/socket* {PID};"
                 f" {lab.host.xenstored} --pid-file {PID} && timeout 60 xen-init-dom0", 90)
    ends = []
    for guest, xl in zip((pair.guest, pair.stock), asked):
        status, text = xl.wait(150)
        lab.report.show(beside.told(text))
        ends.append((status == 0, guest.domain_state()))
        lab.note(f"xenstored killed under a request: {guest.name}: xl save -c"
                 f" {'fails' if status else 'works'}, the guest is {ends[-1][1]}")
    module, stock = ends
    lab.expect("the save works if stock's does", module[0] or not stock[0], True)
    lab.expect("the guest runs", module[1], "running")
    for guest in pair.both:
        lab.expect(f"the new xenstored knows of {guest.name}", lab.host.run(
            f"xl domname {guest.domid}", check=False)[0] == 0, False)


def run(lab):
    pair = beside.Pair(lab)
    for guest in pair.both:
        guest.run("insmod /refuse.ko")
    pending(pair)
    suspended(pair)
    for guest in pair.both:
        lab.step(f"{guest.name}: saved and restored by the new one")
        guest.save()
        guest.restore()
        beside.goes_on(guest)
        pair.check(guest)
    # Afterwards nobody can talk to them any more: what they have to say, they say before.
    lab.check_splats()
    lab.check_handshakes()
    killed(pair)
    lab.guests.clear()
