# SPDX-License-Identifier: GPL-2.0
"""What it costs to have the module loaded and not to use it."""

import re

NAME = "bench-loaded"
KINDS = ("pv", "pvh")
ALONE = True
SECONDS = 10


def counts(guest):
    """What would move if the module did anything at all."""
    pid = re.search(r"^ *(\d+) .*\[xen-suspend\]", guest.run("ps"), re.M)[1]
    text = guest.run(f"cat /proc/interrupts; grep ctxt_switches /proc/{pid}/status")

    def line(pattern):
        return sum(int(number) for number in re.search(pattern, text, re.M)[1].split())

    return {"interrupts of the suspend channel": line(r"^ *\d+:((?: +\d+)+) .*xen-suspend$"),
            "interrupts of xenbus": line(r"^ *\d+:((?: +\d+)+) .*xenbus$"),
            "context switches of its thread":
                sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", text)))}


def run(lab):
    guest = lab.guest()
    before = counts(guest)
    lab.step(f"idle for {SECONDS} s")
    lab.host.run(f"sleep {SECONDS}", SECONDS + 30)
    grown = {what: count - before[what] for what, count in counts(guest).items()}
    timers = guest.run("grep -c xen_suspend /proc/timer_list || true")
    size = int(guest.run("cat /sys/module/xen_suspend/coresize"))
    lab.keep("loaded", guest=lab.case.kind, seconds=SECONDS, bytes=size, timers=int(timers),
             **{"counts": grown})
    lab.step(f"{size} bytes, {timers} timers; in {SECONDS} s: " + ", ".join(
        f"{count} {what}" for what, count in grown.items()))
