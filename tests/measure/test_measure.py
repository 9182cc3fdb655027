# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-measure, with a stand-in for xl. How long things take is not asserted: on a busy
machine the reader may be late for the first line, and in time for the second.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE.parents[1] / "tools/xen-suspend-measure"
CONTROL_NODE, CHANNEL = "XenBus control node", "event channel"


class Measure(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_tool(self, *arguments, times=(), how=CHANNEL, minor=17, text=""):
        for name, content in (("times", "".join(f"{one}\n" for one in times)), ("how", how),
                              ("minor", f"{minor}\n"), ("saves", "")):
            (self.folder / name).write_text(content, encoding="ascii")
        return subprocess.run([TOOL, *arguments], text=True, check=False, input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "FAKE": str(self.folder),
                                   "PATH": f"{HERE}:{os.environ['PATH']}"})

    def saves(self):
        return len((self.folder / "saves").read_text(encoding="ascii").splitlines())

    def test_what_is_measured(self):
        times = (150, 10, 40, 20, 30, 60)
        began = time.monotonic()
        told = self.run_tool("--yes", "--count", "6", "guest", times=times)
        seconds = time.monotonic() - began
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        found = [float(ms) for ms in re.findall(r"(?m)^\d+: event-channel, ([\d.]+) ms$",
                                                told.stdout)]
        self.assertEqual(len(found), len(times))
        self.assertLess(sum(found), seconds * 1000)
        line = re.search(r"(?m)^event-channel: (\d+) samples, ms: min ([\d.]+), median ([\d.]+),"
                         r" p90 ([\d.]+), max ([\d.]+)$", told.stdout)
        # Without the first; of what was printed, whatever that was
        kept = sorted(found[1:])
        self.assertEqual([float(number) for number in line.groups()],
                         [5, kept[0], kept[2], kept[4], kept[4]])

    def test_the_report_says_of_what(self):
        told = self.run_tool("--yes", "--count", "2", "guest", times=(1, 1), how=CONTROL_NODE)
        report = told.stdout.partition("---- xen-suspend-measure, format 1\n")[2]
        self.assertRegex(report, r"(?m)^xenstore: 1 samples, ")
        self.assertRegex(report, r"(?m)^Xen: 4\.17\.9; dom0: \S+$")
        self.assertRegex(report, r"(?m)^guest: pvh, 256 MiB, 2 vCPUs$")
        self.assertRegex(report, r"(?m)^CPU: .+, 8 CPUs$")
        self.assertNotIn("event-channel", report)

    def test_nothing_is_saved_before_it_is_said_what_and_asked(self):
        told = self.run_tool("guest")           # the end of its input: no Enter
        self.assertEqual((told.returncode, self.saves()), (1, 0))
        self.assertIn("256 MiB", told.stdout)
        told = self.run_tool("--count", "1", "guest", times=(1,), text="\n")
        self.assertEqual((told.returncode, self.saves()), (0, 1))

    def test_versions_that_harm_are_refused_or_told(self):
        told = self.run_tool("--yes", "guest", minor=14)
        self.assertEqual((told.returncode, self.saves()), (1, 0))
        self.assertIn("crashes", told.stderr)
        for minor, warned in ((17, True), (20, False)):
            told = self.run_tool("--yes", "--count", "1", "guest", times=(1,), minor=minor)
            self.assertEqual("daemon ends" in told.stdout, warned, minor)

    def test_a_failed_save_is_no_sample(self):
        for what in ("failed", "silent"):
            told = self.run_tool("--yes", "--count", "3", "guest", times=(1, what, 1))
            self.assertEqual((told.returncode, self.saves()), (1, 2))
            self.assertIn("sample 2: xl save failed", told.stderr)
            self.assertNotIn("----", told.stdout)
        self.assertIn("timed out", self.run_tool("--yes", "guest", times=("failed",)).stderr)

    def test_wrong_options(self):
        for arguments in ((), ("--count", "0", "guest"), ("--count", "x", "guest"), ("--count",),
                          ("a", "b"), ("--nonsense", "guest")):
            told = self.run_tool(*arguments)
            self.assertEqual((told.returncode, self.saves()), (64, 0), arguments)
        self.assertIn("no guest is called other", self.run_tool("other").stderr)


if __name__ == "__main__":
    unittest.main()
