# SPDX-License-Identifier: GPL-2.0
"""PV guest, something that stands in the way of a suspend for 3 s: stock fails, the module tries again."""

import trouble

NAME = "pv-retry"
HOST = "pv"
HELD_MS = 3000


def suspend(lab, guest, protocol="evtchn", timeout=20):
    return lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol}"
                        f" --timeout {timeout}", timeout + 10, check=False)


def run(lab):
    guest = lab.create("pv")
    trouble.prepare(guest)

    lab.step(f"control, without the module: a task that does not freeze for {HELD_MS} ms")
    trouble.hold(guest, "task", HELD_MS)
    status, text = suspend(lab, guest, "xenstore", 8)
    lab.report.show(text)
    lab.expect("the toolstack is told of no suspend", status, 1)

    lab.load(guest, "toolstack-node")
    for kind, reason in (("task", "tasks"), ("kthread", "kernel_threads")):
        lab.step(f"with the module: a {kind} that does not freeze for {HELD_MS} ms")
        names = ("suspends", "failures", "retries", f"failed/{reason}")
        before = trouble.counts(guest, *names)
        trouble.hold(guest, kind, HELD_MS)
        status, text = suspend(lab, guest)
        lab.report.show(f"{text}\n{guest.messages()}")
        lab.expect("the toolstack's exit status", status, 0)
        trouble.idle(guest)
        found = {name: count - before[name]
                 for name, count in trouble.counts(guest, *names).items()}
        lab.expect("suspends, failures", (found["suspends"], found["failures"]), (1, 0))
        lab.expect("it was tried more than once", found["retries"] > 0, True)
        lab.expect(f"failed/{reason}", found[f"failed/{reason}"], found["retries"])
        lab.expect("the last word in the status node", trouble.status(lab, guest, "resumed"),
                   "resumed")
        lab.expect("last_error after a success", guest.sysfs()["last_error"], "0")

    lab.step("retry_ms=0: one try")
    trouble.parameter(guest, "retry_ms", 0)
    before = trouble.counts(guest, "failures", "retries")
    trouble.hold(guest, "task", HELD_MS)
    status, text = suspend(lab, guest, timeout=5)
    lab.report.show(guest.messages())
    lab.expect("the toolstack is told of no suspend", status, 1)
    found = trouble.counts(guest, "failures", "retries")
    lab.expect("failures, retries", (found["failures"] - before["failures"],
                                     found["retries"] - before["retries"]), (1, 0))
