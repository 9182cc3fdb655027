# SPDX-License-Identifier: GPL-2.0
"""The node made read-only and given back: nothing offered, then armed again."""

from scenario import EVENT_CHANNEL, XENSTORE

NAME = "read-only"
KINDS = ("pv", "pvh")


def run(lab):
    guest = lab.guest()
    node = f"/local/domain/{guest.domid}/device/suspend/event-channel"

    lab.step("read-only with our port in it: nothing has changed")
    lab.host.run(f"xenstore-chmod {node} n0 r{guest.domid}")
    lab.status(guest, "toolstack-node")

    lab.step("emptied, too: nowhere to publish, the stock protocol is left")
    before = lab.counters(guest, "negotiations")["negotiations"]
    lab.host.run(f"xenstore-write {node} ''")
    guest.wait(f"[ $(cat {guest.SYSFS}/mode) = xenstore-only ]")
    lab.expect("negotiated again", lab.counters(guest, "negotiations")["negotiations"] > before,
               True)
    lab.expect("node", guest.node(), "")
    lab.expect("last_error says why", guest.sysfs()["last_error"].startswith("-13 "), True)
    lab.checkpoint(guest, XENSTORE)

    lab.step("given back")
    lab.host.run(f"xenstore-chmod {node} n{guest.domid}")
    guest.wait(f"[ $(cat {guest.SYSFS}/mode) = toolstack-node ]")
    lab.status(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
