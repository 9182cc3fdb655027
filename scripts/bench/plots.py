# SPDX-License-Identifier: GPL-2.0
"""The plots, as SVG and PNG."""

import matplotlib
import matplotlib.pyplot as plt

import stats
import timeline
from recorded import STORES, grouped, stage_gaps

matplotlib.use("Agg")
# The same samples, the same file.
matplotlib.rcParams["svg.hashsalt"] = "xen-suspend"
NAMES = {"stock": "stock", "direct": "module", "xenstore": "module, trigger=xenstore"}
COLOURS = {"stock": "tab:red", "direct": "tab:green", "xenstore": "tab:orange"}


def save(folder, figure, name):
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=100)
    plt.close(figure)


def suspends(record, folder):
    """Median and p99 over the number of clients, for each guest and xenstored."""
    found = grouped(record, "suspends", "guest", "store", "clients")
    pairs = list(dict.fromkeys(key[:2] for key in found))
    figure, axes = plt.subplots(1, len(pairs), figsize=(4 * len(pairs), 3.5), squeeze=False)
    for (guest, store), axis in zip(pairs, axes[0]):
        for mode, name in NAMES.items():
            points = {key[2]: stats.summary(stats.flat(modes[mode])) for key, modes in found.items()
                      if key[:2] == (guest, store)}
            axis.plot(list(points), [point["p50"] / 1000 for point in points.values()], "o-",
                      color=COLOURS[mode], label=name)
            axis.plot(list(points), [point["p99"] / 1000 for point in points.values()], ":",
                      color=COLOURS[mode])
        axis.set_yscale("log")
        axis.set_title(f"{guest.upper()}, {STORES[store]}")
        axis.set_xlabel("clients that keep xenstored busy")
    axes[0][0].set_ylabel("request to suspended, ms")
    axes[0][0].legend()
    save(folder, figure, "suspends")
    return "suspends", "Request to suspended: median (line) and p99 (dotted)"


def stages(record, folder):
    """A bar for each guest and mode, made of its stages."""
    found = grouped(record, "timeline", "guest", "clients")
    figure, axis = plt.subplots(figsize=(9, 0.6 * 2 * len(found) + 1.8))
    order = ["signalling", *(text for _, text in timeline.STAGES)]
    colours = matplotlib.colormaps["tab20"]
    bars = [(f"{guest.upper()}, {clients} clients, {NAMES[mode]}", stage_gaps(lines))
            for (guest, clients), modes in found.items() for mode, lines in modes.items()]
    for number, text in enumerate(order):
        axis.barh([name for name, _ in bars],
                  [gaps.get(text, 0) / 1000 for _, gaps in bars],
                  left=[sum(gaps.get(one, 0) for one in order[:number]) / 1000
                        for _, gaps in bars],
                  color=colours(number), label=text)
    axis.invert_yaxis()
    axis.set_xlabel("ms, medians of the stages")
    axis.legend(fontsize="x-small", ncol=3, loc="upper center", bbox_to_anchor=(0.4, -0.15))
    save(folder, figure, "timeline")
    return "timeline", "Where the time goes"


def scale(record, folder):
    found = grouped(record, "scale", "guests")
    figure, axis = plt.subplots(figsize=(5, 3.5))
    for mode in ("stock", "direct"):
        axis.plot([count for (count,) in found],
                  [stats.summary(stats.flat(modes[mode]))["p50"] / 1000 for modes in found.values()], "o-",
                  color=COLOURS[mode], label=NAMES[mode])
    axis.set_xlabel("guests asked at the same moment")
    axis.set_ylabel("ms until the last is suspended")
    axis.legend()
    save(folder, figure, "scale")
    return "scale", "Many guests at once: medians"


def draw(record, folder):
    """Every plot there are figures for: [(file without its ending, what it shows)]."""
    there = {what for what, _ in record["figures"]}
    return [plot(record, folder) for what, plot in
            (("suspends", suspends), ("timeline", stages), ("scale", scale)) if what in there]
