# SPDX-License-Identifier: GPL-2.0
"""Saved without the module and restored, then the module is loaded."""

from scenario import EVENT_CHANNEL, XENSTORE

NAME = "later"
KINDS = ("pv", "pvh", "hvm")


def run(lab):
    guest = lab.create(lab.case.kind)
    lab.step("xl save, xl restore")
    lab.asked(guest, guest.save(), XENSTORE, "without module", "-")
    guest.restore()
    lab.load(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
