# SPDX-License-Identifier: GPL-2.0
"""What a run of the suite leaves: a table, JUnit XML, a page of documentation."""

import json
import time
import xml.etree.ElementTree as xml

import attempts
import images
import packages
import traced
import tree
from case import STORES

COLUMNS = ("scenario", "guest", "kernel", "xenstored", "vCPUs", "stock", "module", "time")
# What a page says of each row beyond them
ROW_COLUMNS = ("commit", "attempt", "reduced")


def _first(text, length=60):
    line = str(text).splitlines()[0] if str(text) else "?"
    return line if len(line) <= length else line[:length - 3] + "..."


def rows(results):
    """A row for each result, as COLUMNS; a stock guest's failures first of all."""
    return [(result.case.name, result.case.kind, result.case.kernel,
             STORES[result.case.store], str(result.case.vcpus),
             "" if result.stock is None else "pass" if result.stock == "pass" else "FAIL",
             "FAIL" if result.error else "pass", f"{result.seconds:.0f} s")
            for result in results]


def junit(results, path):
    suite = xml.Element("testsuite", name="xen-suspend lab", tests=str(len(results)),
                        failures=str(sum(1 for result in results if result.error)))
    for result in results:
        case = result.case
        test = xml.SubElement(suite, "testcase", name=case.title,
                              classname=f"lab.{case.kernel}.{STORES[case.store]}",
                              time=f"{result.seconds:.1f}")
        if result.error:
            failure = xml.SubElement(test, "failure", message=_first(result.error))
            failure.text = str(result.error)
        if result.stock is not None:
            out = xml.SubElement(test, "system-out")
            out.text = f"stock guest: {result.stock}"
    xml.indent(suite)
    xml.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def ended(result, lab):
    """Write down that a case has ended: once for each, and before record()."""
    result.attempt = attempts.note(result, lab, _first(result.error, 100) if result.error
                                   else None)


def _kept(result, row, lab):
    """A row of the record. A case that could not even begin is no attempt."""
    if not result.attempt:
        result.attempt = {**attempts.entry(result, lab, _first(result.error, 100)),
                          "attempt": 0, "failed": []}
    return {"row": row, "stock": result.stock, "notes": result.notes,
            "judged": result.judged.steps, "not judged": result.judged.reasons,
            "seen": sorted(result.judged.seen),
            **result.attempt}


def record(results, lab, filters, seconds, path):
    """All of it as JSON, for page(): also for several runs together."""
    options = [f"--xen {lab.xen}"] if lab.xen != images.XEN else []
    options += [f"--guest-args '{lab.arguments}'"] if lab.arguments else []
    words = [f"scripts/lab/lab {' '.join(options)} suite" if options else "make lab"]
    path.write_text(json.dumps({
        "command": " ".join([*words, *(f"ONLY={word.removeprefix('ONLY=')}"
                                       for word in filters)]),
        "date": time.strftime("%Y-%m-%d"), "minutes": round(seconds / 60),
        "trees": [lab.tree, lab.own],
        "versions": {"Xen": images.hypervisor(lab.xen)["Version"],
                     "QEMU": _version("qemu-system-x86") + ", software emulation",
                     **{f"guest kernel {flavour}": release
                        for flavour, release in lab.releases.items()}},
        "results": {result.case.title: _kept(result, row, lab)
                    for result, row in zip(results, rows(results))}}, indent=1),
        encoding="utf-8")


def _version(package):
    return packages.candidates([package])[package]["Version"]


def _table(columns, lines):
    """A simple reStructuredText table."""
    lines = [[cell or "\\" for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in (columns, *lines)) for i in range(len(columns))]
    rule = "  ".join("=" * width for width in widths)
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in (columns, *lines)]
    return [rule, text[0], rule, *text[1:], rule, ""]


def _list(title, items):
    return [title, "", *(f"- {item}" for item in items), ""] if items else []


def _merged(runs):
    """({title: its rows, in the order in which they ended}, {what: versions})"""
    found, versions = {}, {}
    for run in runs:
        for what, version in run["versions"].items():
            versions.setdefault(what, {})[version] = None
        for title, row in run["results"].items():
            found.setdefault(title, []).append(row)
    for several in found.values():
        several.sort(key=lambda row: row["at"])
    return found, versions


def read(paths):
    """Records of runs; Refused unless all are of one module and clean trees."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    for path, run in zip(paths, runs):
        if "trees" not in run:
            raise tree.Refused(f"{path} does not say which tree it is of")
    # What was tested, and what tested it, which are two trees with --sources.
    tree.same([run["trees"][0] for run in runs])
    for run in runs:
        if problem := tree.unclean(run["trees"][1]):
            raise tree.Refused(problem)
    xens = dict.fromkeys(run["versions"]["Xen"] for run in runs)
    if len(xens) > 1:
        raise tree.Refused(f"results with different versions of Xen: {', '.join(xens)}")
    return runs


def _summary(results, missing, runs):
    module = runs[0]["trees"][0]["module"]
    failed = sum(1 for row in results.values() if row["error"])
    commits = dict.fromkeys(row["commit"] for row in results.values())
    return [f"{len(results) - failed} passed, {failed} failed, {len(missing)} planned and not"
            " run. *stock*: the same", "clients in the same run, of a guest without the module.",
            "", f"All rows are of one module, ``{module}``, built from clean trees of commit"
            f" {', '.join(commits)}.", f"(``{tree.VERIFY}`` begins with that.)",
            *(f"The lab itself is that of commit {lab}." for lab in dict.fromkeys(
                run["trees"][1]["commit"] for run in runs) if lab not in commits), ""]


def page(runs, target, titles):
    """A page of documentation from records; where runs overlap, the latest counts.

    `titles`: the cases that are planned. What none of the runs had is said, and so
    is each failure of the same module that a later attempt has replaced.
    """
    runs = read(runs)
    found, versions = _merged(runs)
    missing = [title for title in titles if title not in found]
    results = {title: found[title][-1] for title in (*titles, *found) if title in found}
    before = attempts.failures(found, runs[0]["trees"][0]["module"])
    title = "Results of the real-Xen suite"
    lines = [".. SPDX-License-Identifier: GPL-2.0",
             ".. Written by scripts/lab/lab results.", "",
             "=" * len(title), title, "=" * len(title), "",
             *_summary(results, missing, runs)]
    lines += _list("Commands:", [f"``{run['command']}``, {run['date']}, {run['minutes']} minutes"
                                 for run in runs])
    lines += _list("Versions:", [f"{what} {', '.join(several)}"
                                 for what, several in versions.items()])
    lines += _list("Where stock fails and the module passes:",
                   [f"``{title}``: {_first(row['stock'], 100)}"
                    for title, row in results.items()
                    if row["stock"] not in (None, "pass") and not row["error"]])
    lines += _list("Failures:", [f"``{title}``: {row['error']}"
                                 for title, row in results.items() if row["error"]])
    lines += _list("Failed in another attempt with the same module:",
                   [f"``{title}``: {attempts.told(failed, results[title])}"
                    for title, failed in before.items()])
    lines += _list("Steps of the handshake held against its table (xen-suspend-trace):",
                   [f"{sum(row.get('judged', 0) for row in results.values())}"])
    lines += _list("Steps of the table that no guest has made:",
                   traced.unseen(step for row in results.values()
                                 for step in row.get("seen", ())))
    lines += _list("Handshakes not judged:",
                   [f"``{title}``: {reason}" for title, row in results.items()
                    for reason in row.get("not judged", ())])
    lines += _list("Planned and not run:", [f"``{title}``" for title in missing])
    lines += _list("Run, and not planned:", [f"``{title}``" for title in results
                                             if title not in titles])
    lines += _list("Reduced:", [f"``{title}``: {', '.join(row['reduced'])}"
                                for title, row in results.items() if row["reduced"]])
    lines += _table((*COLUMNS, *ROW_COLUMNS),
                    [(*row["row"], row["commit"], str(row["attempt"]),
                      "yes" if row["reduced"] else "") for row in results.values()])
    lines += _list("Figures that scenarios have measured, and never assert:",
                   [f"``{title}``: {text}" for title, row in results.items()
                    for text in row["notes"]])
    target.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
