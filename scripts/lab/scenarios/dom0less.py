# SPDX-License-Identifier: GPL-2.0
"""The layout of dom0less domains, all of which is the guest's own."""

from scenario import EVENT_CHANNEL

NAME = "dom0less"
KINDS = ("pv", "pvh")
# tools/helpers/init-dom0less.c, create_xenstore()
PATHS = ("/device", "/device/suspend", "/device/suspend/event-channel", "/control",
         "/control/shutdown", "/data")


def layout(guest):
    path = f"/local/domain/{guest.domid}"
    guest.host.run("; ".join(f"xenstore-chmod {path}{name} n{guest.domid}" for name in PATHS))


def run(lab):
    guest = lab.create(lab.case.kind, prepare=layout)
    lab.load(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.step("a node of the guest's own is left as it was found")
    layout(guest)
    guest.unload()
    lab.expect("node", guest.node(), "")
