# SPDX-License-Identifier: GPL-2.0
"""A run as tables, plots and a page of documentation."""

import plots
import points
import stats
import timeline
import upcall
from recorded import STORES, cells, grouped, signalling, stage_gaps

# What the project wants, of the same run's stock: (guest, clients, ratio of medians)
TARGETS = (("pv", 0, 0.25), ("pv", 8, 0.12), ("pvh", 0, 0.35), ("pvh", 8, 0.20))
SIGNALLING, SLOPE, SPREAD, INSTRUCTIONS = 0.05, 0.2, 2.5, 120


def verdict(value, target):
    return f"{'met' if value <= target else 'NOT met'}: {value:.2f}, wanted {target}"


def targets(record):
    """What was wanted, and what was found: [(text, verdict)]."""
    lines = []
    suspends = grouped(record, "suspends", "guest", "store", "clients")
    for guest, clients, target in TARGETS:
        modes = suspends.get((guest, "C", clients))
        if modes:
            lines.append((f"{guest.upper()}, {clients} clients: median, of stock's",
                          verdict(stats.ratio(modes["direct"], modes["stock"])[0], target)))
            if clients:
                found = stats.summary(modes["direct"])
                lines.append((f"{guest.upper()}, {clients} clients: the module's p99/p50",
                              verdict(found["p99"] / found["p50"], SPREAD)))
    for (guest, clients), modes in grouped(record, "timeline", "guest", "clients").items():
        lines.append((f"{guest.upper()}, {clients} clients: request to do_suspend(), of stock's",
                      verdict(stats.ratio(signalling(modes["direct"]),
                                          signalling(modes["stock"]))[0], SIGNALLING)))
    scale = grouped(record, "scale", "guests")
    if scale:
        slopes = {mode: stats.slope({count: stats.summary(modes[mode])["p50"]
                                     for (count,), modes in scale.items()})
                  for mode in ("stock", "direct")}
        lines.append(("guests at once: slope, of stock's",
                      verdict(slopes["direct"] / slopes["stock"], SLOPE)))
    for found in cells(record, "upcall"):
        if found["cpus"] == 1:
            count = own_instructions(found)
            lines.append(("instructions of the module's own for a new request",
                          f"{'met' if count <= INSTRUCTIONS else 'NOT met'}: {count},"
                          f" wanted {INSTRUCTIONS}"))
    return lines


def upcall_counts(found):
    """{(what, whose): median}"""
    return {(what, whose): values["p50"] for what, whose, values in found["counts"]}


def own_instructions(found):
    """Of the handler without what it calls in the kernel: the clock, the wake-up."""
    counts = upcall_counts(found)
    return (counts["new-awake", "module"] - counts["clock", "kernel"]
            - counts["wake", "kernel"])


def headline(record):
    return [f"{text}: {found}" for text, found in targets(record)]


def ms(us):
    return f"{us / 1000:.1f}"


def table(title, columns, rows):
    if not rows:
        return []
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in (columns, *rows):
        lines += [f"   {'*' if not i else ' '} - {cell}" for i, cell in enumerate(row)]
    return [*lines, ""]


def suspends_table(record):
    parts = {}
    for (guest, store, clients), modes in grouped(record, "suspends", "guest", "store",
                                                  "clients").items():
        for mode, us in modes.items():
            found, against = stats.summary(us), ""
            if mode != "stock":
                against = "{:.2f} ({:.2f} - {:.2f})".format(*stats.ratio(us, modes["stock"]))
            parts.setdefault((guest, store), []).append(
                (clients, mode, found["n"],
                 *(ms(found[name]) for name in ("min", "p50", "p90", "p99", "max")), against))
    return [line for (guest, store), rows in parts.items() for line in
            table(f"{guest.upper()}, {STORES[store]}: request to suspended, milliseconds;"
                  " resumed in place after each",
                  ("clients", "mode", "n", "min", "p50", "p90", "p99", "max",
                   "of stock's median (95 %)"), rows)]


def timeline_table(record):
    parts = []
    for (guest, clients), modes in grouped(record, "timeline", "guest", "clients").items():
        gaps = {mode: stage_gaps(lines) for mode, lines in modes.items()}
        order = ["signalling", *(text for _, text in timeline.STAGES)]
        rows = [(points.FIRST if text == "signalling" else text,
                 *(f"{gaps[mode][text]:.0f}" if text in gaps[mode] else "-"
                   for mode in ("stock", "direct")))
                for text in order if any(text in found for found in gaps.values())]
        parts += table(f"{guest.upper()}, {clients} clients: microseconds in each stage, medians",
                       ("stage", "stock", "module"), rows)
    return parts


def scale_table(record):
    rows = [(count, *(ms(stats.summary(modes[mode])["p50"]) for mode in ("stock", "direct")),
             f"{stats.ratio(modes['direct'], modes['stock'])[0]:.2f}")
            for (count,), modes in grouped(record, "scale", "guests").items()]
    return table("Guests asked at the same moment: milliseconds until the last is suspended",
                 ("guests", "stock", "module", "ratio"), rows)


def busy_table(record):
    rows = []
    for (guest, load), modes in grouped(record, "busy", "guest", "load").items():
        for mode, us in modes.items():
            against = "" if mode == "stock" else \
                "{:.2f} ({:.2f} - {:.2f})".format(*stats.ratio(us, modes["stock"]))
            rows.append((guest.upper(), load, mode, len(us), ms(stats.percentile(us, 50)),
                         ms(stats.percentile(us, 95)), ms(max(us)), against))
    return table("Request to suspended in a busy guest, milliseconds; resumed in place after each",
                 ("guest", "busy with", "mode", "n", "p50", "p95", "max",
                  "median of stock's (95 %)"), rows)


def rate_table(record):
    rows = [(found["guest"].upper(), found["mode"], found["gap_ms"],
             f"{found['suspends'] / found['seconds']:.1f}", f"{found['work']:.2f}")
            for found in cells(record, "rate")]
    return table("Suspends a second, resumed in place, and what a CPU-bound process gets done"
                 " meanwhile, of what it does undisturbed",
                 ("guest", "mode", "pause, ms", "suspends a second", "work"), rows)


def upcall_tables(record):
    lines, storms = [], []
    for found in cells(record, "upcall"):
        counts = upcall_counts(found)
        if found["cpus"] == 1:
            lines += table("Instructions, one CPU, medians",
                           ("event", "module", "lock and work item"),
                           [(text, *(counts[what, whose] for whose in ("module", "locked")))
                            for what, text in upcall.EVENTS])
        ticks = {whose: storm["ticks"] / storm["events"]
                 for whose, storm in found["storms"].items()}
        storms.append((found["cpus"], "instructions" if found["cpus"] == 1 else "time",
                       f"{ticks['module'] / ticks['locked']:.2f}",
                       *(f"{storm['requests'] / storm['events']:.0%}"
                         for storm in found["storms"].values())))
    return lines + table("A storm of events: the module's cost of one, of the other handler's;"
                         " how many were new requests",
                         ("CPUs", "measured", "ratio", "new, module",
                          "new, lock and work item"), storms)


def loaded_text(record):
    lines = []
    for found in cells(record, "loaded"):
        counts = ", ".join(f"{what}: {count}" for what, count in found["counts"].items())
        lines += [f"- {found['guest'].upper()}: {found['bytes']} bytes, {found['timers']} timers;"
                  f" in {found['seconds']} idle seconds: {counts}."]
    return [*lines, ""] if lines else []


def section(title, *parts):
    lines = [line for part in parts for line in part]
    return [title, "=" * len(title), "", *lines] if lines else []


def figure(name, text):
    return [f".. figure:: {name}.svg", f"   :alt: {text}", "", f"   {text}", ""]


def write(record, folder):
    """results.rst and its plots, as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = plots.draw(points.of_record(record), folder)
    title = "Benchmark results"
    lines = [".. SPDX-License-Identifier: GPL-2.0", ".. Written by make bench.", "",
             "=" * len(title), title, "=" * len(title), "",
             "What the figures mean is in :doc:`index`. Only ratios mean anything: this is an",
             "emulator.", "",
             *(f"- {what}: {value}" for what, value in record["about"].items()), ""]
    lines += section("Targets", [f"- {line}" for line in headline(record)], [""])
    lines += section("Request to suspended", *(figure(*each) for each in drawn
                                               if each[0].startswith("suspends")),
                     suspends_table(record))
    lines += section("Where the time goes", *(figure(*each) for each in drawn
                                              if each[0].startswith("timeline")),
                     timeline_table(record))
    lines += section("Many guests at once", *(figure(*each) for each in drawn
                                              if each[0].startswith("scale")),
                     scale_table(record))
    lines += section("Busy guests", busy_table(record))
    lines += section("Checkpoints", rate_table(record))
    lines += section("The upcall", upcall_tables(record))
    lines += section("Loaded and not used", loaded_text(record))
    (folder / "results.rst").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
