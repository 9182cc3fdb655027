# SPDX-License-Identifier: GPL-2.0
"""module/handshake.c does what its table says: KUnit's suite handshake-table, here and now.

The suite and the source are compiled as they are, with what they need of the kernel
in user.h; KUnit itself runs them in a kernel (scripts/kunit/run).
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
SUITE = "kunit/handshake-table-test.c"
FILES = ("module/handshake.c", "module/handshake.h", "module/handshake-table.h", "module/trace.h",
         SUITE, "kunit/suites.h")
sys.path.insert(1, str(TOP / "scripts/kunit"))

from mutants import MUTANTS             # noqa: E402

# What the mutation run, in kernels without tracepoints, cannot find
TRACING = (
    ('hs_with_base(word, HS_ARMED), "arm")', 'hs_with_base(word, HS_ARMED), "disarm")'),
    ("	hs_trace(event, *word, next);\n", ""),
    ("	hs_trace(event, *word, next);\n", "	hs_trace(event, next, *word);\n"),
    ("hs_seq(next), hs_by(next));", "hs_seq(word), hs_by(next));"),
    ("hs_seq(next), hs_by(next));", "hs_seq(next), hs_by(word));"),
    ('hs->attempt.refused == -ETIME ? "gate-late"', 'hs->attempt.refused != -ETIME ? "gate-late"'),
    ('	hs_trace(!hs->attempt.refused ? "gate-passed" :', '	hs_trace(hs->attempt.serves ? "gate-passed" :'),
    ('[HS_FAILED] = "end-failed", [HS_AGAIN] = "end-again",',
     '[HS_FAILED] = "end-again", [HS_AGAIN] = "end-failed",'),
)
# A row of the table that is not so
ROWS = (
    ("HS_ROW(requested,  drop,          armed,      dropped)",
     "HS_ROW(requested,  drop,          disarmed,   dropped)"),
    ("HS_ROW(remembered, end,           requested,  cancelled)",
     "HS_ROW(remembered, end,           armed,      cancelled)"),
    ("HS_ROW(serving,    gate_late,     serving,    late)",
     "HS_ROW(serving,    gate_late,     serving,    passed)"),
    ("HS_ROW(armed,      absorb,        suspending, done)\n", ""),
)


class Code(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        for name in FILES:
            (self.top / name).parent.mkdir(exist_ok=True)
            shutil.copy(TOP / name, self.top / name)
            # All that they want of the kernel's headers is in user.h, errors apart.
            for header in re.findall(r"^#include <(.*)>", (TOP / name).read_text("utf-8"), re.M):
                path = self.top / "empty" / header
                path.parent.mkdir(parents=True, exist_ok=True)
                if header != "linux/errno.h":
                    path.touch()

    def run_suite(self):
        """(whether all is well, what was printed)"""
        (self.top / "main.c").write_text(
            f'#include "module/handshake.c"\n#include "{SUITE}"\n'
            "int main(void)\n{\n\treturn user_run(&handshake_table_suite);\n}\n", encoding="utf-8")
        built = subprocess.run(
            ["gcc", "-O0", "-w", "-DXEN_SUSPEND_TRACE_H", "-include", HERE / "user.h",
             "-I", self.top / "empty", self.top / "main.c", "-o", self.top / "main"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(built.returncode, 0, built.stdout)
        done = subprocess.run([self.top / "main"], stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode == 0, done.stdout

    def expect_found(self, name, text, becomes):
        path = self.top / name
        kept = path.read_text(encoding="utf-8")
        self.assertEqual(kept.count(text), 1, text)
        path.write_text(kept.replace(text, becomes), encoding="utf-8")
        good, told = self.run_suite()
        path.write_text(kept, encoding="utf-8")
        self.assertFalse(good, f"{text} -> {becomes}")
        self.assertIn("not so", told)

    def test_every_cell(self):
        good, told = self.run_suite()
        self.assertTrue(good, told)
        events = (TOP / FILES[2]).read_text(encoding="utf-8").count("\nHS_EVENT(")
        states = (TOP / FILES[2]).read_text(encoding="utf-8").count("\nHS_STATE(")
        self.assertGreaterEqual(int(told.split()[0]), 2 * events * states)

    def test_faults_in_the_code_are_found(self):
        suite = (TOP / SUITE).read_text(encoding="utf-8")
        faults = [(text, becomes) for name, text, becomes, test in MUTANTS
                  if name == "handshake.c" and f"({test}" in suite]
        self.assertGreater(len(faults), 5)
        for text, becomes in (*faults, *TRACING):
            with self.subTest(text):
                self.expect_found("module/handshake.c", text, becomes)

    def test_rows_that_are_not_so_are_found(self):
        for text, becomes in ROWS:
            with self.subTest(text):
                self.expect_found("module/handshake-table.h", text, becomes)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
