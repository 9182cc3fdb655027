# SPDX-License-Identifier: GPL-2.0
"""What the tests of xen-suspend-status share: guests' files in a folder, and the tool run on them.

The .txt files come from a run of "scripts/lab/lab check pv-status", which keeps them
among its logs.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
TOOL = TOP / "tools/xen-suspend-status"
MANUAL = TOP / "Documentation/man/xen-suspend-status.8.rst"
sys.path.insert(1, str(TOP / "tools"))

import fixture                                          # noqa: E402
from xen_suspend_status import story                    # noqa: E402

DEVICE, DEBUG = story.DEVICE, story.DEBUG
STATES = {"not-loaded": story.NOT_LOADED, "armed": story.GOOD, "saved": story.GOOD,
          "failed": story.ATTENTION, "xenstore-only": story.ATTENTION}
USAGE, IO_ERROR = 64, 74


class Case(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def guest(self, name):
        shutil.rmtree(self.root, ignore_errors=True)
        return fixture.unpack((HERE / f"{name}.txt").read_text(encoding="utf-8"), self.root)

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run_tool(self, *arguments, columns="80", **environment):
        return subprocess.run([sys.executable, TOOL, "--root", self.root, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "COLUMNS": columns, **environment})

    def story(self):
        return json.loads(self.run_tool("--json").stdout)
