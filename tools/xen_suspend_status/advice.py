# SPDX-License-Identifier: GPL-2.0
"""What to do, in sentences."""

REMEDY = {
    "tasks": "A task did not freeze: the kernel log names it. One in state D waits for a disk or"
             " a network file system; see to that, or stop it.",
    "kernel_threads": "A kernel thread or work queue did not freeze; the log names it. Its driver"
                      " is at fault.",
    "helpers": "A program that the kernel has started (udev, request_firmware) does not end.",
    "transition": "Another power transition was under way. Nothing to do unless it stays.",
    "device": "A device refused to suspend: last_error and the log name it. Its driver is at"
              " fault; unbind it before migrations.",
    "system": "The core of the system, or a device whose error was not seen, refused; see dmesg.",
    "trigger": "The suspend could not be started; last_error says why.",
    "shutdown": "Suspends came while the guest went down. Nothing to do.",
    "late": "The guest was ready after the toolstack had given up. If freezing takes that long,"
            " look for the task or device that takes it; deadline_ms is libxl's patience.",
    "deserted": "The toolstack was gone before the guest was ready: xl was killed, or has"
                " failed. See its log in dom0.",
}


def of_the_offer(found):
    if found["mode"] == "xenstore-only":
        return ["The toolstack offers no event channel, so suspends go through xenstore, as"
                " if the module were not loaded. libxl offers one unless the guest's device"
                " node has been changed; last_error says what was found."]
    if found["state"] == "disarmed":
        return ["There is no event channel at this moment: the module has not negotiated yet"
                " in this domain, or could not; last_error says why."]
    return []


def of_the_trigger(found):
    if found["trigger"] != "xenstore":
        return []
    if found["parameters"].get("trigger") == "xenstore":
        return ["trigger=xenstore was asked for when the module was loaded; with the direct"
                " trigger suspends would start sooner."]
    return ["Suspends are started through xenstore: sooner than without the module, but later"
            " than by the direct trigger, and the busier xenstored is the later. dmesg says"
            " why the direct trigger is not available."]


def of_a_held_port(found):
    if not found["held_event_channel"]:
        return []
    return [f"A toolstack may still use event channel {found['held_event_channel']}, so the next"
            " is offered another one: nothing to do here. If xl in dom0 says \"Can't ... lock"
            " file\", the process that uses the port has that file locked, too: let that one"
            " save the guest, or end it."]


def advice(found):
    """What to do, most important first."""
    if not found["xen"]:
        return ["This is no Xen guest; there is nothing for xen-suspend to do."]
    if found["dom0"]:
        return ["This is dom0, which is never suspended. Run this in a guest."]
    if not found["loaded"]:
        return ["The module is not loaded: suspends go through xenstore. Load it with"
                " \"modprobe xen-suspend\"; if that fails, dmesg says why."]
    lines = of_the_offer(found)
    lines += [f"{kind}: " + REMEDY.get(kind, "See dmesg.")
              for kind, count in found["failed"].items() if count]
    lines += of_the_trigger(found) + of_a_held_port(found)
    if found["counters"].get("stock_suspends", 0) and not found["counters"].get("requests"):
        lines.append("The toolstack has asked through xenstore only: is it xl or libxl, and was"
                     " the guest created or restored by it?")
    return lines
