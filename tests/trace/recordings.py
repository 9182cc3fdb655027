# SPDX-License-Identifier: GPL-2.0
"""Recordings of real guests, and xen-suspend-trace to judge them.

The .txt files are what runs of the lab keep among their logs, trace-*.txt: in-place of
pv-lives-on-short, restored of pv-default, stock of pv-trace, retried of pv-retry, refused of
pv-late.
"""

import pathlib
import subprocess
import sys
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
TOOL = TOP / "tools/xen-suspend-trace"
GOOD = ("in-place", "restored", "stock", "retried", "refused")

sys.dont_write_bytecode = True
loader = SourceFileLoader("xen_suspend_trace", str(TOOL))
tool = module_from_spec(spec_from_loader(loader.name, loader))
loader.exec_module(tool)


def recording(name):
    return (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def where(lines, step, nth=1):
    """The index of the nth line of a step."""
    found = [index for index, line in enumerate(lines) if f"event={step} " in line]
    return found[nth - 1]


def only_steps(name):
    return [line for line in recording(name) if "event=" in line]


class Case(unittest.TestCase):
    def run_tool(self, *arguments, text=""):
        return subprocess.run([sys.executable, TOOL, *arguments], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def judged(self, lines):
        return tool.story("-", lines)

    def expect_path(self, lines, steps):
        found = self.judged(lines)
        self.assertEqual((found["verdict"], found["steps"], found["wrong"]), ("path", steps, None))
        return found
