# SPDX-License-Identifier: GPL-2.0
"""Saves that fail: disk full, reader gone, helper killed; a stock guest beside, both run on."""

import beside
from background import Background

NAME = "save-fails"
KINDS = ("pv", "pvh")
LIMIT = 600
DISK, PIPE = "/tmp/small", "/tmp/pipe"
# Megabytes of the file system that the guest is saved to: its whole image needs more.
SIZES = (1, 40, 100)


def full(pair, size):
    host = pair.lab.host

    def attempt(guest):
        host.run(f"mkdir -p {DISK} && mount -t tmpfs -o size={size}m small {DISK}")
        xl = Background(host, f"xl save {guest.name} {DISK}/image")
        status, text = xl.wait(100)
        host.run(f"umount {DISK}")
        return status, text

    pair.save_fails(f"the disk is full after {size} MB", attempt)


def reader(pair, command, what, how="gone"):
    """The image goes into a pipe, and who reads it ends, or is at a loss."""
    host = pair.lab.host

    def attempt(guest):
        host.run(f"rm -f {PIPE}; mkfifo {PIPE}; rm -f {beside.RELAY_LOG}")
        relay = Background(host, f"relay {beside.RELAY_LOG} --how {how}"
                                 f" {command.format(guest.domid)} cat <{PIPE} >/dev/null")
        xl = Background(host, f"xl save {guest.name} {PIPE}")
        if how == "hold":
            beside.kill_helper(host)
        status, text = xl.wait(100)
        relay.wait(100)
        pair.lab.report.show(host.run(f"cat {beside.RELAY_LOG}"))
        pair.lab.expect("it was cut", host.run(f"grep -c ^cut: {beside.RELAY_LOG}"), "1")
        return status, text

    pair.save_fails(what, attempt)


class Pair(beside.Pair):
    def save_fails(self, what, attempt):
        """The same save of each; both run on."""
        lab = self.lab
        for guest in self.both:
            lab.step(f"{guest.name}: xl save; {what}")
            status, text = attempt(guest)
            lab.report.show(beside.told(text))
            lab.expect("the save failed, and the domain is", (
                status != 0, guest.domain_state()), (True, "running"))
            beside.goes_on(guest)
            self.check(guest)
        lab.note(f"{what}: it runs on, and so does stock")


def run(lab):
    pair = Pair(lab)
    for size in SIZES:
        full(pair, size)
    reader(pair, "--bytes 1000", "the reader of a pipe is gone after 1000 bytes")
    reader(pair, "--suspended {}", "the reader is gone when the guest is suspended")
    reader(pair, f"--suspended {{}} --more {64 << 20}", "or 64 MiB later")
    reader(pair, "--suspended {}", "the helper is killed when the guest is suspended", "hold")
