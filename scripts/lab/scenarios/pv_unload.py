# SPDX-License-Identifier: GPL-2.0
"""PV guest, rmmod: allowed before a subscription, refused after, allowed in a new domain."""

from scenario import EVENT_CHANNEL

NAME = "pv-unload"
HOST = "pv"


def refused(lab, guest):
    status, text = guest.run("rmmod xen_suspend", check=False)
    lab.report.show(text)
    lab.expect("rmmod is refused", status != 0, True)
    lab.expect("a log line says why", "rmmod is refused" in guest.messages(), True)
    lab.status(guest, "toolstack-node")


def run(lab):
    guest = lab.create(lab.case.kind)
    lab.load(guest, "toolstack-node")
    lab.step("rmmod before any toolstack has come")
    guest.unload()
    lab.expect("node, as found", guest.node(), "")

    lab.load(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.step("rmmod after xl save -c: Xen is subscribed")
    refused(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.step("rmmod in a new domain")
    guest.unload()
    lab.expect("node, as found", guest.node(), "")
    lab.stock(guest, "after rmmod")

    lab.load(guest, "toolstack-node")
    lab.step("rmmod while a toolstack has the port bound: waits, and the save goes on")
    toolstack = lab.toolstack(guest, "subscribe", "--hold 3")
    toolstack.until("subscribed")
    guest.run("(rmmod xen_suspend; echo $? >/tmp/rmmod) >/dev/null 2>&1 &")
    guest.wait("dmesg | grep -q 'unloading waits'")
    lab.ended(toolstack)
    lab.save(guest, EVENT_CHANNEL)
    lab.step("xl restore: a new domain, nobody is subscribed, rmmod ends")
    guest.restore()
    guest.wait("[ -e /tmp/rmmod ]")
    lab.expect("rmmod's exit code", guest.run("cat /tmp/rmmod"), "0")
    lab.expect("node, as found", guest.node(), "")
    lab.stock(guest, "after rmmod")
