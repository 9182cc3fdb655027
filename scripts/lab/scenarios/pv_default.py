# SPDX-License-Identifier: GPL-2.0
"""PV guest, default layout: the toolstack's node, empty and guest-writable."""

from scenario import EVENT_CHANNEL

NAME = "pv-default"
HOST = "pv"


def loaded(lab):
    """A guest with the module, after a suspend without it."""
    guest = lab.create(lab.case.kind)
    lab.layout(guest)
    lab.expect("node", guest.node(), "")
    lab.stock(guest)
    lab.load(guest, "toolstack-node")
    return guest


def saved_and_restored(lab, guest):
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")


def run(lab):
    guest = loaded(lab)
    saved_and_restored(lab, guest)
    saved_and_restored(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
