# SPDX-License-Identifier: GPL-2.0
"""What is said about samples, and how sure it is.

Samples come in batches, one of each mode in a round. Those of one batch are alike:
whatever slowed the machine down slowed down all of them. So what is drawn again and
again to see how sure a figure is are rounds, not samples, and the same rounds for
each mode.
"""

import math
import random
import statistics

RESAMPLES = 2000
SURE = 0.95


def flat(batches):
    return [sample for batch in batches for sample in batch]


def percentile(samples, percent):
    """The nearest-rank percentile: always one of the samples."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(samples):
    return {"n": len(samples), "min": min(samples), "p50": statistics.median(samples),
            "p90": percentile(samples, 90), "p99": percentile(samples, 99),
            "max": max(samples)}


def _student(probability, degrees):
    """A quantile of Student's t: the Cornish-Fisher expansion, good from 3 degrees on."""
    z = statistics.NormalDist().inv_cdf(probability)
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96,
             (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def _tail(rounds):
    """What lies beyond either end of the interval.

    Less than (1 - SURE) / 2: with few rounds a bootstrap's percentiles are too
    narrow, as a normal distribution's are next to Student's (Hesterberg, "What
    Teachers Should Know About the Bootstrap", 2015: expanded percentiles).
    """
    wide = _student((1 + SURE) / 2, rounds - 1) * math.sqrt(rounds / (rounds - 1))
    return statistics.NormalDist().cdf(-wide)


def interval(figure, *sides, resamples=RESAMPLES):
    """(figure(*sides), low, high), the same for the same samples.

    A side is a list of batches, one for each round; `figure` gets its samples.
    """
    value = figure(*map(flat, sides))
    rounds = len(sides[0])
    if any(len(side) != rounds for side in sides):
        raise ValueError("sides of different rounds: " + ", ".join(str(len(side))
                                                                   for side in sides))
    if rounds < 2:
        return value, -math.inf, math.inf
    chance = random.Random(0)
    found = []
    for _ in range(resamples):
        drawn = chance.choices(range(rounds), k=rounds)
        found.append(figure(*(flat(side[number] for number in drawn) for side in sides)))
    found.sort()
    beyond = int(resamples * _tail(rounds))
    return value, found[beyond], found[resamples - 1 - beyond]


def _of_medians(after, before):
    return statistics.median(after) / statistics.median(before)


def ratio(after, before):
    """Of the medians of two modes, with its interval."""
    return interval(_of_medians, after, before)


def slope(points):
    """Of the line of least squares through {x: y}."""
    return statistics.linear_regression(list(points), list(points.values())).slope
