# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-status tells a guest's whole story: run on copies of its files."""

import json
import subprocess
import sys
from pathlib import Path

import trouble
from scenarios.pv_nothing import withhold

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(1, str(TOP / "tests/status"))

import fixture                          # noqa: E402

NAME = "pv-status"
HOST = "pv"
TOOL = TOP / "tools/xen-suspend-status"
EIO = 5
# The guests have no Python: their files are copied to where there is one.
FILES = ("/sys/hypervisor/type /sys/hypervisor/guest_type /proc/uptime /proc/xen/capabilities"
         " /sys/devices/system/clocksource/clocksource0/available_clocksource"
         " $(find /sys/devices/platform/xen-suspend/ /sys/module/xen_suspend/parameters/"
         " /sys/module/xen_suspend/version /sys/kernel/debug/xen-suspend/ -maxdepth 2 -type f"
         " ! -path '*/power/*' 2>/dev/null)")


def tree(lab, guest, name):
    """A copy of the files that the tool reads, as they are in the guest."""
    text = guest.run(f"for f in {FILES}; do if [ -r $f ]; then echo \"@file $f\"; cat $f; fi; done",
                     60)
    folder = lab.host.folder / "status"
    folder.mkdir(exist_ok=True)
    # tests/status/ has such files.
    (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    return fixture.unpack(text, folder / name)


def story(lab, guest, name, status):
    """What the tool tells, which is compared with the guest's own files."""
    root = tree(lab, guest, name)
    lab.step(f"xen-suspend-status, {name}")
    told = subprocess.run([TOOL, "--root", root], stdout=subprocess.PIPE, text=True, check=False)
    lab.report.show(told.stdout)
    lab.expect("exit status", told.returncode, status)
    found = json.loads(subprocess.run([TOOL, "--json", "--root", root], stdout=subprocess.PIPE,
                                      text=True, check=False).stdout)
    lab.expect("status", found["status"], status)
    if found["loaded"]:
        sysfs = guest.sysfs()
        for what in ("mode", "state", "trigger"):
            lab.expect(what, found[what], sysfs[what])
        lab.expect("counters", found["counters"],
                   {what: int(sysfs[what]) for what in found["counters"]})
    return found


def run(lab):
    guest = lab.create("pv")
    guest.run("mkdir -p /sys/kernel/debug && mount -t debugfs debugfs /sys/kernel/debug")
    story(lab, guest, "not-loaded", 2)
    lab.load(guest, "toolstack-node")
    lab.expect("advice", story(lab, guest, "armed", 0)["advice"], [])

    lab.checkpoint(guest)
    lab.save(guest)
    lab.restore(guest, "toolstack-node")
    found = story(lab, guest, "saved", 0)
    lab.expect("suspends, cancelled", [found["counters"][what] for what in ("suspends",
                                                                           "cancelled")], [2, 1])

    guest.run("insmod /refuse.ko")
    trouble.device(guest, device=EIO)
    lab.host.run(f"toolstack suspend {guest.domid} --timeout 3", check=False)
    trouble.idle(guest)
    found = story(lab, guest, "failed", 1)
    lab.expect("failed", found["failed"]["device"], 1)
    lab.expect("errno", found["last_error"]["errno"], -EIO)
    lab.expect("advice on devices", found["advice"][0].startswith("device: "), True)

    other = lab.create("pv", "pv-status-2")
    withhold(lab, other)
    lab.load(other, "xenstore-only")
    found = story(lab, other, "xenstore-only", 1)
    lab.expect("advice says", "offers no event channel" in found["advice"][0], True)
