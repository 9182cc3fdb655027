# SPDX-License-Identifier: GPL-2.0
"""Runs scenarios of a series on real Xen, and counts."""

import time

import runner
from case import cases, matching
from report import say


def run(every, kernels, filters, show, **options):
    """The exit status; `show` is called with the results, `options` are runner.Lab's."""
    found = cases(every, kernels)
    found = matching(found, filters) if filters else found
    if not found:
        say("no scenario like that")
        return 2
    lab = runner.Lab([(case.kernel, case.extra) for case in found], **options)
    say(f"commit {lab.commit}; logs: {lab.folder}")
    started = time.monotonic()
    try:
        results = runner.run(lab, found, quiet=True)
    finally:
        lab.tidy()
    failed = sum(1 for result in results if result.error)
    say()
    show(results)
    for result in results:
        for note in result.notes:
            say(f"{result.case.name}: {note}")
    say(f"\n{time.monotonic() - started:.0f} s")
    say(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0
