# SPDX-License-Identifier: GPL-2.0
"""scripts/handshake notices each copy of the state machine that deviates from the table."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
TABLE = "module/handshake-table.h"
FILES = (TABLE, "module/handshake.c", "module/trace.h", "Documentation/design.rst",
         "Documentation/design-handshake.svg", "tools/xen-suspend-trace")
# What is put into a file in the place of what, and a word of the complaint
DEVIATIONS = {
    "a row is missing": (
        TABLE, "HS_ROW(requested,  absorb,        serving,    done)\n", "", "absorb"),
    "a row leads elsewhere": (
        TABLE, "HS_ROW(requested,  drop,          armed,      dropped)",
        "HS_ROW(requested,  drop,          disarmed,   dropped)", "drop"),
    "a row with another verdict": (
        TABLE, "HS_ROW(serving,    end,           armed,      failed)",
        "HS_ROW(serving,    end,           armed,      failed_other)", "end"),
    "two rows for one event": (
        TABLE, "HS_ROW(armed,      disarm,        disarmed,   done)",
        "HS_ROW(armed,      disarm,        disarmed,   done)\n"
        "HS_ROW(armed,      disarm,        armed,      done)", "there are two rows"),
    "a state that is none": (
        TABLE, "HS_ROW(disarmed,   arm,           armed,      done)",
        "HS_ROW(disarmed,   arm,           ready,      done)", "there is no ready"),
    "a state that nothing leads to": (
        TABLE, "HS_ROW(resuming,   notify,        remembered, new)", "",
        "nothing leads to remembered"),
    "another word for a state": (
        TABLE, 'HS_STATE(armed, HS_ARMED, false, "armed",',
        'HS_STATE(armed, HS_RESUMING, false, "armed",', "armed"),
    "text among the rows": (
        TABLE, "HS_ROW(disarmed,   arm,", "int n;\nHS_ROW(disarmed,   arm,", "not understood: int n"),
    "a comment that forgets a function": (
        "module/handshake.c", "hs_arm(), hs_end(), hs_drop()", "hs_arm(), hs_end()",
        "hs_drop()"),
    "a comment with another base": (
        "module/handshake.c", "requested    ARMED       yes", "requested    ARMED       no",
        "requested"),
    "a step of another name": (
        "module/handshake.c", '"absorb"));', '"frozen"));', "the step frozen"),
    "a step that is not traced": (
        "module/handshake.c", '[HS_AGAIN] = "end-again"', "", "the step end-again is not traced"),
    "a trace with another word": (
        "module/trace.h", '{ 6, "suspending+request" }', '{ 6, "suspending" }', "6"),
    "a page that says something else": (
        "Documentation/design.rst", "serving     the hypercall has returned                resuming",
        "serving     the hypercall has returned                armed", "armed"),
    "a page without the tables": (
        "Documentation/design.rst", ".. Written by scripts/handshake.\n", "", "no text between"),
    "a picture with another arrow": (
        "Documentation/design-handshake.svg", "<title>armed&#45;&gt;suspending</title>",
        "<title>armed&#45;&gt;resuming</title>", "armed -> suspending"),
    "a picture with another step": (
        "Documentation/design-handshake.svg", ">drop</text>", ">begin</text>", "requested -> armed"),
    "a tool that allows more": (
        "tools/xen-suspend-trace", "    serving     crossed           resuming\n",
        "    serving     crossed           resuming\n    armed       crossed           resuming\n",
        "crossed"),
    "a tool that allows less": (
        "tools/xen-suspend-trace", "    requested   drop              armed\n", "", "drop"),
}


class Handshake(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        for name in FILES:
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, self.top / name)

    def run_it(self, *arguments):
        return subprocess.run([sys.executable, TOP / "scripts/handshake", "--top", self.top,
                               *arguments], stdout=subprocess.PIPE, text=True, check=False)

    def test_this_tree(self):
        told = self.run_it()
        self.assertEqual((told.returncode, told.stdout.count("\n")), (0, 1), told.stdout)

    def test_each_deviation_is_noticed(self):
        for what, (name, text, becomes, word) in DEVIATIONS.items():
            with self.subTest(what):
                path = self.top / name
                kept = path.read_text(encoding="utf-8")
                self.assertEqual(kept.count(text), 1)
                path.write_text(kept.replace(text, becomes), encoding="utf-8")
                told = self.run_it()
                path.write_text(kept, encoding="utf-8")
                self.assertEqual(told.returncode, 1)
                self.assertIn(word, told.stdout)
                self.assertNotIn("Traceback", told.stdout)

    def test_a_file_that_is_not_there(self):
        for name in FILES:
            with self.subTest(name):
                path = self.top / name
                path.rename(path.with_suffix(".away"))
                self.assertEqual(self.run_it().returncode, 1)
                path.with_suffix(".away").rename(path)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
