# SPDX-License-Identifier: GPL-2.0
"""Sentences of the page, with the cells of the run in which they hold.

A sentence holds in a cell if the whole interval says so.
"""

import stats
from recorded import STORES, grouped, kept
from targets import slopes


def told(text, cells):
    """`cells`: {name: whether it holds}"""
    holds = [name for name, true in cells.items() if true]
    others = [name for name, true in cells.items() if not true]
    if not others:
        return f"{text}: in all {len(cells)} cells." if len(cells) > 1 else f"{text}."
    if not holds:
        return f"{text}: in none of {len(cells)} cells."
    return (f"{text}: in {len(holds)} of {len(cells)} cells;"
            f" cannot be said of {', '.join(others)}.")


def _below(found, limit=1):
    return found[2] < limit


def _above(found, limit=1):
    return found[1] > limit


def _range(found):
    value, low, high = found
    return f"{value:.2f} ({low:.2f} - {high:.2f})"


def _cell(guest, store, clients):
    return f"{guest.upper()} with {STORES[store]} and {clients} clients"


def _suspends(record):
    suspends = grouped(record, "suspends", "guest", "store", "clients")
    if not suspends:
        return []
    ratios = {mode: {cell: stats.ratio(modes[mode], modes["stock"])
                     for cell, modes in suspends.items()} for mode in ("direct", "xenstore")}
    lines = [told(text, {_cell(*cell): _below(found) for cell, found in ratios[mode].items()})
             for mode, text in (
                 ("direct", "The module's guest is suspended sooner than stock's"),
                 ("xenstore", "So is it with ``trigger=xenstore``"))]
    places = {cell[:2]: [other[2] for other in suspends if other[:2] == cell[:2]]
              for cell in suspends}
    more = {f"{guest.upper()} with {STORES[store]}":
            ratios["direct"][guest, store, max(clients)][2]
            < ratios["direct"][guest, store, min(clients)][1]
            for (guest, store), clients in places.items() if len(clients) > 1}
    if more:
        lines.append(told("The busier xenstored is, the larger the gain: the ratio with most"
                          " clients is below that with fewest", more))
    for (guest, store), clients in places.items():
        least, most = ((guest, store, which(clients)) for which in (min, max))
        grown = {mode: _range(stats.ratio(suspends[most][mode], suspends[least][mode]))
                 for mode in ("stock", "direct")}
        if least != most:
            lines.append(f"{guest.upper()} with {STORES[store]}, from {least[2]} to {most[2]}"
                         f" clients, takes so many times as long: stock {grown['stock']}, the"
                         f" module {grown['direct']}.")
    return lines


def _busy(record):
    busy = grouped(record, "busy", "guest", "load")
    return [told("In busy guests, too, it is sooner than stock's",
                 {f"{guest.upper()}, {load}": _below(stats.ratio(modes["direct"], modes["stock"]))
                  for (guest, load), modes in busy.items()})] if busy else []


def _scale(record):
    parts = []
    for mode, name in (("stock", "stock"), ("direct", "the module")):
        scale, slope = slopes(record, mode)
        if len(scale) < 2:
            return []
        value, low, high = stats.interval(slope, *scale.values())
        parts.append(f"{name} {value / 1000:.1f} ({low / 1000:.1f} - {high / 1000:.1f})")
    return [f"Guests asked at once, {min(scale)} to {max(scale)} of them: each more takes so many"
            f" milliseconds until the last is suspended: {', '.join(parts)}."]


def _rate(record):
    lines = []
    for figure, text in (
            ("rate", "More suspends a second than stock"),
            ("work", "More of its own work done meanwhile than stock")):
        found = kept(record, "rate", figure, "guest", "gap_ms")
        if found:
            lines.append(told(text, {
                f"{guest.upper()}, {gap_ms} ms between two":
                _above(stats.ratio(modes["direct"], modes["stock"]))
                for (guest, gap_ms), modes in found.items()}))
    return lines


def _counts(record):
    """How many samples a cell has: the least, where they differ."""
    parts = []
    for what, figure in (("suspends", "us"), ("timeline", "us"), ("scale", "us"), ("busy", "us"),
                         ("rate", "rate")):
        sizes = [(len(stats.flat(figures[figure])), len(figures[figure]))
                 for name, figures in record["figures"] if name == what]
        if sizes:
            samples, rounds = min(sizes)
            parts.append(f"{what} {samples} in {rounds} rounds")
    return [f"Samples of a cell: {', '.join(parts)}."] if parts else []


def sentences(record):
    return [*_suspends(record), *_busy(record), *_scale(record), *_rate(record),
            *_counts(record)]
