# SPDX-License-Identifier: GPL-2.0
"""PV guest, a node that somebody else wrote: before insmod, and while armed."""

from scenario import EVENT_CHANNEL

NAME = "pv-stale"
HOST = "pv"


def overwrite(lab, guest, command):
    """Change the node as root in dom0, and wait until the guest has reacted."""
    node = f"/local/domain/{guest.domid}/device/suspend/event-channel"
    before = int(guest.sysfs()["negotiations"])
    lab.host.run(command.format(node=node, domid=guest.domid))
    guest.wait(f"[ $(cat {guest.SYSFS}/negotiations) -gt {before} ]")


def run(lab):
    guest = lab.create("pv")
    lab.step("a stale port in the node, before insmod")
    lab.host.run(f"xenstore-write /local/domain/{guest.domid}/device/suspend/event-channel 4711")
    lab.load(guest, "toolstack-node")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")

    lab.step("garbage in the node, while armed")
    overwrite(lab, guest, "xenstore-write {node} garbage")
    lab.status(guest, "toolstack-node")

    lab.step("the node removed, while armed: nowhere to publish")
    overwrite(lab, guest, "xenstore-rm {node}")
    lab.expect("mode", guest.sysfs()["mode"], "xenstore-only")

    lab.step("the node back")
    overwrite(lab, guest, "xenstore-write {node} '' && xenstore-chmod {node} n{domid}")
    guest.wait(f"[ $(cat {guest.SYSFS}/mode) = toolstack-node ]")
    lab.status(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step("another layout, while armed: no node, but device is the guest's to write")
    overwrite(lab, guest, "xenstore-rm /local/domain/{domid}/device/suspend")
    overwrite(lab, guest, "xenstore-chmod /local/domain/{domid}/device n{domid}")
    lab.status(guest, "compat")
    lab.checkpoint(guest, EVENT_CHANNEL)
