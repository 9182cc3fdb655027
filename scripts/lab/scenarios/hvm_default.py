# SPDX-License-Identifier: GPL-2.0
"""HVM guest, default layout."""

from scenario import EVENT_CHANNEL

NAME = "hvm-default"
HOST = "hvm"


def run(lab):
    guest = lab.create("hvm")
    lab.expect("the guest is no PVH guest", guest.run("cat /sys/hypervisor/guest_type"), "HVM")
    lab.layout(guest)
    lab.expect("node", guest.node(), "")
    lab.stock(guest)

    lab.load(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
