# SPDX-License-Identifier: GPL-2.0
"""The plots, as SVG and PNG."""

import math

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

import timeline

matplotlib.use("Agg")
# The same samples, the same file
matplotlib.rcParams.update({"svg.hashsalt": "xen-suspend", "font.size": 11,
                            "axes.grid": True, "grid.alpha": 0.3,
                            "axes.spines.top": False, "axes.spines.right": False})
NAMES = {"stock": "stock", "direct": "module", "xenstore": "module, trigger=xenstore"}
# Told apart by those who do not see red and green, and in print: by marks, too
COLOURS = {"stock": "#d55e00", "direct": "#0072b2", "xenstore": "#777777"}
MARKS = {"stock": "s", "direct": "o", "xenstore": "^"}


def save(folder, figure, name):
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    figure.savefig(folder / f"{name}.png", dpi=100, bbox_inches="tight")
    plt.close(figure)


def plain(axis):
    """A logarithmic axis with numbers as people write them."""
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def legend(figure, modes, more=(), place=(0.5, 0)):
    lines = [Line2D([], [], color=COLOURS[mode], marker=MARKS[mode], label=NAMES[mode])
             for mode in modes]
    figure.legend(handles=[*lines, *more], loc="upper center", bbox_to_anchor=place, ncol=3,
                  frameon=False)


def suspends(points, folder):
    """Median and p99 over the number of clients, for each guest and xenstored."""
    columns = min(2, len(points))
    rows = math.ceil(len(points) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.3 * columns, 3.1 * rows + 0.3),
                                sharex=True, sharey=True, squeeze=False, layout="constrained")
    clients = sorted({point[0] for modes in points.values() for found in modes.values()
                      for point in found})
    for place, (((guest, store), modes), axis) in enumerate(zip(points.items(), axes.flat)):
        for mode, found in modes.items():
            count, p50, p99 = zip(*found)
            # They double: each as far from the next
            steps = [clients.index(number) for number in count]
            axis.plot(steps, p50, color=COLOURS[mode], marker=MARKS[mode])
            axis.plot(steps, p99, ":", color=COLOURS[mode])
        plain(axis)
        axis.set_xticks(range(len(clients)), clients)
        axis.set_title(f"{guest}, {store}")
        if not place % columns:
            axis.set_ylabel("ms")
    for axis in axes[-1]:
        axis.set_xlabel("clients that keep xenstored busy")
    more = [Line2D([], [], color="black", label="median"),
            Line2D([], [], color="black", linestyle=":", label="p99")]
    legend(figure, [mode for mode in NAMES if any(mode in modes for modes in points.values())],
           more)
    save(folder, figure, "suspends")
    return "suspends", "Request to suspended: median (line) and p99 (dotted)"


def stages(bars, folder):
    """A bar for each guest and mode, made of its stages."""
    order = ["signalling", *(text for _, text in timeline.STAGES)]
    # Too short to be seen, at this scale
    longest = max(sum(gaps.values()) for *_, gaps in bars)
    order = [text for text in order
             if any(gaps.get(text, 0) > longest / 100 for *_, gaps in bars)]
    figure, axis = plt.subplots(figsize=(8.6, 0.5 * len(bars) + 1), layout="constrained")
    colours = matplotlib.colormaps["tab20"]
    names = [f"{guest}, {clients} clients, {NAMES[mode]}" for guest, clients, mode, _ in bars]
    for number, text in enumerate(order):
        axis.barh(names, [gaps.get(text, 0) / 1000 for *_, gaps in bars],
                  left=[sum(gaps.get(one, 0) for one in order[:number]) / 1000
                        for *_, gaps in bars],
                  color=colours(number), label=text)
    axis.invert_yaxis()
    axis.grid(axis="y")
    axis.set_xlabel("ms, medians of the stages that can be seen at this scale")
    figure.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncol=3, frameon=False)
    save(folder, figure, "timeline")
    return "timeline", "Where the time goes"


def scale(points, folder):
    figure, axis = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for mode, found in points.items():
        count, ms = zip(*found)
        axis.plot(count, ms, color=COLOURS[mode], marker=MARKS[mode])
    axis.set_xticks(count)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("guests asked at the same moment")
    axis.set_ylabel("ms until the last is suspended")
    legend(figure, points)
    save(folder, figure, "scale")
    return "scale", "Many guests at once: medians"


def draw(points, folder):
    """Every plot there are points for: [(file without its ending, what it shows)]."""
    return [plot(points[what], folder) for what, plot in
            (("suspends", suspends), ("timeline", stages), ("scale", scale)) if points[what]]
