# SPDX-License-Identifier: GPL-2.0
"""What a run has recorded, by what was measured: for tables, plots and comparisons."""

import stats
import timeline

STORES = {"C": "xenstored", "OCaml": "oxenstored"}


class Old(Exception):
    """A record whose samples are of no use any more."""


def checked(record, where):
    """The record, if it is one whose samples are in batches."""
    for what, figures in record["figures"]:
        for name in {"us", "rate", "work"} & set(figures):
            if not all(isinstance(batch, list) for batch in figures[name]):
                raise Old(f"{where}: samples of {what} without their batches,"
                          " as benchmarks kept them before")
    return record


def cells(record, what):
    return [figures for name, figures in record["figures"] if name == what]


def grouped(record, what, *names):
    """{values of names: {mode: batches of samples}}"""
    return kept(record, what, "us", *names)


def kept(record, what, figure, *names):
    """The same of another figure than microseconds."""
    found = {}
    for figures in cells(record, what):
        found.setdefault(tuple(figures[name] for name in names), {})[figures["mode"]] = \
            figures[figure]
    return found


def signalling(batches):
    """Batches of microseconds from the request to do_suspend()."""
    return [[line["do_suspend"] for line in lines if "do_suspend" in line] for lines in batches]


def stage_gaps(batches):
    """{what begins: median time from there to the next stage}"""
    names = [*timeline.STAGES, ("suspended", "")]
    gaps = {}
    for line in stats.flat(batches):
        seen = [(name, text) for name, text in names if name in line]
        gaps.setdefault("signalling", []).append(line[seen[0][0]])
        for (name, text), (following, _) in zip(seen, seen[1:]):
            gaps.setdefault(text, []).append(line[following] - line[name])
    return {text: stats.summary(found)["p50"] for text, found in gaps.items()}
