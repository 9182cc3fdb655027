# SPDX-License-Identifier: GPL-2.0
"""Turns a log into a report: the kernel's own KUnit parser, and splats.

Every test in the sources has to be in it: a suite that is not built in, or that ends
in the middle, has not passed. What was skipped is named.
"""

import re
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


def tests_of_suites(top=machine.TOP):
    """{suite: [test, ...]} by the sources, in the order in which they are run."""
    suites = {}
    for path in sorted(top.glob("kunit/*-test.c")):
        text = path.read_text()
        (name,) = re.findall(r"^struct kunit_suite \w+ = {\n\t\.name = \"([\w-]+)\"", text, re.M)
        suites[name] = re.findall(r"^\tKUNIT_CASE(?:_PARAM)?\((\w+)", text, re.M)
    return suites


def not_run(test, suites, wanted):
    """Prints what is missing of the suites wanted, all if none; how many tests."""
    found = {suite.name: {case.name for case in suite.subtests} for suite in test.subtests}
    missing = 0
    for suite, names in suites.items():
        if wanted and suite not in wanted:
            continue
        lacking = [name for name in names if name not in found.get(suite, ())]
        missing += len(lacking)
        if lacking:
            print(f"not run: {suite}: {', '.join(lacking)}")
    return missing


def is_skipped(test):
    return test.status.name == "SKIPPED"


def show_skipped(test):
    for suite in test.subtests:
        cases = [case for case in suite.subtests
                 if is_skipped(case) or any(map(is_skipped, case.subtests))]
        if cases:
            print(f"skipped: {suite.name}: {', '.join(case.name for case in cases)}")


def report(kernel, text, log, suites, wanted=()):
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
    failed += not_run(test, suites, wanted)
    if test.counts.skipped:
        show_skipped(test)
        print(f"{test.counts.skipped} skipped")
    print(f"log: {log}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
