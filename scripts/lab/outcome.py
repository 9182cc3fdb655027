# SPDX-License-Identifier: GPL-2.0
"""What a run of the suite leaves: a table, JUnit XML, a page of documentation."""

import subprocess
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


def _table(columns, lines):
    """A simple reStructuredText table."""
    lines = [[cell or "\\" for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in (columns, *lines)) for i in range(len(columns))]
    rule = "  ".join("=" * width for width in widths)
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in (columns, *lines)]
    return [rule, text[0], rule, *text[1:], rule, ""]


def _version(package):
    return packages.candidates([package])[package]["Version"]


def page(results, lab, args, seconds):
    """The results as Documentation/: `lab suite --write FILE`."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], text=True,
                            stdout=subprocess.PIPE, cwd=images.HERE, check=False).stdout.strip()
    failed = [result for result in results if result.error]
    better = [result for result in results
              if result.stock not in (None, "pass") and not result.error]
    title = "Results of the real-Xen suite"
    command = " ".join(["make lab", *(f"ONLY={word}" for word in args.filters)])
    lines = [".. SPDX-License-Identifier: GPL-2.0", ".. Written by the command below.", "",
             "=" * len(title), title, "=" * len(title), "",
             f"``{command}``, {time.strftime('%Y-%m-%d')}, {seconds / 60:.0f} minutes:"
             f" {len(results) - len(failed)} passed, {len(failed)} failed.", "",
             "*stock*: the same clients in the same run, of a guest without the module.", "",
             f"- xen-suspend {commit or 'unknown'}",
             f"- Xen {_version(images.HYPERVISOR)}",
             f"- QEMU {_version('qemu-system-x86')}, software emulation"]
    lines += [f"- guest kernel {flavour}: {release}" for flavour, release in lab.releases.items()]
    lines += [""]
    if better:
        lines += ["Where stock fails and the module passes:", ""]
        lines += [f"- ``{result.case.title}``: {_first(result.stock, 100)}" for result in better]
        lines += [""]
    if failed:
        lines += ["Failures:", ""]
        lines += [f"- ``{result.case.title}``: {_first(result.error, 100)}"
                  for result in failed]
        lines += [""]
    lines += _table(COLUMNS, rows(results))
    notes = [(result.case.title, text) for result in results for text in result.notes]
    if notes:
        lines += ["Figures that scenarios have measured (never asserted):", ""]
        lines += [f"- ``{title}``: {text}" for title, text in notes]
        lines += [""]
    args.write.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
