# SPDX-License-Identifier: GPL-2.0
"""PV guest, default layout: the toolstack's node, empty and guest-writable."""

from scenario import EVENT_CHANNEL

NAME = "pv-default"
HOST = "pv"


def run(lab):
    guest = lab.create("pv")
    lab.layout(guest)
    lab.expect("node", guest.node(), "")
    lab.stock(guest)

    lab.load(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
