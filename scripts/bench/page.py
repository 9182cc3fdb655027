# SPDX-License-Identifier: GPL-2.0
"""A run as tables, plots and a page of documentation."""

import claims
import plots
import points
import stats
import targets
import timeline
import tree
import upcall
from recorded import STORES, cells, grouped, kept, stage_gaps


def upcall_counts(found):
    """{(what, whose): median}"""
    return {(what, whose): values["p50"] for what, whose, values in found["counts"]}


def ms(us):
    return f"{us / 1000:.1f}"


def against(after, before):
    """The ratio of medians, and its interval; nothing for stock itself."""
    return "" if after is before else "{:.2f} ({:.2f} - {:.2f})".format(*stats.ratio(after, before))


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
            found = stats.summary(stats.flat(us))
            parts.setdefault((guest, store), []).append(
                (clients, mode, found["n"],
                 *(ms(found[name]) for name in ("min", "p50", "p90", "p99", "max")),
                 against(us, modes["stock"])))
    return [line for (guest, store), rows in parts.items() for line in
            table(f"{guest.upper()}, {STORES[store]}: request to suspended, milliseconds;"
                  " resumed in place after each",
                  ("clients", "mode", "n", "min", "p50", "p90", "p99", "max",
                   "of stock's median (95 %)"), rows)]


def stage_rows(gaps, modes):
    """A row for each stage that any mode has; `gaps`: {mode: {stage: median}}"""
    order = ["signalling", *(text for _, text in timeline.STAGES)]
    return [(points.FIRST if text == "signalling" else text,
             *(f"{gaps[mode][text]:.0f}" if text in gaps[mode] else "-" for mode in modes))
            for text in order if any(text in found for found in gaps.values())]


def timeline_table(record):
    parts = []
    for (guest, clients), modes in grouped(record, "timeline", "guest", "clients").items():
        gaps = {mode: stage_gaps(lines) for mode, lines in modes.items()}
        parts += table(f"{guest.upper()}, {clients} clients: microseconds in each stage, medians",
                       ("stage", "stock", "module"), stage_rows(gaps, ("stock", "direct")))
    return parts


def in_tree_tables(record):
    """The whole time, and each stage: stock, module and in-tree with one kernel."""
    lines = []
    for (guest,), modes in grouped(record, "in-tree", "guest").items():
        rows = []
        for mode, us in modes.items():
            found = stats.summary(stats.flat(us))
            rows.append((mode, found["n"], *(ms(found[name]) for name in ("min", "p50", "p90")),
                         against(us, modes["stock"]), against(us, modes["direct"])))
        lines += table(f"{guest.upper()}: request to suspended, milliseconds",
                       ("mode", "n", "min", "p50", "p90", "of stock's", "of the module's"), rows)
    for (guest,), modes in grouped(record, "in-tree timeline", "guest").items():
        gaps = {mode: stage_gaps(batches) for mode, batches in modes.items()}
        lines += table(f"{guest.upper()}: microseconds in each stage, medians",
                       ("stage", *modes), stage_rows(gaps, modes))
    return lines


def scale_table(record):
    rows = []
    for (count,), modes in grouped(record, "scale", "guests").items():
        stock, direct = modes["stock"], modes["direct"]
        rows.append((count, len(stats.flat(direct)), *(ms(stats.percentile(stats.flat(us), 50))
                                                       for us in (stock, direct)),
                     against(direct, stock)))
    late = max((found["late"] for found in cells(record, "scale")), default=0)
    text = [f"Rounds in which not all asked at once, and which were asked again: {late}.", ""]
    return table("Guests asked at the same moment: milliseconds until the last is suspended",
                 ("guests", "n", "stock", "module", "median of stock's (95 %)"), rows) \
        + (text if rows else [])


def busy_table(record):
    rows = []
    for (guest, load), modes in grouped(record, "busy", "guest", "load").items():
        for mode, batches in modes.items():
            us = stats.flat(batches)
            rows.append((guest.upper(), load, mode, len(us), ms(stats.percentile(us, 50)),
                         ms(stats.percentile(us, 95)), ms(max(us)),
                         against(batches, modes["stock"])))
    return table("Request to suspended in a busy guest, milliseconds; resumed in place after each",
                 ("guest", "busy with", "mode", "n", "p50", "p95", "max",
                  "median of stock's (95 %)"), rows)


def first_table(record):
    rows = []
    for (guest, clients), modes in grouped(record, "first", "guest", "clients").items():
        stock, direct = modes["stock"], modes["direct"]
        rows.append((guest.upper(), clients, len(stats.flat(direct)),
                     *(ms(stats.percentile(stats.flat(us), 50)) for us in (stock, direct)),
                     against(direct, stock)))
    return table("Request to suspended, the first in each domain, milliseconds: medians",
                 ("guest", "clients", "n", "stock", "module", "median of stock's (95 %)"), rows)


def rate_table(record):
    both = [kept(record, "rate", figure, "guest", "gap_ms") for figure in ("rate", "work")]
    rows = []
    for (guest, gap_ms), modes in both[0].items():
        for mode in modes:
            cell = [guest.upper(), mode, gap_ms, len(modes[mode])]
            for found, form in zip(both, (".1f", ".2f")):
                each = found[guest, gap_ms]
                cell += [format(stats.summary(stats.flat(each[mode]))["p50"], form),
                         against(each[mode], each["stock"])]
            rows.append(cell)
    return table("Suspends a second, resumed in place, and what a CPU-bound process gets done"
                 " meanwhile, of what it does undisturbed: medians",
                 ("guest", "mode", "pause, ms", "n", "suspends a second", "of stock's (95 %)",
                  "work", "of stock's (95 %)"), rows)


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


def described(about):
    """What a run was made with, as its page says it."""
    found = {what: value for what, value in about.items() if what not in ("tree", "full", "failed")}
    found["module"] = f"``{about['tree']['module']}``, of ``{tree.VERIFY}``"
    if about["failed"]:
        found["failed, and not here"] = ", ".join(about["failed"])
    return found


def write(record, folder):
    """results.rst and its plots, as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = plots.draw(points.of_record(record), folder)
    title = "Benchmark results"
    lines = [".. SPDX-License-Identifier: GPL-2.0", ".. Written by make bench.", "",
             "=" * len(title), title, "=" * len(title), "",
             "What the figures mean, and how they are made, is in :doc:`index`. Only ratios mean",
             "anything: this is an emulator.", "",
             *(f"- {what}: {value}" for what, value in described(record["about"]).items()), ""]
    lines += section("Targets", ["Decided by the interval: *open* if it has the target in it.", ""],
                     [f"- {line}" for line in targets.headline(record)[0]], [""])
    lines += section("What can be said of which cell", [
        "A sentence holds in a cell if the whole 95 % interval says so.", ""],
        [f"- {line}" for line in claims.sentences(record)], [""])
    lines += section("Request to suspended", *(figure(*each) for each in drawn
                                               if each[0].startswith("suspends")),
                     suspends_table(record))
    lines += section("The first suspend in each domain", first_table(record))
    lines += section("Where the time goes", *(figure(*each) for each in drawn
                                              if each[0].startswith("timeline")),
                     timeline_table(record))
    lines += section("In the kernel itself", in_tree_tables(record))
    lines += section("Many guests at once", *(figure(*each) for each in drawn
                                              if each[0].startswith("scale")),
                     scale_table(record))
    lines += section("Busy guests", busy_table(record))
    lines += section("Checkpoints", rate_table(record))
    lines += section("The upcall", upcall_tables(record))
    lines += section("Loaded and not used", loaded_text(record))
    (folder / "results.rst").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def publish(record, folder):
    """write(), of a whole run of a clean tree in which nothing failed; else Refused."""
    about = record["about"]
    if problem := tree.unclean(about["tree"]):
        raise tree.Refused(problem)
    if not about["full"]:
        raise tree.Refused(f"`{about['command']}` is not all of it")
    if about["failed"]:
        raise tree.Refused("failed: " + ", ".join(about["failed"]))
    write(record, folder)
