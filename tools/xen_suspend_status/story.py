# SPDX-License-Identifier: GPL-2.0
"""Everything the guest tells of its suspends, as one dictionary: --json prints it."""

import os
from pathlib import Path

from . import VERSION
from .advice import advice

# Of the dictionary. A new key does not change it; what changes or goes does.
SCHEMA = 1

DEVICE = "sys/devices/platform/xen-suspend"
MODULE = "sys/module/xen_suspend"
CLOCKS = "sys/devices/system/clocksource/clocksource0/available_clocksource"
DEBUG = "sys/kernel/debug/xen-suspend"
COUNTERS = ("requests", "suspends", "cancelled", "failures", "retries", "coalesced",
            "spurious", "stock_suspends", "negotiations", "replacements")
TIMES = ("last_signal_us", "last_suspend_us")
PARAMETERS = ("trigger", "toolstack_domid", "deadline_ms", "retry_ms", "fresh_port_ms")
WORKING = ("armed", "requested", "suspending", "resuming")
GOOD, ATTENTION, NOT_LOADED, NO_GUEST = 0, 1, 2, 3
READINGS = 5                    # until nothing has changed meanwhile


class Tree:
    """Files below a root; None for what is not there, or not to be read."""

    def __init__(self, root):
        self.root = Path(root)
        self.missing = {}

    def read(self, path, told=None):
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            if told:
                self.missing[told] = error.strerror or str(error)
            return None

    def number(self, path):
        try:
            return int(self.read(path) or "")
        except ValueError:
            return None

    def numbers(self, folder):
        """{file: number} of a folder of counters."""
        try:
            names = sorted(os.listdir(self.root / folder))
        except OSError:
            return {}
        found = {name: self.number(f"{folder}/{name}") for name in names}
        return {name: number for name, number in found.items() if number is not None}

    def rows(self, path, told):
        """[{column: text}] of a table whose first line, after #, names the columns."""
        text = self.read(path, told)
        if text is None:
            return None
        lines = text.splitlines()
        if not lines or not lines[0].startswith("#"):
            return []
        names = lines[0].lstrip("# ").split()
        return [dict(zip(names, line.split(None, len(names) - 1))) for line in lines[1:]]


def number_or_text(text):
    if text in (None, "-"):
        return None
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def told_error(text):
    """last_error: None, or its errno and reason."""
    if not text or text == "0":
        return None
    number, _, reason = text.partition(" ")
    try:
        return {"errno": int(number), "reason": reason}
    except ValueError:
        return {"errno": None, "reason": text}


def counters(tree):
    return {name: number for name in COUNTERS if (
        number := tree.number(f"{DEVICE}/{name}")) is not None}


def module(tree):
    """What the loaded module says of itself."""
    found = {"version": tree.read(f"{MODULE}/version")}
    found["parameters"] = {name: text for name in PARAMETERS if (
        text := tree.read(f"{MODULE}/parameters/{name}")) is not None}
    for name in ("mode", "state", "trigger"):
        found[name] = tree.read(f"{DEVICE}/{name}", name) or None
    for name in ("event_channel", "held_event_channel", *TIMES):
        found[name] = tree.number(f"{DEVICE}/{name}")
    found["last_error"] = told_error(tree.read(f"{DEVICE}/last_error", "last_error"))
    found["counters"] = counters(tree)
    found["failed"] = tree.numbers(f"{DEVICE}/failed")
    found["stock_failed"] = tree.numbers(f"{DEVICE}/stock_failed")
    for name in ("history", "latency"):
        rows = tree.rows(f"{DEBUG}/{name}", name)
        found[name] = rows and [{column: number_or_text(text) for column, text in row.items()}
                                for row in rows]
    return found


def settled(tree):
    """The same, of one moment: each file is read by itself, and a suspend may come between.

    The counters move with every suspend. If they never stand still, nothing is said of
    a last suspend rather than of two halves.
    """
    for _ in range(READINGS):
        before = counters(tree)
        found = module(tree)
        if counters(tree) == before:
            return found
    tree.missing["last_suspend_us"] = "it changed each time it was read"
    return {**found, **{name: None for name in TIMES}}


def story(tree):
    """All there is to say."""
    # The first is only there with CONFIG_SYS_HYPERVISOR.
    is_xen = tree.read("sys/hypervisor/type") == "xen" \
        or "xen" in (tree.read(CLOCKS) or "").split()
    dom0 = "control_d" in (tree.read("proc/xen/capabilities") or "") \
        or tree.read("sys/hypervisor/start_flags/initial_domain") == "1"
    found = {"schema": SCHEMA, "tool": VERSION,
             "xen": is_xen, "dom0": dom0, "guest_type": tree.read("sys/hypervisor/guest_type"),
             "loaded": (tree.root / DEVICE).is_dir(), "version": None, "parameters": {},
             "mode": None, "state": None, "event_channel": None, "held_event_channel": None,
             "trigger": None, "last_error": None, "counters": {}, "failed": {},
             "stock_failed": {}, "history": None, "latency": None}
    found.update({name: None for name in TIMES})
    if found["loaded"]:
        found.update(settled(tree))
    found["uptime"] = number_or_text((tree.read("proc/uptime") or "-").split()[0])
    found["missing"] = tree.missing
    found["advice"] = advice(found)
    found["status"] = status(found)
    return found


def status(found):
    if not found["loaded"]:
        return NOT_LOADED if found["xen"] and not found["dom0"] else NO_GUEST
    good = found["state"] in WORKING and not found["last_error"]
    return GOOD if good else ATTENTION
