# SPDX-License-Identifier: GPL-2.0
"""HVM guest, default layout."""

from scenario import EVENT_CHANNEL
from scenarios.pv_default import loaded, saved_and_restored

NAME = "hvm-default"
HOST = "hvm"


def run(lab):
    guest = loaded(lab)
    lab.expect("the guest is no PVH guest", guest.run("cat /sys/hypervisor/guest_type"), "HVM")
    saved_and_restored(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
