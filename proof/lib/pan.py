# SPDX-License-Identifier: GPL-2.0
"""Spin: a verifier for a model, its run, and what it says.

One that is killed, or that ends its search early for depth or memory, has proved
nothing: that is never taken for a pass.
"""

import dataclasses
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MODEL = TOP / "proof/model"
BUILD = TOP / "build/proof"

MEMORY_MB = 4096
DEPTH = 200_000
LIMIT_S = 600

# What is built, and with which options it is run. Everything: assertions, and
# cycles; there are no labels of progress, so that any cycle is one without progress.
EVERYTHING = (["-O2", "-DNP", "-DCOLLAPSE"], ["-l"])
SMALL = (["-O0", "-DNP", "-DCOLLAPSE"], ["-l"])
# A shortest way to an error, or to a cycle; quickly built
SHORTEST = (["-O0", "-DBFS", "-DSAFETY", "-DNOCLAIM"], ["-E"])
CYCLE = (["-O0", "-DNP", "-DCOLLAPSE"], ["-l"])


class Trouble(Exception):
    """Spin or the compiler does not do what it should; nothing was searched."""


@dataclasses.dataclass
class Search:
    states: int = 0
    depth: int = 0
    megabytes: float = 0.0
    seconds: float = 0.0
    errors: int = 0
    complete: bool = False
    why_not: str = ""
    output: str = ""

    def figures(self):
        return (f"{self.states} states, depth {self.depth}, "
                f"{self.megabytes:.0f} MB, {self.seconds:.1f} s")


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Trouble(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def build(folder, defines, mode, model=MODEL):
    """The verifier for a model, within these bounds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bounds = [f"-D{name}={value}" for name, value in defines.items()]
    # -o3: each statement on its own, so that it is known which were reached
    run(["spin", *bounds, "-o3", "-a", str(model / "world.pml")], folder)
    run(["gcc", "-w", *mode[0], f"-DMEMLIM={MEMORY_MB}",
         "-o", "pan", "pan.c"], folder)
    return folder / "pan"


def figure(pattern, text, kind=int):
    found = re.search(pattern, text, re.M)
    return kind(found[1]) if found else kind(0)


def read(output, seconds):
    """What a verifier has printed: whether it has searched everything, too."""
    search = Search(states=int(figure(r"^\s*([\d.e+]+) states, stored", output, float)),
                    depth=figure(r"depth reached (\d+)", output),
                    megabytes=figure(r"^\s*([\d.]+)\s+total actual memory usage", output, float),
                    errors=figure(r"errors: (\d+)", output), seconds=seconds, output=output)
    for sign, why in (("max search depth too small", "the depth was not enough"),
                      ("Search not completed", "the search ended early"),
                      ("out of memory", "the memory was not enough"),
                      ("hash-table overflow", "the hash table was not enough")):
        if sign in output:
            search.why_not = search.why_not or why
    if "State-vector" not in output or not search.states:
        search.why_not = search.why_not or "it says nothing of what it has searched"
    search.complete = not search.why_not
    return search


def search(pan, mode):
    """Run a verifier until it has seen everything, or a first error."""
    started = time.monotonic()
    depth = [] if "-DBFS" in mode[0] else [f"-m{DEPTH}"]
    command = ["nice", "-n", "10", str(pan), *depth, *mode[1]]
    try:
        done = subprocess.run(command, cwd=pan.parent, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return Search(seconds=LIMIT_S, why_not=f"{LIMIT_S} s were not enough")
    found = read(done.stdout, time.monotonic() - started)
    if done.returncode < 0:
        found.complete, found.why_not = False, f"killed by signal {-done.returncode}"
    return found


def replay(verifier):
    """The lines that the model prints on the way to the error found last."""
    trail = next(iter(sorted(verifier.parent.glob("*.trail"))), None)
    if not trail:
        raise Trouble("there is an error, but no trail to it")
    done = subprocess.run([str(verifier), "-S", trail.name], cwd=verifier.parent, text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.stdout.splitlines()


def broken(verifier):
    """The name of the property that the error found last breaks, or None."""
    names = [line.split()[1] for line in replay(verifier) if line.startswith("BROKEN ")]
    return names[-1] if names else None


def story(verifier):
    """That error in words, a line a step: who, and what."""
    lines, step = [], 0
    for line in replay(verifier):
        if "| " in line:
            step += 1
            who, what = line.split("| ", 1)
            lines.append(f"{step:3}. {who}: {what}")
    return lines


def jobs():
    return len(os.sched_getaffinity(0))
