# SPDX-License-Identifier: GPL-2.0
"""PV guest, parameters: the xenstore trigger works, and nonsense is refused with a reason."""

from scenario import EVENT_CHANNEL

NAME = "pv-trigger"
HOST = "pv"

REFUSED = {
    "trigger=fast": "must be auto, direct or xenstore",
    "toolstack_domid=32752": "no domain has a number above 32751",
}


def run(lab):
    guest = lab.create("pv")
    for parameter, reason in REFUSED.items():
        lab.step(f"insmod xen-suspend.ko {parameter}")
        status, text = guest.run(f"insmod /xen-suspend.ko {parameter}", check=False)
        lab.report.show(text)
        lab.expect("insmod fails", status != 0, True)
        lab.expect("errno", "Invalid" in text, True)
        lab.expect("the log says why", reason in guest.messages(), True)
    lab.expect("node", guest.node(), "")

    lab.load(guest, "toolstack-node", "trigger=xenstore")
    lab.expect("trigger", guest.sysfs()["trigger"], "xenstore")
    lab.save(guest, EVENT_CHANNEL)
    lab.restore(guest, "toolstack-node")
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.expect("control/shutdown, taken by the kernel", guest.store("control/shutdown"), "")
    sysfs = guest.sysfs()
    lab.expect("requests, suspends, cancelled",
               [sysfs[name] for name in ("requests", "suspends", "cancelled")], ["2", "2", "1"])
    lab.expect("last_error", sysfs["last_error"], "0")
