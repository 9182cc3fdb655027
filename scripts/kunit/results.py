# SPDX-License-Identifier: GPL-2.0
"""Turns a log into a report: the kernel's own KUnit parser, and splats."""

import sys

import machine

SHOWN = 5                               # reports of debugging tools shown in full


def parse(kernel, text):
    """The kernel's Test object of a log; prints its report.

    The kernel itself prints an empty report while it boots: ours is the last.
    """
    lines = text.split(machine.DONE)[0].splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("KTAP version")]
    lines = lines[starts[-1]:] if starts else []
    tools = str(kernel.source / "tools/testing/kunit")
    if tools not in sys.path:
        sys.path.insert(0, tools)
    import kunit_parser
    return kunit_parser.parse_run_tests(lines)


def report(kernel, text, log):
    """Print all that a run has to say; the exit status."""
    test = parse(kernel, text)
    passed = test.counts.passed
    failed = test.counts.failed + test.counts.crashed + test.counts.errors
    splats = machine.splats(text)
    failed += len(splats)
    for splat in splats[:SHOWN]:
        print("\nfound by the kernel's debugging tools:")
        print("\n".join(f"    | {line}" for line in splat))
    if splats[SHOWN:]:
        print(f"\nand {len(splats[SHOWN:])} more like that")
    if machine.DONE not in text:
        failed += 1
        print("\nthe machine did not come to its end; its log ends:")
        print("\n".join(f"    | {line}" for line in text.splitlines()[-40:]))
    if test.counts.skipped:
        print(f"{test.counts.skipped} skipped")
    print(f"log: {log}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
