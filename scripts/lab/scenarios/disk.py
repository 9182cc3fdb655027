# SPDX-License-Identifier: GPL-2.0
"""A busy disk and network card, suspended, checkpointed, saved, restored: nothing is lost."""

import devices

NAME = "disk"
KINDS = ("pv", "pvh")
CONTROL = True
LIMIT = 500
SUSPENDS, CHECKPOINTS = 10, 3


def run(lab):
    devices.backends(lab.host)
    guest = lab.guest(settings=devices.SETTINGS)
    devices.frontends(guest)
    devices.attached(guest)
    devices.connected(guest)
    traffic = devices.Traffic(lab, guest)
    protocol = "xenstore" if lab.control else "evtchn"
    lab.step(f"{SUSPENDS} suspends in a row, resumed in place")
    lab.report.show(lab.host.run(f"toolstack suspend {guest.domid} --count {SUSPENDS}"
                                 f" --protocol {protocol}", 100))
    traffic.goes_on()
    for _ in range(CHECKPOINTS):
        lab.checkpoint(guest)
        traffic.goes_on()
    lab.save(guest)
    lab.restore(guest, "toolstack-node")
    traffic.goes_on()
    lab.checkpoint(guest)
    traffic.end()
