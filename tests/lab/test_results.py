# SPDX-License-Identifier: GPL-2.0
"""The page of the lab's results: of one module and clean trees, and no failure hidden."""

import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(1, str(TOP / "scripts/lab"))

import attempts                         # noqa: E402
import images                           # noqa: E402
import matrix                           # noqa: E402
import outcome                          # noqa: E402
import tree                             # noqa: E402
from case import Case                   # noqa: E402
from runner import Result               # noqa: E402

CLEAN = {"commit": "aaaaaaaaaaaa", "changed": [], "module": "111111111111"}
LATER = {**CLEAN, "commit": "bbbbbbbbbbbb"}
DIRTY = {**CLEAN, "changed": ["module/gate.c"]}
OTHER = {**LATER, "module": "222222222222"}


class Folder(unittest.TestCase):
    """With a folder, in which are the ledger of attempts and two scenarios."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.at = 0
        for where, name, value in (
                (attempts, "LEDGER", self.folder / "attempts.jsonl"),
                (outcome, "_version", lambda package: "7.2"),
                (images, "hypervisor", lambda xen: {"Version": xen}),
                (attempts.time, "strftime", self.clock)):
            patch = mock.patch.object(where, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.cases = {name: self.case(name) for name in ("saves", "storm")}

    def clock(self, form):
        self.at += 1
        return "2026-11-24" + (f"T00:00:{self.at:02}" if "T" in form else "")

    def case(self, name):
        path = self.folder / f"{name}.py"
        path.write_text(f"# {name}\n", encoding="utf-8")
        module = types.ModuleType(name)
        module.NAME, module.__file__ = name, str(path)
        return Case(module, "pv")

    def run_of(self, state, *results, own=None, ended=True, xen=images.XEN):
        """A run's record; `results`: (case, error, reduced)."""
        lab = types.SimpleNamespace(tree=state, own=own or state, xen=xen, arguments="",
                                    releases={"6.1": "6.1.0"}, commit=state["commit"])
        made = [Result(self.cases[name], error, seconds=1, reduced=reduced)
                for name, error, reduced in results]
        for result in made if ended else ():
            outcome.ended(result, lab)
        self.at += 1
        path = self.folder / f"run-{self.at}.json"
        outcome.record(made, lab, [], 60, path)
        return path

    def page(self, *runs):
        target = self.folder / "page.rst"
        outcome.page(runs, target, [case.title for case in self.cases.values()])
        return target.read_text(encoding="utf-8")

    def refused(self, *runs):
        with self.assertRaises(tree.Refused) as found:
            self.page(*runs)
        self.assertFalse((self.folder / "page.rst").exists())
        return str(found.exception)


class Rows(Folder):
    def test_each_row_says_commit_and_attempt_and_the_page_which_module(self):
        text = self.page(self.run_of(CLEAN, ("saves", None, [])),
                         self.run_of(LATER, ("storm", None, [])))
        self.assertRegex(text, r"(?m)^saves .* pass +1 s +aaaaaaaaaaaa +1 ")
        self.assertRegex(text, r"(?m)^storm .* pass +1 s +bbbbbbbbbbbb +1 ")
        self.assertIn("``111111111111``", text)
        self.assertIn("2 passed, 0 failed, 0 planned and not run", text)

    def test_a_tree_with_changes_is_refused(self):
        self.assertIn("module/gate.c", self.refused(self.run_of(DIRTY, ("saves", None, []))))

    def test_a_lab_with_changes_is_refused(self):
        found = self.refused(self.run_of(CLEAN, ("saves", None, []),
                                         own={**CLEAN, "changed": ["scripts/lab/guest.py"]}))
        self.assertIn("scripts/lab/guest.py", found)

    def test_another_tree_s_lab_is_told(self):
        text = self.page(self.run_of(CLEAN, ("saves", None, []), own=LATER))
        self.assertIn("The lab itself is that of commit bbbbbbbbbbbb.", text)

    def test_two_modules_are_refused(self):
        found = self.refused(self.run_of(CLEAN, ("saves", None, [])),
                             self.run_of(OTHER, ("storm", None, [])))
        self.assertIn("111111111111", found)
        self.assertIn("222222222222", found)

    def test_two_versions_of_xen_are_refused(self):
        self.refused(self.run_of(CLEAN, ("saves", None, [])),
                     self.run_of(CLEAN, ("storm", None, []), xen="4.20"))

    def test_a_record_from_before_is_refused(self):
        old = self.folder / "old.json"
        old.write_text('{"versions": {}, "results": {}}', encoding="utf-8")
        self.assertIn("which tree", self.refused(old))

    def test_what_was_planned_and_not_run_is_listed(self):
        text = self.page(self.run_of(CLEAN, ("saves", None, [])))
        self.assertIn("1 passed, 0 failed, 1 planned and not run", text)
        self.assertIn("Planned and not run:\n\n- ``storm/6.1/xenstored/1cpu``", text)

    def test_what_is_no_longer_planned_stays(self):
        run = self.run_of(CLEAN, ("saves", None, []), ("storm", "it hangs", []))
        del self.cases["storm"]
        text = self.page(run)
        self.assertIn("1 passed, 1 failed", text)
        self.assertIn("Run, and not planned:\n\n- ``storm/6.1/xenstored/1cpu``", text)

    def test_what_was_reduced_is_told(self):
        text = self.page(self.run_of(CLEAN, ("storm", None, ["10 notifies of 1000"])))
        self.assertRegex(text, r"(?m)^storm .* yes$")
        self.assertIn("- ``storm/6.1/xenstored/1cpu``: 10 notifies of 1000", text)

    def test_a_case_whose_host_died_is_a_failure_of_the_page(self):
        text = self.page(self.run_of(CLEAN, ("storm", "not run", []), ended=False))
        self.assertIn("Failures:\n\n- ``storm/6.1/xenstored/1cpu``: not run", text)


class Attempts(Folder):
    def test_a_failure_stays_though_the_next_attempt_passes(self):
        runs = [self.run_of(CLEAN, ("storm", "it hangs", [])),
                self.run_of(CLEAN, ("storm", None, []))]
        for order in (runs, runs[::-1], runs[1:]):
            text = self.page(*order)
            self.assertRegex(text, r"(?m)^storm .* pass +1 s +aaaaaaaaaaaa +2 ")
            self.assertIn("attempt 1 (aaaaaaaaaaaa, 2026-11-24) failed: it hangs", text)
            self.assertNotIn("another since", text)

    def test_a_failure_that_comes_later_counts(self):
        runs = [self.run_of(CLEAN, ("storm", None, [])),
                self.run_of(CLEAN, ("storm", "it hangs", []))]
        text = self.page(*runs[::-1])
        self.assertIn("0 passed, 1 failed", text)
        self.assertIn("attempt 2 (aaaaaaaaaaaa, 2026-11-24) failed: it hangs",
                      self.page(runs[0]))

    def test_a_scenario_made_smaller_after_it_failed_is_told(self):
        self.run_of(CLEAN, ("storm", "it hangs", []))
        (self.folder / "storm.py").write_text("# smaller\n", encoding="utf-8")
        text = self.page(self.run_of(LATER, ("storm", None, ["10 notifies of 1000"])))
        self.assertIn("the scenario's file is another since", text)
        self.assertIn("reduced since: 10 notifies of 1000", text)

    def test_the_record_knows_without_the_ledger(self):
        self.run_of(CLEAN, ("storm", "it hangs", []))
        run = self.run_of(CLEAN, ("storm", None, []))
        attempts.LEDGER.unlink()
        self.assertIn("failed: it hangs", self.page(run))

    def test_another_module_begins_anew(self):
        self.run_of(CLEAN, ("storm", "it hangs", []))
        text = self.page(self.run_of(OTHER, ("storm", None, [])))
        self.assertRegex(text, r"(?m)^storm .* 1$|^storm .* bbbbbbbbbbbb +1 ")
        self.assertNotIn("it hangs", text)


class Kernels(unittest.TestCase):
    """The page of kernels and versions of Xen."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.rows, self.tree = {}, CLEAN
        for name, value in (("PAGE", self.top / "kernels.rst"),
                            ("RECORD", self.top / "build/matrix.json"),
                            ("xen_row", lambda name: self.rows[name]), ("say", lambda *_: 0),
                            ("table", lambda *_: 0)):
            self.replace(matrix, name, value)
        self.replace(matrix.subprocess, "run", lambda *_, **__: None)
        self.replace(matrix.cache, "expire", lambda *_: None)
        self.replace(matrix.tree, "state", lambda: self.tree)

    def replace(self, where, name, value):
        patch = mock.patch.object(where, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def xens(self, name, verdict="pass", reduced=(), hvm=("pass",)):
        row = (f"{name} (release)", "6.1", "6.1", verdict, "pass", "pass", *hvm, "2026-11-24")
        self.rows[name] = row, list(reduced)
        return matrix.run("xens", [name])

    def text(self):
        return (self.top / "kernels.rst").read_text(encoding="utf-8")

    def test_rows_say_their_commit_and_what_is_not_there_is_listed(self):
        one, *others = images.XENS
        self.assertEqual(self.xens(one, reduced=["no xl save -c"]), 0)
        self.assertRegex(self.text(), rf"(?m)^{re.escape(one)} .*pass .* aaaaaaaaaaaa$")
        self.assertIn("``111111111111``", self.text())
        self.assertIn("Not tried with this module:\n\n"
                      + "".join(f"- {name}\n" for name in others), self.text())
        self.assertIn(f"Reduced:\n\n- {one}: no xl save -c", self.text())

    def test_a_row_from_before_hvm_guests_says_that_they_were_not_run(self):
        one = next(iter(images.XENS))
        self.xens(one, hvm=())
        self.assertRegex(self.text(), rf"(?m)^{re.escape(one)} .*pass +pass +pass +not run +2026")

    def test_a_row_of_another_module_goes(self):
        one, two, *_ = images.XENS
        self.xens(one)
        self.tree = OTHER
        self.xens(two)
        self.assertNotRegex(self.text(), rf"(?m)^{re.escape(one)} ")
        self.assertIn(f"- {one}\n", self.text())

    def test_a_tree_with_changes_writes_no_page(self):
        self.tree = DIRTY
        self.xens(next(iter(images.XENS)))
        self.assertFalse((self.top / "kernels.rst").exists())

    def test_a_row_of_a_tree_with_changes_is_not_on_the_page(self):
        one, two, *_ = images.XENS
        self.tree = DIRTY
        self.xens(one)
        self.tree = CLEAN
        self.xens(two)
        self.assertNotRegex(self.text(), rf"(?m)^{re.escape(one)} ")

    def test_a_failure_stays_though_the_next_attempt_passes(self):
        one = next(iter(images.XENS))
        self.assertEqual(self.xens(one, "FAIL"), 1)
        self.xens(one)
        self.assertIn(f"- {one}: 2026-11-24, commit aaaaaaaaaaaa: 6.1, 6.1, FAIL, pass, pass, pass",
                      self.text())
        self.tree = OTHER
        self.xens(one)
        self.assertNotIn("FAIL", self.text())


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        (self.top / "module").mkdir()
        (self.top / "Documentation").mkdir()
        for name in ("Kbuild", "module/gate.c", "module/gate.h", "Documentation/kernels.rst"):
            (self.top / name).write_text(name, encoding="utf-8")
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one")

    def git(self, *words):
        return subprocess.run(["git", *words], cwd=self.top, check=True,
                              stdout=subprocess.PIPE).stdout

    def test_the_hash_is_what_the_page_says_how_to_make(self):
        words = tree.VERIFY.replace("COMMIT", "HEAD").removesuffix(" | sha256sum").split()[1:]
        self.assertEqual(tree.digest(self.top),
                         hashlib.sha256(self.git(*words)).hexdigest()[:tree.LENGTH])

    def test_changes_are_seen_and_change_the_hash(self):
        before = tree.state(self.top)
        self.assertEqual(before["changed"], [])
        self.assertIsNone(tree.unclean(before))
        (self.top / "module/gate.c").write_text("other", encoding="utf-8")
        (self.top / "module/new.c").write_text("new", encoding="utf-8")
        after = tree.state(self.top)
        self.assertEqual(after["changed"], ["module/gate.c", "module/new.c"])
        self.assertIn("module/new.c", tree.unclean(after))
        self.assertNotEqual(before["module"], after["module"])

    def test_pages_that_runs_write_are_no_change(self):
        (self.top / "Documentation/kernels.rst").write_text("rows", encoding="utf-8")
        self.assertIsNone(tree.unclean(tree.state(self.top)))

    def test_no_git_tree_is_not_clean(self):
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder)
            (top / "module").mkdir()
            (top / "Kbuild").write_text("x", encoding="utf-8")
            self.assertIn("not a git tree", tree.unclean(tree.state(top)))


if __name__ == "__main__":
    unittest.main()
