# SPDX-License-Identifier: GPL-2.0
"""proof/run and proof/lib: what has proved nothing never counts as a pass."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "proof/lib"))

import pan                                  # noqa: E402
from configurations import CONFIGURATIONS   # noqa: E402
from faults import FAULTS                   # noqa: E402
from limits import ALL, LIMITS                 # noqa: E402

GOOD = """
State-vector 124 byte, depth reached 375, errors: 0
    70122 states, stored
  144.149	total actual memory usage
"""


def load(name):
    loader = importlib.machinery.SourceFileLoader(name, str(TOP / "proof" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Searches(unittest.TestCase):
    def test_a_search_to_its_end(self):
        search = pan.read(GOOD, 1.0)
        self.assertTrue(search.complete)
        self.assertEqual((search.states, search.depth, search.errors), (70122, 375, 0))

    def test_a_search_that_ends_early_is_not_complete(self):
        for sign in ("error: max search depth too small", "Warning: Search not completed",
                     "pan: out of memory", "hash-table overflow"):
            with self.subTest(sign):
                self.assertFalse(pan.read(GOOD + sign, 1.0).complete)

    def test_one_that_says_nothing_is_not_complete(self):
        self.assertFalse(pan.read("", 1.0).complete)

    def test_figures_of_millions(self):
        text = GOOD.replace("    70122", "  1.0437e+06")
        self.assertEqual(pan.read(text, 1.0).states, 1043700)


class Lists(unittest.TestCase):
    def claims(self):
        text = "".join(path.read_text(encoding="utf-8") for path in pan.MODEL.glob("*.pml"))
        return set(pan.re.findall(r'"BROKEN (\w+)\\n"', text)) | {"no_livelock"}

    def test_each_fault_fits_the_model(self):
        for name, (_, texts, configuration, _) in FAULTS.items():
            self.assertIn(configuration, CONFIGURATIONS)
            for file, text, becomes in texts:
                with self.subTest(name, file=file):
                    model = (pan.MODEL / file).read_text(encoding="utf-8")
                    self.assertEqual(model.count(text), 1)
                    self.assertNotEqual(text, becomes)

    def test_each_property_is_broken_by_a_fault_and_no_other(self):
        self.assertEqual({wanted for *_, wanted in FAULTS.values()}, self.claims())

    def test_the_pages_name_the_properties(self):
        for page in ("proof.rst", "design.rst"):
            text = (TOP / "Documentation" / page).read_text(encoding="utf-8")
            for claim in self.claims():
                with self.subTest(page, claim=claim):
                    self.assertTrue(f"``{claim}``" in text)

    def test_the_page_names_faults_limits_and_configurations(self):
        text = (TOP / "Documentation/proof.rst").read_text(encoding="utf-8")
        for name in [*FAULTS, *LIMITS, *CONFIGURATIONS]:
            with self.subTest(name):
                self.assertTrue(f"``{name}``" in text)

    def test_each_assumption_is_shown(self):
        bits = [bit for _, bit, _, _ in LIMITS.values() if bit]
        assumed = (pan.MODEL / "world.pml").read_text(encoding="utf-8")
        self.assertIn(f"#define ASSUMED {ALL}\n", assumed)
        self.assertEqual(len(bits), len(set(bits)))


class Driver(unittest.TestCase):
    def count(self, script):
        run = load("run")
        with tempfile.TemporaryDirectory() as folder:
            run.PARTS = pathlib.Path(folder)
            part = run.PARTS / "part"
            part.write_text("#!/bin/sh\n" + script, encoding="utf-8")
            part.chmod(0o755)
            with contextlib.redirect_stdout(io.StringIO()):
                return run.run_part("part", dict(os.environ))

    def test_lines_are_counted(self):
        count = self.count("echo 'PASS a (1 s)'; echo '     | PASS of a story'; echo 'FAIL b'; exit 1")
        self.assertEqual(count, {"PASS": 1, "FAIL": 1})

    def test_ends_badly_without_a_word(self):
        self.assertEqual(self.count("echo 'PASS a'; exit 3")["FAIL"], 1)

    def test_nothing_has_passed(self):
        self.assertEqual(self.count("exit 0")["FAIL"], 1)

    def test_says_that_it_failed_and_ends_well(self):
        self.assertEqual(self.count("echo 'FAIL a'; exit 0")["FAIL"], 2)


if __name__ == "__main__":
    unittest.main()
