# SPDX-License-Identifier: GPL-2.0
"""PVH guest, default layout."""

from scenario import EVENT_CHANNEL

NAME = "pvh-default"
HOST = "pvh"


def run(lab):
    guest = lab.create("pvh")
    lab.layout(guest)
    lab.expect("node", guest.node(), "")
    lab.stock(guest)

    lab.load(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
