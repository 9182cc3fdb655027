# SPDX-License-Identifier: GPL-2.0
"""PV guest, a toolstack that misbehaves: killed in mid-save, a storm of notifies, too late."""

from scenario import EVENT_CHANNEL

NAME = "pv-faults"
HOST = "pv"
STORM = 100_000


def counters(guest):
    names = ("requests", "suspends", "failures", "coalesced", "spurious")
    sysfs = guest.sysfs()
    return {name: int(sysfs[name]) for name in names}


def toolstack(lab, command, limit=100, check=True):
    return lab.host.run(f"toolstack {command}", limit, check)


def late(lab, guest):
    """Requests with less time than a suspend takes, until one gets to the gate.

    How long a suspend takes is the machine's affair: the time is made shorter
    or longer by how the last one ended.
    """
    deadline = 4
    for _ in range(60):
        before = counters(guest)
        guest.run(f"echo {deadline} >/sys/module/xen_suspend/parameters/deadline_ms")
        toolstack(lab, f"suspend {guest.domid} --count 1 --timeout 1", check=False)
        guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
        found = counters(guest)
        error = guest.sysfs()["last_error"]
        if found["suspends"] > before["suspends"]:
            deadline = max(1, deadline - 1)
            continue
        lab.expect("failures", found["failures"] - before["failures"], 1)
        lab.expect("the reason is readable", error.startswith("-62 "), True)
        if "gate" in error:
            lab.report.show(error)
            break
        deadline += 1
    else:
        lab.expect("a request refused at the gate", error, "-62 too late at the last gate")
    guest.run("echo 55000 >/sys/module/xen_suspend/parameters/deadline_ms")


def run(lab):
    guest = lab.create("pv")
    lab.load(guest, "toolstack-node")

    lab.step("a toolstack killed right after its notify: if it is gone by then the guest does not"
             " suspend, and if it still suspends, this resumes it")
    before = counters(guest)
    toolstack(lab, f"notify {guest.domid} --die-after-notify", check=False)
    status = f"/local/domain/{guest.domid}/data/suspend-status"
    lab.host.run(f"until toolstack state {guest.domid} | grep -q suspended ||"
                 f" xenstore-read {status} 2>&1 | grep -q ^failed; do sleep 0.1; done")
    suspended = toolstack(lab, f"state {guest.domid}").strip() == "suspended"
    if suspended:
        toolstack(lab, f"resume {guest.domid}")
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    found = {name: count - before[name] for name, count in counters(guest).items()}
    lab.expect("requests, suspends, failures",
               [found[name] for name in ("requests", "suspends", "failures")],
               [1, 1, 0] if suspended else [1, 0, 1])
    lab.expect("last_error says why not", guest.sysfs()["last_error"].split()[0],
               "0" if suspended else "-104")
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step(f"{STORM} notifies in a row, to a guest that is resumed whenever it suspends")
    before = counters(guest)
    text = toolstack(lab, f"notify {guest.domid} --count {STORM} --resume --timeout 3", 200)
    lab.report.show(text)
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    found = {name: count - before[name] for name, count in counters(guest).items()}
    lab.report.show("  ".join(f"{name}={count}" for name, count in found.items()))
    lab.expect("suspends and failures, of the requests",
               found["suspends"] + found["failures"], found["requests"])
    # The guest may drop the last one, when the toolstack has gone.
    lab.expect("suspends, as often as the toolstack resumed",
               found["suspends"], int(text.rsplit("resumed=", 1)[1]))
    lab.checkpoint(guest, EVENT_CHANNEL)

    lab.step("requests that are served too late are dropped, some of them at the last gate")
    late(lab, guest)
    lab.checkpoint(guest, EVENT_CHANNEL)
    lab.expect("last_error after a success", guest.sysfs()["last_error"], "0")
