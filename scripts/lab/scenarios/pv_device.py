# SPDX-License-Identifier: GPL-2.0
"""PV guest, a device that refuses: tried again if it may pass, failed at once if not."""

import trouble
from scenario import EVENT_CHANNEL

NAME = "pv-device"
HOST = "pv"
EIO, EBUSY = 5, 16


def suspend(lab, guest, timeout):
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --timeout {timeout}",
                                timeout + 10, check=False)
    lab.report.show(f"{text}\n{guest.messages()}")
    trouble.idle(guest)
    return status


def run(lab):
    guest = lab.create("pv")
    guest.run("insmod /refuse.ko")
    lab.load(guest, "toolstack-node")

    # What do_suspend() tells the others is up to the kernel's compiler: refusal.py.
    lab.step("busy once: -EBUSY may pass, if no other device was told of a restore")
    trouble.device(guest, device=EBUSY, times=1)
    status = suspend(lab, guest, 4)
    final = "not trying again" in guest.sysfs()["last_error"]
    lab.note(f"a device that refuses once: {'not ' if final else ''}tried again")
    lab.expect("the toolstack's exit status", status, int(final))
    lab.expect("suspends, failures, retries, of a device",
               list(trouble.counts(guest, "suspends", "failures", "retries",
                                   "failed/device").values()),
               [0, 1, 0, 1] if final else [1, 0, 1, 1])

    # Not in dpm_suspend_end(): there do_suspend() takes a refusal for a restore,
    # and the xenwatch thread of every guest hits a BUG() in xs_resume().
    lab.step("broken: -EIO does not pass")
    before = trouble.counts(guest, "suspends", "failures", "retries")
    trouble.device(guest, times=-1, device=EIO)
    lab.expect("the toolstack's exit status", suspend(lab, guest, 4), 1)
    error = guest.sysfs()["last_error"]
    lab.expect("errno and device", error.startswith(f"-{EIO} device refuse refused"), True)
    lab.expect("the status node", trouble.status(lab, guest, "failed"),
               f"failed {EIO}: " + error.split(" ", 1)[1].split(";")[0])
    found = trouble.counts(guest, "suspends", "failures", "retries")
    lab.expect("suspends, failures, retries", [found[name] - before[name] for name in found],
               [0, 1, 0])
    lab.expect("event_channel, as in xenstore", guest.sysfs()["event_channel"], guest.node())
    trouble.device(guest, device=0)
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step("a suspend asked for through control/shutdown: seen, and counted apart")
    before = trouble.counts(guest, "requests", "failures", "stock_suspends",
                            "stock_failed/device")
    trouble.device(guest, device=EIO)
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore"
                                " --timeout 3", check=False)
    trouble.status(lab, guest, "failed")
    lab.report.show(f"{text}\n{guest.messages()}")
    found = trouble.counts(guest, "requests", "failures", "stock_suspends",
                           "stock_failed/device")
    lab.expect("requests, failures, stock_suspends, stock_failed/device",
               [found[name] - before[name] for name in found], [0, 0, 0, 1])
    trouble.device(guest, device=0)
