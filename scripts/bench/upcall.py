# SPDX-License-Identifier: GPL-2.0
"""The fast path: what an event costs, against a handler with a lock and work items.

On one CPU under QEMU's -icount, where the time stamp counter counts instructions,
exactly. With more CPUs QEMU 7.2 does not get Linux through its boot that way, so
there they run side by side, and ticks of the counter are time.
"""

import re
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "kunit"))

import machine                          # noqa: E402
import testkernel                       # noqa: E402
from report import say                  # noqa: E402

NAME = "bench-upcall"
CPUS = (1, 2, 4)
FOLDER = testkernel.TOP / "build/bench-upcall"
# In a driver's terms: what is measured, and what it is called in kunit/upcall-bench.c
EVENTS = (("new", "a new request, whoever serves it asleep"),
          ("coalesced", "one more notify of a pending request"),
          ("spurious", "a notify while disarmed"),
          ("service", "a new request, until whoever serves it runs"))


class Failed(Exception):
    """The micro-benchmark did not come to its end."""


def figures(cpus, kernel, module):
    """{(what, whose): {name: number}}"""
    accel = {"accel": machine.COUNTING} if cpus == 1 else {}
    text = machine.boot(kernel, module, FOLDER, smp=cpus, limit=200, **accel)
    if machine.DONE not in text or not re.search(r"^ok 1 upcall-bench", text, re.M):
        raise Failed(f"{cpus} CPUs: see {FOLDER}/console.log:\n"
                     + "\n".join(text.splitlines()[-20:]))
    return {(what, whose): {name: int(number) for name, number in
                            re.findall(r"(\w+)=(\d+)", values)}
            for what, whose, values in re.findall(r"bench (\S+) (\S+) (.*)", text)}


def run():
    """[("upcall", figures)], as scenarios keep theirs."""
    kernel = testkernel.Kernel("6.1", "fast")
    FOLDER.mkdir(parents=True, exist_ok=True)
    module = testkernel.build_module(kernel, FOLDER, variables=["XEN_SUSPEND_BENCH=y"])
    kept = []
    for cpus in CPUS:
        found = figures(cpus, kernel, module)
        storms = {whose: found["storm", whose] for whose in ("module", "locked")}
        kept.append(("upcall", {"cpus": cpus, "storms": storms, "counts": [
            [what, whose, values] for (what, whose), values in found.items()
            if what != "storm"]}))
        say(f"{NAME}, {cpus} CPUs: " + ", ".join(
            f"{whose} {storm['ticks'] / storm['events']:.0f}"
            + (" instructions" if cpus == 1 else " ticks") + " an event"
            for whose, storm in storms.items()))
    return kept
