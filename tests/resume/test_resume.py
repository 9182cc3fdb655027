# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-resume, with a stand-in for xl."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE.parents[1] / "tools/xen-suspend-resume"
SUSPENDED, RUNNING, OFF = "---ss-", "-b----", "---s--"


class Resume(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_tool(self, *arguments, name="guest", state=SUSPENDED, how="save", version="4.17.7"):
        """`how`: the command of xl's that resumes it."""
        for file, text in (("name", name), ("state", state), ("how", how),
                           ("version", version), ("calls", "")):
            (self.folder / file).write_text(f"{text}\n" if text else "", encoding="ascii")
        return subprocess.run([TOOL, *arguments], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "FAKE": str(self.folder),
                                   "PATH": f"{HERE}:{os.environ['PATH']}"})

    def resumed_by(self):
        """The calls of xl's that may have resumed it."""
        calls = (self.folder / "calls").read_text(encoding="ascii").splitlines()
        return [call for call in calls if call.split()[0] in ("save", "resume")]

    def refused(self, told, why, status=1):
        self.assertEqual((told.returncode, self.resumed_by()), (status, []))
        self.assertIn(why, told.stderr)

    def test_by_a_save_where_xl_knows_no_better(self):
        for argument in ("guest", "7"):
            told = self.run_tool(argument)
            self.assertEqual((told.returncode, told.stderr), (0, ""))
            self.assertEqual(self.resumed_by(), ["save -c 7 /dev/null"])
            self.assertIn("guest runs", told.stdout)

    def test_by_resume_where_xl_has_it(self):
        told = self.run_tool("guest", how="resume", version="4.20.0")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertEqual(self.resumed_by(), ["resume 7"])

    def test_who_is_not_suspended_is_left_alone(self):
        for state in (RUNNING, OFF, "--p---", "---sc-"):
            self.refused(self.run_tool("guest", state=state), "not suspended")

    def test_who_may_run_elsewhere_is_left_alone(self):
        self.refused(self.run_tool("guest--migratedaway", name="guest--migratedaway"),
                     "xl rename 7 guest")

    def test_who_is_being_saved_is_left_alone(self):
        helper = self.folder / "libxl-save-helper"
        helper.write_text("#!/bin/sh\nread -r wait\n", encoding="ascii")
        helper.chmod(0o755)
        for domid, refuses in (("7", True), ("77", False)):
            with subprocess.Popen([helper, "--save-domain", "14", "-1", domid, "1", "7", "0"],
                                  stdin=subprocess.PIPE) as process:
                while "save-domain" not in pathlib.Path(
                        f"/proc/{process.pid}/cmdline").read_text(encoding="ascii"):
                    pass
                told = self.run_tool("guest")
                if refuses:
                    self.refused(told, "is being saved")
                else:
                    self.assertEqual(told.returncode, 0)
                process.communicate(b"\n")

    def test_xen_that_cannot_is_refused(self):
        self.refused(self.run_tool("guest", version="4.14.6"), "resumes no Linux guest")

    def test_failure_is_told(self):
        told = self.run_tool("guest", how="nothing")
        self.assertEqual(told.returncode, 1)
        self.assertIn("still suspended", told.stderr)

    def test_wrong_arguments(self):
        for arguments in ((), ("a", "b"), ("--help",)):
            self.refused(self.run_tool(*arguments), "usage", 64)
        self.refused(self.run_tool("other"), "no guest is called other")


if __name__ == "__main__":
    unittest.main()
