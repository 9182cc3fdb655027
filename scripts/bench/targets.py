# SPDX-License-Identifier: GPL-2.0
"""What the project wants, and whether a run is sure that it has it."""

import stats
from recorded import cells, grouped, signalling

# Of the same run's stock: (guest, clients, ratio of medians)
MEDIANS = (("pv", 0, 0.25), ("pv", 8, 0.12), ("pvh", 0, 0.35), ("pvh", 8, 0.20))
SIGNALLING, SLOPE, SPREAD, INSTRUCTIONS = 0.05, 0.2, 2.5, 120
# Of the same run's module, with the same kernel
IN_TREE, IN_TREE_SIGNALLING = {"pv": 0.6, "pvh": 0.7}, 0.5
MET, MISSED, OPEN = "met", "NOT met", "open"


def decide(found, target):
    """By the interval: open if it has the target in it."""
    _, low, high = found
    return MET if high <= target else MISSED if low > target else OPEN


def verdict(found, target):
    value, low, high = (str(number) if isinstance(number, int) else f"{number:.3f}"
                        for number in found)
    return f"{decide(found, target)}: {value} ({low} - {high}), wanted {target}"


def _spread(samples):
    found = stats.summary(samples)
    return found["p99"] / found["p50"]


def _medians(record):
    suspends = grouped(record, "suspends", "guest", "store", "clients")
    for guest, clients, target in MEDIANS:
        if modes := suspends.get((guest, "C", clients)):
            name = f"{guest.upper()}, {clients} clients"
            yield (f"{name}: median, of stock's", stats.ratio(modes["direct"], modes["stock"]),
                   target)
            if clients:
                yield (f"{name}: the module's p99/p50",
                       stats.interval(_spread, modes["direct"]), SPREAD)


def _signalling(record):
    for (guest, clients), modes in grouped(record, "timeline", "guest", "clients").items():
        yield (f"{guest.upper()}, {clients} clients: request to do_suspend(), of stock's",
               stats.ratio(signalling(modes["direct"]), signalling(modes["stock"])), SIGNALLING)


def slopes(record, mode):
    """({guests at once: its batches}, the slope of their medians as a function of them)"""
    scale = {count: modes[mode]
             for (count,), modes in grouped(record, "scale", "guests").items()}

    def slope(*sides):
        return stats.slope({count: stats.summary(side)["p50"]
                            for count, side in zip(scale, sides)})

    return scale, slope


def _slope(record):
    direct, slope = slopes(record, "direct")
    stock, _ = slopes(record, "stock")
    if len(direct) > 1:
        half = len(direct)
        yield ("guests at once: slope, of stock's",
               stats.interval(lambda *sides: slope(*sides[:half]) / slope(*sides[half:]),
                              *direct.values(), *stock.values()), SLOPE)


def _in_tree(record):
    for (guest,), modes in grouped(record, "in-tree", "guest").items():
        yield (f"{guest.upper()}: in-tree's median, of the module's",
               stats.ratio(modes["in-tree"], modes["direct"]), IN_TREE[guest])
    for (guest,), modes in grouped(record, "in-tree timeline", "guest").items():
        yield (f"{guest.upper()}: in-tree's request to do_suspend(), of the module's",
               stats.ratio(signalling(modes["in-tree"]), signalling(modes["direct"])),
               IN_TREE_SIGNALLING)


def own_instructions(found):
    """Of the handler without what it calls in the kernel: median, least, most."""
    counts = {(what, whose): values for what, whose, values in found["counts"]}
    own = counts["new-awake", "module"]
    called = counts["clock", "kernel"], counts["wake", "kernel"]
    return tuple(own[name] - sum(each[other] for each in called)
                 for name, other in (("p50", "p50"), ("min", "max"), ("max", "min")))


def found(record):
    """[(text, (value, low, high), target)]"""
    lines = [*_medians(record), *_signalling(record), *_slope(record),
             *_in_tree(record)]
    for counted in cells(record, "upcall"):
        if counted["cpus"] == 1:
            lines.append(("instructions of the module's own for a new request",
                          own_instructions(counted), INSTRUCTIONS))
    return lines


def headline(record):
    """Lines, and how many of them are what."""
    lines = found(record)
    counts = [f"{sum(1 for _, value, target in lines if decide(value, target) == word)} {word}"
              for word in (MET, MISSED, OPEN)]
    return [f"{text}: {verdict(value, target)}" for text, value, target in lines], \
        "targets: " + ", ".join(counts)
