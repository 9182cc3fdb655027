# SPDX-License-Identifier: GPL-2.0
"""What a run of the suite leaves: a table, JUnit XML, a page of documentation."""

import json
import time
import xml.etree.ElementTree as xml

import images
import packages
from case import STORES

COLUMNS = ("scenario", "guest", "kernel", "xenstored", "vCPUs", "stock", "module", "time")


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


def record(results, lab, filters, seconds, path):
    """All of it as JSON, for page(): also for several runs together."""
    path.write_text(json.dumps({
        "command": " ".join(["make lab", *(f"ONLY={word.removeprefix('ONLY=')}"
                                           for word in filters)]),
        "date": time.strftime("%Y-%m-%d"), "minutes": round(seconds / 60),
        "versions": {"xen-suspend": lab.commit or "unknown", "Xen": images.hypervisor(lab.xen)["Version"],
                     "QEMU": _version("qemu-system-x86") + ", software emulation",
                     **{f"guest kernel {flavour}": release
                        for flavour, release in lab.releases.items()}},
        "results": {result.case.title: {
            "row": row, "stock": result.stock, "notes": result.notes,
            "error": _first(result.error, 100) if result.error else None}
            for result, row in zip(results, rows(results))}}, indent=1), encoding="utf-8")


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


def page(runs, target, titles):
    """A page of documentation from records; where runs overlap, the last counts.

    `titles`: the cases there are. What a run had beyond them is left out, and what
    none had is said.
    """
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in runs]
    versions, results = {}, {}
    for run in runs:
        for what, version in run["versions"].items():
            found = versions.setdefault(what, [])
            if version not in found:
                found.append(version)
        results.update(run["results"])
    missing = [title for title in titles if title not in results]
    results = {title: results[title] for title in titles if title in results}
    failed = {title: result for title, result in results.items() if result["error"]}
    title = "Results of the real-Xen suite"
    lines = [".. SPDX-License-Identifier: GPL-2.0",
             ".. Written by scripts/lab/lab results.", "",
             "=" * len(title), title, "=" * len(title), "",
             f"{len(results) - len(failed)} passed, {len(failed)} failed. *stock*: the same"
             " clients in the", "same run, of a guest without the module.", ""]
    lines += _list("Commands:", [f"``{run['command']}``, {run['date']}, {run['minutes']} minutes"
                                 for run in runs])
    lines += _list("Versions:", [f"{what} {', '.join(found)}"
                                 for what, found in versions.items()])
    lines += _list("Where stock fails and the module passes:",
                   [f"``{title}``: {_first(result['stock'], 100)}"
                    for title, result in results.items()
                    if result["stock"] not in (None, "pass") and not result["error"]])
    lines += _list("Failures:", [f"``{title}``: {result['error']}"
                                 for title, result in failed.items()])
    lines += _list("Not run:", [f"``{title}``" for title in missing])
    lines += _table(COLUMNS, [result["row"] for result in results.values()])
    lines += _list("Figures that scenarios have measured, and never assert:",
                   [f"``{title}``: {text}" for title, result in results.items()
                    for text in result["notes"]])
    target.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
