# SPDX-License-Identifier: GPL-2.0
"""What is said about samples, and how sure it is."""

import math
import random
import statistics

RESAMPLES = 2000
SURE = 0.95


def percentile(samples, percent):
    """The nearest-rank percentile: always one of the samples."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(samples):
    return {"n": len(samples), "min": min(samples), "p50": statistics.median(samples),
            "p90": percentile(samples, 90), "p99": percentile(samples, 99),
            "max": max(samples)}


def ratio(after, before):
    """(ratio of medians, low, high): a bootstrap interval, the same for the same samples."""
    chance = random.Random(0)
    found = sorted(statistics.median(chance.choices(after, k=len(after)))
                   / statistics.median(chance.choices(before, k=len(before)))
                   for _ in range(RESAMPLES))
    tail = (1 - SURE) / 2
    return (statistics.median(after) / statistics.median(before),
            found[int(RESAMPLES * tail)], found[int(RESAMPLES * (1 - tail)) - 1])


def slope(points):
    """Of the line of least squares through {x: y}."""
    return statistics.linear_regression(list(points), list(points.values())).slope
