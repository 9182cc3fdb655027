# SPDX-License-Identifier: GPL-2.0
"""What a run has recorded, by what was measured: for tables, plots and comparisons."""

import stats
import timeline

STORES = {"C": "xenstored", "OCaml": "oxenstored"}


def cells(record, what):
    return [figures for name, figures in record["figures"] if name == what]


def grouped(record, what, *names):
    """{values of names: {mode: samples}}"""
    found = {}
    for figures in cells(record, what):
        found.setdefault(tuple(figures[name] for name in names), {})[figures["mode"]] = \
            figures["us"]
    return found


def signalling(lines):
    """Microseconds from the request to do_suspend(), of each timeline that shows it."""
    return [line["do_suspend"] for line in lines if "do_suspend" in line]


def stage_gaps(lines):
    """{what begins: median time from there to the next stage}"""
    names = [*timeline.STAGES, ("suspended", "")]
    gaps = {}
    for line in lines:
        seen = [(name, text) for name, text in names if name in line]
        gaps.setdefault("signalling", []).append(line[seen[0][0]])
        for (name, text), (following, _) in zip(seen, seen[1:]):
            gaps.setdefault(text, []).append(line[following] - line[name])
    return {text: stats.summary(found)["p50"] for text, found in gaps.items()}
