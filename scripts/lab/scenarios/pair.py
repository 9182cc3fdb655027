# SPDX-License-Identifier: GPL-2.0
"""Two hosts: xl migrate to where another layout is, and back, four times."""

from scenario import XENSTORE

NAME = "pair-layouts"
HOST = "pair"
CONTROL = True
LIMIT = 500


def withhold(guest):
    """As a toolstack that knows no suspend event channel lays it out."""
    device = f"/local/domain/{guest.domid}/device"
    guest.host.run(f"xenstore-rm {device}/suspend; xenstore-chmod {device} n0 r{guest.domid}")


def run(lab):
    here, there = lab.host, lab.host.peer
    guest = lab.guest()
    lab.step("default → compat, and back")
    lab.migrate(guest, "compat", there, compat=True)
    lab.migrate(guest, "toolstack-node", here, compat=False)

    lab.step("default → nothing offered, and back")
    lab.migrate(guest, "xenstore-only", there, unpause=withhold)
    lab.migrate(guest, "toolstack-node", here, how=XENSTORE)

    lab.step("default → default, and the same clients there")
    lab.migrate(guest, "toolstack-node", there)
    lab.checkpoint(guest)
    lab.save(guest)
    lab.restore(guest, "toolstack-node")

    lab.step("compat → nothing offered → compat")
    lab.migrate(guest, "compat", here, compat=True)
    lab.migrate(guest, "xenstore-only", there, unpause=withhold)
    lab.migrate(guest, "compat", here, how=XENSTORE)
