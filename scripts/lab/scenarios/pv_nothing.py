# SPDX-License-Identifier: GPL-2.0
"""PV guest, a layout that offers nothing: the stock protocol goes on working."""

from scenario import XENSTORE

NAME = "pv-nothing"
HOST = "pv"


def withhold(lab, guest):
    """As a toolstack that knows no suspend event channel lays it out."""
    lab.step("dom0 removes device/suspend; device stays read-only")
    lab.host.run(f"xenstore-rm /local/domain/{guest.domid}/device/suspend")


def run(lab):
    guest = lab.create("pv")
    withhold(lab, guest)
    lab.layout(guest)

    lab.load(guest, "xenstore-only")
    lab.save(guest, XENSTORE)
    # xl lays out the new domain with the node again, and the module finds it.
    lab.restore(guest, "toolstack-node")
