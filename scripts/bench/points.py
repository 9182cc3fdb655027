# SPDX-License-Identifier: GPL-2.0
"""What the plots show: from a run's samples, or from the tables of a page made of one.

suspends  {(guest, store): {mode: [(clients, p50, p99)]}}, milliseconds
timeline  [(guest, clients, mode, {stage: microseconds})]
scale     {mode: [(guests, milliseconds)]}
"""

import re

import stats
from recorded import STORES, grouped, stage_gaps

FIRST = "request to the guest's first sign of it"
MODES = ("stock", "direct")


def of_record(record):
    suspends, timeline, scale = {}, [], {}
    for (guest, store, clients), modes in grouped(record, "suspends", "guest", "store",
                                                  "clients").items():
        for mode, us in modes.items():
            found = stats.summary(stats.flat(us))
            suspends.setdefault((guest.upper(), STORES[store]), {}).setdefault(mode, []).append(
                (clients, found["p50"] / 1000, found["p99"] / 1000))
    for (guest, clients), modes in grouped(record, "timeline", "guest", "clients").items():
        timeline += [(guest.upper(), clients, mode, stage_gaps(lines))
                     for mode, lines in modes.items()]
    for (count,), modes in grouped(record, "scale", "guests").items():
        for mode in MODES:
            scale.setdefault(mode, []).append(
                (count, stats.summary(stats.flat(modes[mode]))["p50"] / 1000))
    return {"suspends": suspends, "timeline": timeline, "scale": scale}


def tables(text):
    """[(title, [row as {column: text}])] of a page's list-tables."""
    found = []
    for title, body in re.findall(r"^\.\. list-table:: (.*)\n   :header-rows: 1\n\n((?:   .*\n)+)",
                                  text, re.M):
        rows = []
        for mark, cell in re.findall(r"^   ([* ]) - ?(.*)$", body, re.M):
            if mark == "*":
                rows.append([])
            rows[-1].append(cell.strip())
        found.append((title, [dict(zip(rows[0], row)) for row in rows[1:]]))
    return found


def of_page(text):
    suspends, timeline, scale = {}, [], {}
    for title, rows in tables(text):
        if match := re.match(r"(\w+), (\w+): request to suspended", title):
            for row in rows:
                suspends.setdefault(match.groups(), {}).setdefault(row["mode"], []).append(
                    (int(row["clients"]), float(row["p50"]), float(row["p99"])))
        elif match := re.match(r"(\w+), (\d+) clients: microseconds", title):
            for mode, column in zip(MODES, ("stock", "module")):
                gaps = {"signalling" if row["stage"] == FIRST else row["stage"]: int(row[column])
                        for row in rows if row[column] != "-"}
                timeline.append((match[1], int(match[2]), mode, gaps))
        elif title.startswith("Guests asked"):
            for mode, column in zip(MODES, ("stock", "module")):
                scale[mode] = [(int(row["guests"]), float(row[column])) for row in rows]
    return {"suspends": suspends, "timeline": timeline, "scale": scale}
