# SPDX-License-Identifier: GPL-2.0
"""The lab fails a scenario whose guests' handshakes took a wrong step, and says what it
could not judge."""

import base64
import gzip
import pathlib
import shutil
import sys
import tempfile
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(1, str(TOP / "scripts/lab"))

import traced                           # noqa: E402
from guest import Guest                 # noqa: E402
from host import LabError               # noqa: E402
from report import Report               # noqa: E402
from scenario import Scenario, Wrong    # noqa: E402

GOOD = (HERE / "in-place.txt").read_text(encoding="utf-8")
BAD = GOOD.replace("event=gate-passed", "event=gate-late", 1)


class FakeGuest(Guest):
    """One that a console's worth of text comes from."""

    def __init__(self, name, text, alive=True, tracing=True):
        super().__init__(None, name, trace=True)
        self.text, self.is_alive, self.tracing = text, alive, tracing
        self.commands = []

    def run(self, command, limit=30, check=True):
        self.commands.append(command)
        if "/enable" in command:
            return (0 if self.tracing else 1), ""
        if "/trace" in command:
            if self.text is None:
                raise LabError("it does not answer")
            packed = base64.encodebytes(gzip.compress(self.text.encode())).decode()
            return f"begin-base64 644 log\n{packed}====\n"
        return ""

    def alive(self):
        return self.is_alive


class Handshakes(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def scenario(self, *guests, **options):
        case = types.SimpleNamespace(name="a", kernel="6.1", title="a/6.1/xenstored/1cpu")
        host = types.SimpleNamespace(folder=self.folder, console=self.folder / "console.log")
        scenario = Scenario(case, host, Report("a", True), **{"trace": True, **options})
        scenario.guests = list(guests)
        return scenario

    def loaded(self, *arguments, **options):
        guest = FakeGuest(*arguments, **options)
        guest.load()
        return guest

    def test_a_path_is_judged_and_kept(self):
        scenario = self.scenario(self.loaded("a", GOOD))
        scenario.check_handshakes()
        steps = GOOD.count("event=")
        self.assertEqual(str(scenario.judged), f"{steps} steps judged")
        kept = [path.read_text(encoding="utf-8") for path in self.folder.glob("trace-a-*.txt")]
        self.assertEqual(kept, [GOOD])

    def test_a_wrong_step_fails_the_scenario(self):
        scenario = self.scenario(self.loaded("good", GOOD), self.loaded("bad", BAD))
        with self.assertRaises(Wrong) as caught:
            scenario.check_handshakes()
        for words in ("trace-bad-", "not a path: crossed"):
            self.assertIn(words, str(caught.exception))
        self.assertIn("the gate has refused it", "\n".join(scenario.report.kept))

    def test_a_wrong_step_before_an_unload_does_so_too(self):
        guest = self.loaded("a", BAD)
        guest.unload()
        self.assertEqual(guest.commands[-1], "rmmod xen_suspend")
        guest.text = GOOD
        guest.load()
        with self.assertRaises(Wrong):
            self.scenario(guest).check_handshakes()

    def test_what_cannot_be_judged_is_said(self):
        gone = self.loaded("gone", GOOD, alive=False)
        old = self.loaded("old", GOOD, tracing=False)
        idle = self.loaded("idle", "# tracer: nop\n")
        stock = FakeGuest("stock", GOOD)
        scenario = self.scenario(gone, old, idle, stock)
        scenario.check_handshakes()
        self.assertEqual(str(scenario.judged), "no steps judged; gone not judged: the domain is gone;"
                         " old not judged: its module or kernel does not trace it;"
                         " idle not judged: it made no step")

    def test_a_torn_trace_fails_the_scenario(self):
        scenario = self.scenario(self.loaded("a", GOOD.replace(" to=", " xx=", 1)))
        with self.assertRaises(Wrong):
            scenario.check_handshakes()

    def test_a_stock_guest_and_a_benchmark_are_left_alone(self):
        for options in ({"control": True}, {"trace": False}):
            guest = FakeGuest("a", BAD)
            scenario = self.scenario(guest, **options)
            scenario.check_handshakes()
            self.assertEqual(guest.commands, [])
            self.assertFalse(scenario.trace)

    def test_a_failed_scenario_says_whether_the_handshake_failed_too(self):
        for text, words in ((BAD, "not a path"), (GOOD, "steps judged"), (None, "does not answer")):
            scenario = self.scenario(self.loaded("a", text))
            scenario.explain_handshakes()
            self.assertIn(words, "\n".join(scenario.report.kept))

    def test_steps_that_nobody_made_are_found(self):
        scenario = self.scenario(self.loaded("a", GOOD))
        scenario.check_handshakes()
        missing = traced.unseen(scenario.judged.seen)
        self.assertIn("requested drop armed", missing)
        self.assertNotIn("armed notify requested", missing)


if __name__ == "__main__":
    unittest.main()
