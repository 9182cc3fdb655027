# SPDX-License-Identifier: GPL-2.0
"""PV guest: tracepoints, history, histogram and counters tell the same story."""

import re

from scenario import EVENT_CHANNEL

NAME = "pv-trace"
HOST = "pv"
EVENTS = "/sys/kernel/tracing/events/xen_suspend"
DEBUG = "/sys/kernel/debug/xen-suspend"
NAMES = ("begin", "end", "frozen", "negotiated", "request")
# Judged after every scenario: traced.py
STEPS = "handshake"
TIMES = ("signal_us", "suspend_us", "total_us")
# What programs rely on: perf and bpftrace take fields from these files.
FIELDS = {"begin": {"by"}, "frozen": {"by"}, "negotiated": {"mode", "port", "err"},
          "request": {"port", "time_ns"}, STEPS: {"event", "from", "to", "request", "by"},
          "end": {"outcome", "err", "attempts", "reason", *TIMES}}


def prepare(lab, guest):
    """Mount debugfs; all events on, in a buffer of their own."""
    guest.run("mount -t debugfs debugfs /sys/kernel/debug")
    lab.expect("events", guest.run(f"ls {EVENTS} | grep -v -e enable -e filter").split(),
               sorted([*NAMES, STEPS]))
    for name in (*NAMES, STEPS):
        text = guest.run(f"cat {EVENTS}/{name}/format")
        found = set(re.findall(r"\bfield:[^;]*?(\w+)(?:\[\])?;", text))
        lab.expect(f"fields of {name}", FIELDS[name] <= found, True)
        # An enum that was not translated is a word that user space cannot know.
        lab.expect(f"{name}: words for numbers only",
                   re.findall(r"\{ *([A-Z_]+)", text.partition("print fmt")[2]), [])
    guest.run(f"echo 1 >{EVENTS}/enable")


def told(guest):
    """Events since the last look: [(name, {field: value})]."""
    text = guest.run("cat /sys/kernel/tracing/trace; echo >/sys/kernel/tracing/trace")
    found = []
    for name, rest in re.findall(rf": ({'|'.join(NAMES)}): (.*)", text):
        rest, _, reason = rest.partition(" reason=")
        fields = dict(word.split("=", 1) for word in rest.split())
        found.append((name, {**fields, "reason": reason}))
    return found


def history(guest):
    """The history: [{column: value}]."""
    head, *lines = guest.run(f"cat {DEBUG}/history").splitlines()
    columns = head.split()[1:]
    return [dict(zip(columns, line.split(" ", len(columns) - 1))) for line in lines]


def histogram(guest):
    """[(from, to, signal, suspend)]"""
    lines = guest.run(f"cat {DEBUG}/latency").splitlines()[1:]
    return [(int(start), float(end), int(signal), int(suspend))
            for start, end, signal, suspend in map(str.split, lines)]


def grown(before, after, column):
    """The one bucket that has one more than before; None if it is not one."""
    more = [new for old, new in zip(before, after) if new[column] != old[column]]
    total = sum(new[column] - old[column] for old, new in zip(before, after))
    return more[0] if len(more) == 1 and total == 1 else None


def agree(lab, guest, outcome, by, before, suspend):
    """One suspend, after which all that is told of it is compared."""
    uptime = float(guest.run("cat /proc/uptime").split()[0])
    counters, buckets, lines = lab.counters(guest), histogram(guest), history(guest)
    negotiations = int(guest.sysfs()["negotiations"])
    told(guest)
    suspend()
    guest.run("true")
    if outcome.endswith("restored"):
        guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")
    events, sysfs, after = told(guest), guest.sysfs(), histogram(guest)
    lab.report.show("\n".join(f"{name}: {fields}" for name, fields in events))
    entries = history(guest)
    lab.report.show("\n".join(map(str, entries)))
    lab.expect("events", [name for name, _ in events], before)
    fields = dict(events)
    lab.expect("begin and frozen: by", (fields["begin"]["by"], fields["frozen"]["by"]), (by, by))
    end = fields["end"]
    lab.expect("older lines of the history, as before", entries[:-1], lines)
    entry = entries[-1]
    lab.expect("outcome in the history, in the trace", (entry["outcome"], end["outcome"]),
               (outcome, outcome))
    lab.expect("attempts, reason, in both", (entry["attempts"], entry["reason"], end["attempts"],
                                             end["err"], end["reason"]), ("1", "-", "1", "0", ""))
    lab.expect("times in the trace, as in the history",
               [end[name].replace("-1", "-") for name in TIMES], [entry[name] for name in TIMES])
    lab.expect("it was asked for after the guest's uptime was read, and before now",
               uptime - 0.01 <= float(entry["time_s"])
               <= float(guest.run("cat /proc/uptime").split()[0]), True)
    stock = outcome.startswith("stock-")
    cancelled = outcome == "cancelled"
    lab.expect("counters", lab.since(guest, counters),
               {**dict.fromkeys(counters, 0), "requests": int(not stock),
                "suspends": int(not stock), "cancelled": int(cancelled),
                "stock_suspends": int(stock)})
    lab.expect("negotiations", int(sysfs["negotiations"]) - negotiations,
               before.count("negotiated"))
    if stock:
        lab.expect("times of it", [entry[name] for name in TIMES], ["-"] * 3)
        lab.expect("histogram, as before", after, buckets)
        return
    lab.expect("history and sysfs: signal_us, suspend_us",
               (entry["signal_us"], entry["suspend_us"]),
               (sysfs["last_signal_us"], sysfs["last_suspend_us"]))
    lab.expect("signal, suspend, total: in this order",
               sorted(TIMES, key=lambda name: int(entry[name])), list(TIMES))
    for column, name in ((2, "signal_us"), (3, "suspend_us")):
        bucket = grown(buckets, after, column)
        lab.expect(f"histogram: one more, in the bucket of {name}",
                   bucket and bucket[0] <= int(entry[name]) < bucket[1], True)
    lab.expect("histogram: suspends in all", sum(row[3] for row in after), int(sysfs["suspends"]))
    if "negotiated" in fields:
        lab.expect("negotiated", (fields["negotiated"]["mode"], fields["negotiated"]["port"]),
                   (sysfs["mode"], sysfs["event_channel"]))


def run(lab):
    guest = lab.create("pv")
    lab.load(guest, "toolstack-node")
    prepare(lab, guest)
    # On one CPU, in the order of what happens.
    usual = ["request", "begin", "frozen", "end"]

    def save():
        lab.save(guest, EVENT_CHANNEL)
        lab.restore(guest, "toolstack-node")

    agree(lab, guest, "cancelled", "direct", usual,
          lambda: lab.checkpoint(guest, EVENT_CHANNEL))
    agree(lab, guest, "restored", "direct", [*usual, "negotiated"], save)
    # In a domain that Xen does not signal the channel for yet
    lab.step("a suspend asked for through control/shutdown")
    agree(lab, guest, "stock-cancelled", "stock", usual[1:],
          lambda: lab.host.run(f"toolstack suspend {guest.domid} --protocol xenstore"))
    agree(lab, guest, "cancelled", "direct", usual,
          lambda: lab.checkpoint(guest, EVENT_CHANNEL))
