# SPDX-License-Identifier: GPL-2.0
"""The story on one screen, for people."""

import errno
import os
import shutil
import textwrap

from .story import DEBUG, GOOD

SHOWN = 8                       # suspends of the history
COLOURS = {"good": "\033[32m", "bad": "\033[31m", "warn": "\033[33m"}
# The module's words where people would misread them
WORDS = {"cancelled": "resumed in place", "stock-cancelled": "resumed in place, by xenstore",
         "stock-restored": "restored, by xenstore", "stock-failed": "failed, by xenstore",
         "failures": "failed", "retries": "tried again", "coalesced": "merged notifies",
         "spurious": "notifies for nobody", "replacements": "ports replaced"}


class Screen:
    def __init__(self, stream):
        self.width = max(20, min(shutil.get_terminal_size((80, 24)).columns, 100))
        self.colour = stream.isatty() and "NO_COLOR" not in os.environ
        self.lines = []

    def paint(self, text, kind):
        return f"{COLOURS[kind]}{text}\033[0m" if self.colour else text

    def wrap(self, name, text, kind=None):
        for number, line in enumerate(textwrap.wrap(text, max(10, self.width - 16)) or [""]):
            head = f"{name:<15} " if not number else " " * 16
            self.lines.append(head + (self.paint(line, kind) if kind else line))

    def title(self, text):
        self.lines += ["", text]


def ms(us):
    return "-" if not isinstance(us, (int, float)) else f"{us / 1000:.1f} ms"


def ago(found, when):
    if not isinstance(when, (int, float)) or not isinstance(found["uptime"], (int, float)):
        return "-"
    seconds = max(0, int(found["uptime"] - when))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else \
        f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def busiest(buckets, column):
    """"1.0 - 2.0 ms" of the bucket in which the middle one lies."""
    total = sum(row.get(column) or 0 for row in buckets)
    seen = 0
    for row in buckets:
        seen += row.get(column) or 0
        if total and seen * 2 >= total:
            return f"{ms(row.get('us_from'))} to {ms(row.get('us_to'))}, of {total}"
    return "-"


def state_of_it(out, found):
    version = f", version {found['version']}" if found["version"] else ""
    out.wrap("xen-suspend", f"{found['state'] or '?'}{version}",
             "good" if found["status"] == GOOD else "warn")
    out.wrap("mode", found["mode"] or "?")
    port, held = found["event_channel"], found["held_event_channel"]
    out.wrap("event channel", ("none" if port is None else str(port)) +
             (f"; {held} is still open, too" if held else ""))
    out.wrap("trigger", found["trigger"] or "?")
    error, text = found["last_error"], "none"
    if error:
        name = errno.errorcode.get(-(error["errno"] or 0), str(error["errno"]))
        text = f"{error['reason']} ({name})"
    out.wrap("last error", text, "bad" if error else None)
    changing = found["missing"].get("last_suspend_us")
    out.wrap("last suspend", changing or "none yet" if not found["last_suspend_us"] else
             f"{ms(found['last_suspend_us'])} from request to hypercall,"
             f" {ms(found['last_signal_us'])} of it until it began")


def counts(found):
    """"3 requests: 2 suspends (1 resumed in place), 1 failed; ..." as far as they are known."""
    known = found["counters"]

    def told(*names):
        return ", ".join(f"{known[name]} {WORDS.get(name, name)}" for name in names
                         if name in known)

    in_place = told("cancelled")
    parts = [told("requests"),
             told("suspends") + (f" ({in_place})" if in_place else ""),
             told("failures", "retries", "coalesced", "spurious", "negotiations",
                  "replacements")]
    return ", ".join(part for part in parts if part)


def since_it_was_loaded(out, found):
    out.title("Since the module was loaded")
    out.wrap("through it", counts(found))
    for name, kinds in (("failed by cause", "failed"), ("stock by cause", "stock_failed")):
        failed = [f"{kind} {count}" for kind, count in found[kinds].items() if count]
        if failed:
            out.wrap(name, ", ".join(failed), "warn")
    out.wrap("by xenstore", f"{found['counters'].get('stock_suspends', 0)} suspends")
    if found["latency"]:
        out.wrap("median", f"signalled in {busiest(found['latency'], 'signal')};"
                 f" suspended in {busiest(found['latency'], 'suspend')}")


def last_suspends(out, found):
    out.title("Last suspends")
    if found["history"] is None:
        out.wrap("", f"{found['missing'].get('history', '?')}: they are in debugfs,"
                 f" /{DEBUG}/history, for root only")
    for row in (found["history"] or [])[:-SHOWN - 1:-1]:
        reason, outcome = row.get("reason"), row.get("outcome") or "?"
        out.wrap(f"{ago(found, row.get('time_s'))} ago"[:15],
                 f"{WORDS.get(outcome, outcome)}; suspended in {ms(row.get('suspend_us'))}"
                 f" (signalled in {ms(row.get('signal_us'))}, attempts"
                 f" {row.get('attempts') or '-'})" + (f": {reason}" if reason else ""))
    if found["history"] == []:
        out.wrap("", "none")


def screen(found, stream):
    out = Screen(stream)
    if found["loaded"]:
        state_of_it(out, found)
        since_it_was_loaded(out, found)
        last_suspends(out, found)
    else:
        out.wrap("xen-suspend", "not loaded", "bad")
    if found["advice"]:
        out.title("Advice")
        for line in found["advice"]:
            out.wrap("-", line)
    return "\n".join(out.lines) + "\n"
