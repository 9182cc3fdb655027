# SPDX-License-Identifier: GPL-2.0
"""PV guest, xend_suspend_evtchn_compat=1: the node is the guest's own."""

from scenario import EVENT_CHANNEL

NAME = "pv-compat"
HOST = "pv"


def run(lab):
    guest = lab.create(lab.case.kind, compat=True)
    lab.layout(guest)
    lab.expect("device/suspend", guest.store("device/suspend"), None)

    lab.load(guest, "compat")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "compat")

    # Nobody has subscribed to this domain: the module may go.
    lab.step("rmmod xen_suspend")
    guest.unload()
    lab.layout(guest)
    lab.expect("device/suspend", guest.store("device/suspend"), None)
