# SPDX-License-Identifier: GPL-2.0
"""Two runs next to each other: each mode's ratio to stock, in either run.

Absolute times of two runs are not compared: an emulator on another day, or on
another machine, is another emulator. What a run's own stock guest took is.
"""

import stats
from recorded import signalling
from report import say, table


def ratios(record):
    """{cell: (ratio, low, high)} of every mode against the same run's stock."""
    found = {}
    for what, figures in record["figures"]:
        if what in ("suspends", "scale", "busy", "first"):
            cell = (what, *(str(figures[name]) for name in ("guest", "store", "clients", "guests",
                                                            "load") if name in figures))
            found.setdefault(cell, {})[figures["mode"]] = figures["us"]
        elif what == "timeline":
            cell = ("signalling", figures["guest"], str(figures["clients"]))
            found.setdefault(cell, {})[figures["mode"]] = signalling(figures["us"])
    return {(*cell, mode): stats.ratio(us, modes["stock"])
            for cell, modes in found.items() if "stock" in modes
            for mode, us in modes.items() if mode != "stock"}


def show(before, after):
    """0; 1 if the intervals of any cell do not overlap and it is slower; 2: no cells."""
    old, new = ratios(before), ratios(after)
    rows, slower = [], 0
    for cell in old:
        if cell not in new:
            continue
        verdict = "same"
        if new[cell][1] > old[cell][2]:
            verdict, slower = "SLOWER", slower + 1
        elif new[cell][2] < old[cell][1]:
            verdict = "faster"
        rows.append([" ".join(cell), *("{:.2f} ({:.2f} - {:.2f})".format(*each[cell])
                                       for each in (old, new)), verdict])
    if not rows:
        say("compare: the two runs have measured nothing that both have")
        return 2
    table(rows, ("cell", before["about"]["commit"], after["about"]["commit"], "verdict"))
    say(f"compare: {len(rows)} cells, {slower} slower")
    return 1 if slower else 0
