# SPDX-License-Identifier: GPL-2.0
"""The guest's xenstore quota exhausted: it goes by the stock protocol, or needs no new node."""

from scenario import EVENT_CHANNEL, XENSTORE

NAME = "quota"
KINDS = ("pv", "pvh")
STORES = ("C",)         # xenstore-control's quota is C xenstored's own
DEFAULT = 1000


def nodes(lab, number):
    lab.host.run(f"xenstore-control quota set nodes {number}")


def run(lab):
    try:
        guest = lab.create(lab.case.kind)
        lab.step("no node more, where the toolstack made the suspend node")
        nodes(lab, 1)
        lab.load(guest, "toolstack-node")
        lab.checkpoint(guest, EVENT_CHANNEL)
        lab.expect("the status node could not be made", guest.store("data/suspend-status"), None)
        guest.destroy()

        compat = lab.create(lab.case.kind, f"{lab.name}-compat", compat=True)
        lab.step("no node more, where the guest is to make it: insmod fails, and says why")
        status, text = compat.run("insmod /xen-suspend.ko", check=False)
        lab.report.show(text)
        lab.expect("insmod fails", status != 0, True)
        lab.expect("the log says why", "-28" in compat.messages(), True)
        nodes(lab, DEFAULT)
        lab.load(compat, "compat")
        lab.save(compat, EVENT_CHANNEL)

        lab.step("no node more in the new domain: the stock protocol is left")
        nodes(lab, 1)
        compat.restore()
        compat.wait(f"[ $(cat {compat.SYSFS}/mode) = xenstore-only ]")
        lab.expect("last_error says why", compat.sysfs()["last_error"].split()[0], "-28")
        lab.expect("device/suspend", compat.store("device/suspend"), None)
        lab.checkpoint(compat, XENSTORE)

        lab.step("quota given back: it has been trying all the time")
        nodes(lab, DEFAULT)
        compat.wait(f"[ $(cat {compat.SYSFS}/mode) = compat ]", 100)
        lab.status(compat, "compat")
        lab.checkpoint(compat, EVENT_CHANNEL)
    finally:
        nodes(lab, DEFAULT)
