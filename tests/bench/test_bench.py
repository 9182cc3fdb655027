# SPDX-License-Identifier: GPL-2.0
"""The benchmarks' statistics, what is made of them, and where the clock stops."""

import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(TOP / "scripts/bench"), str(TOP / "scripts/lab")]

import claims                           # noqa: E402
import compare                          # noqa: E402
import page                             # noqa: E402
import points                           # noqa: E402
import recorded                         # noqa: E402
import scale                            # noqa: E402
import stats                            # noqa: E402
import suspends                         # noqa: E402
import targets                          # noqa: E402
import timeline                         # noqa: E402
import tree                             # noqa: E402

CLEAN = {"commit": "aaaaaaaaaaaa", "changed": [], "module": "111111111111"}


def noisy(chance, rounds, level, size=5, apart=0.1):
    """Batches around a level: alike within one, further from those of other rounds."""
    found = []
    for shared in rounds:
        own = shared + chance.gauss(0, apart)
        found.append([level * math.exp(own + chance.gauss(0, 0.05)) for _ in range(size)])
    return found


class Intervals(unittest.TestCase):
    def test_they_hold_the_truth_as_often_as_they_say(self):
        """And would not, if samples of a batch were taken for independent."""
        chance, runs = random.Random(1), 150
        by_batch = by_sample = 0
        for _ in range(runs):
            rounds = [chance.gauss(0, 0.3) for _ in range(8)]
            after, before = (noisy(chance, rounds, level) for level in (1, 4))
            _, low, high = stats.interval(stats._of_medians, after, before, resamples=200)
            by_batch += low <= 1 / 4 <= high
            single = [[[sample] for sample in stats.flat(side)] for side in (after, before)]
            _, low, high = stats.interval(stats._of_medians, *single, resamples=200)
            by_sample += low <= 1 / 4 <= high
        self.assertGreaterEqual(by_batch, 0.92 * runs)
        self.assertLess(by_sample, 0.88 * runs)

    def test_two_runs_of_the_same_do_not_differ(self):
        chance, differ = random.Random(2), 0
        for _ in range(100):
            found = []
            for _ in range(2):
                rounds = [chance.gauss(0, 0.3) for _ in range(10)]
                found.append(stats.interval(stats._of_medians, noisy(chance, rounds, 1),
                                            noisy(chance, rounds, 4), resamples=200))
            differ += found[0][1] > found[1][2] or found[1][1] > found[0][2]
        self.assertLessEqual(differ, 2)

    def test_a_slow_batch_is_one_of_so_many_and_not_so_many_samples(self):
        fast, slow = [[10, 10, 10]] * 5, [[20, 20, 20]] * 5
        _, low, high = stats.ratio(fast + slow, [[10, 10, 10]] * 10)
        self.assertEqual((low, high), (1, 2))

    def test_rounds_are_drawn_for_both_sides_alike(self):
        rounds = [[float(number)] * 3 for number in range(1, 11)]
        self.assertEqual(stats.ratio([[2 * us for us in batch] for batch in rounds], rounds),
                         (2, 2, 2))

    def test_few_rounds_are_told_by_students_t(self):
        for degrees, value in ((3, 3.182), (7, 2.365), (9, 2.262), (19, 2.093)):
            self.assertAlmostEqual(stats._student(0.975, degrees), value, delta=0.03)
        self.assertLess(stats._tail(5), stats._tail(20))

    def test_one_round_says_nothing(self):
        self.assertEqual(stats.ratio([[1, 2]], [[2, 4]]), (0.5, -math.inf, math.inf))

    def test_sides_of_other_rounds_are_a_mistake(self):
        with self.assertRaises(ValueError):
            stats.ratio([[1]] * 3, [[1]] * 4)


def suspend(guest, clients, mode, rounds, store="C"):
    return ["suspends", {"guest": guest, "store": store, "clients": clients, "mode": mode,
                         "us": rounds}]


def record(*figures, **about):
    return {"figures": list(figures), "about": {
        "command": "make bench", "commit": CLEAN["commit"], "tree": CLEAN, "full": True,
        "failed": [], **about}}


class Verdicts(unittest.TestCase):
    def test_by_the_interval(self):
        for interval, word in (((0.1, 0.05, 0.2), "met"), ((0.1, 0.05, 0.21), "open"),
                               ((0.3, 0.19, 0.4), "open"), ((0.3, 0.21, 0.4), "NOT met")):
            self.assertEqual(targets.decide(interval, 0.2), word)

    def test_a_median_below_its_target_is_open_if_a_batch_can_change_it(self):
        unsure = [[20_000] * 5] * 6 + [[60_000] * 5] * 4
        made = record(suspend("pv", 0, "stock", [[100_000] * 5] * 10),
                      suspend("pv", 0, "direct", unsure))
        (line,), counts = targets.headline(made)
        self.assertEqual(line, "PV, 0 clients: median, of stock's: open: 0.200"
                         " (0.200 - 0.600), wanted 0.25")
        self.assertEqual(counts, "targets: 0 met, 0 NOT met, 1 open")

    def test_the_modules_own_instructions(self):
        def counts(least, median, most):
            return {"min": least, "p50": median, "max": most}

        found = {"counts": [["new-awake", "module", counts(120, 122, 130)],
                            ["clock", "kernel", counts(40, 44, 45)],
                            ["wake", "kernel", counts(30, 34, 35)]]}
        self.assertEqual(targets.own_instructions(found), (44, 40, 60))

    def test_two_runs_are_compared_by_batch(self):
        def run(direct):
            return record(suspend("pv", 0, "stock", [[100] * 5] * 10),
                          suspend("pv", 0, "direct", direct))

        unsure = [[20] * 5] * 5 + [[40] * 5] * 5
        with mock.patch.object(compare, "say"), mock.patch.object(compare, "table"):
            self.assertEqual(compare.show(run(unsure), run([[40] * 5] * 10)), 0)
            self.assertEqual(compare.show(run([[20] * 5] * 10), run([[40] * 5] * 10)), 1)


class Claims(unittest.TestCase):
    def test_in_which_cells_a_sentence_holds(self):
        self.assertEqual(claims.told("It rains", {"here": True, "there": True}),
                         "It rains: in all 2 cells.")
        self.assertEqual(claims.told("It rains", {"here": True, "there": False}),
                         "It rains: in 1 of 2 cells; cannot be said of there.")
        self.assertEqual(claims.told("It rains", {"here": False, "there": False}),
                         "It rains: in none of 2 cells.")

    def test_a_cell_whose_interval_has_one_in_it_is_named(self):
        stock, sure = [[100] * 5] * 10, [[50] * 5] * 10
        unsure = [[50] * 5] * 6 + [[150] * 5] * 4
        found = claims.sentences(record(
            *(suspend("pv", 0, mode, us) for mode, us in (
                ("stock", stock), ("direct", sure), ("xenstore", sure))),
            *(suspend("pv", 8, mode, us) for mode, us in (
                ("stock", stock), ("direct", sure), ("xenstore", unsure)))))
        self.assertIn("The module's guest is suspended sooner than stock's: in all 2 cells.", found)
        self.assertIn("So is it with ``trigger=xenstore``: in 1 of 2 cells; cannot be said of"
                      " PV with xenstored and 8 clients.", found)

    def test_samples_of_a_cell_are_the_fewest(self):
        found = claims.sentences(record(
            *(suspend("pv", clients, mode, [[1] * size] * 10) for clients, size in ((0, 10), (8, 9))
              for mode in ("stock", "direct", "xenstore"))))
        self.assertIn("Samples of a cell: suspends 90 in 10 rounds.", found)


class Publishing(unittest.TestCase):
    def refused(self, **about):
        with mock.patch.object(page, "write") as write, self.assertRaises(tree.Refused) as found:
            page.publish(record(**about), pathlib.Path("nowhere"))
        write.assert_not_called()
        return str(found.exception)

    def test_a_whole_run_of_a_clean_tree(self):
        with mock.patch.object(page, "write") as write:
            page.publish(record(), pathlib.Path("somewhere"))
        write.assert_called_once()

    def test_not_of_a_tree_with_changes(self):
        self.assertIn("module/gate.c", self.refused(tree={**CLEAN, "changed": ["module/gate.c"]}))

    def test_not_a_part(self):
        self.assertIn("QUICK=1", self.refused(full=False, command="make bench QUICK=1"))

    def test_not_if_something_failed(self):
        self.assertIn("bench-scale", self.refused(failed=["bench-scale"]))

    def test_records_without_batches_are_refused(self):
        old = record(suspend("pv", 0, "stock", [1, 2, 3]))
        with self.assertRaises(recorded.Old):
            recorded.checked(old, "samples.json")


class Readme(unittest.TestCase):
    """Its figures are those of the page."""

    def page(self):
        """{(guest, clients, mode): (median, ratio)}, with xenstored."""
        text = (TOP / "Documentation/performance/results.rst").read_text(encoding="utf-8")
        found = {}
        for title, rows in points.tables(text):
            guest, _, of_what = title.partition(", ")
            if of_what.startswith("xenstored: request to suspended"):
                found.update({(guest, row["clients"], row["mode"]): (
                    row["p50"], row["of stock's median (95 %)"].partition(" ")[0])
                    for row in rows})
        return found

    def test_the_page_has_what_its_plots_need(self):
        found = points.of_page((TOP / "Documentation/performance/results.rst"
                                ).read_text(encoding="utf-8"))
        self.assertEqual({guest for guest, _ in found["suspends"]}, {"PV", "PVH"})
        for modes in found["suspends"].values():
            self.assertEqual(set(modes), {"stock", "direct", "xenstore"})
        self.assertEqual({mode for _, _, mode, _ in found["timeline"]}, {"stock", "direct"})
        self.assertTrue(all(points.FIRST not in gaps and "signalling" in gaps
                            for *_, gaps in found["timeline"]))
        self.assertEqual(set(found["scale"]), {"stock", "direct"})

    def test_medians_and_ratios(self):
        rows = re.findall(r"^\| (PVH?), (?:xenstored (idle)|(\d+) clients? hammering it) \|"
                          r" ([\d.]+) ms \| ([\d.]+) ms \| ([\d.]+) \|$",
                          (TOP / "README.md").read_text(encoding="utf-8"), re.M)
        self.assertGreaterEqual(len(rows), 8)
        page = self.page()
        for guest, idle, clients, stock, direct, ratio in rows:
            cell = guest, "0" if idle else clients
            with self.subTest(cell):
                self.assertEqual(page[(*cell, "stock")][0], stock)
                self.assertEqual(page[(*cell, "direct")], (direct, ratio))


class Lab:
    """What a benchmark is run with; nothing runs."""

    def __init__(self):
        self.case = types.SimpleNamespace(kind="pv", store="C")
        self.host = types.SimpleNamespace(console=None)
        self.kept, self.steps = [], []

    def create(self, _kind, name, **_options):
        return name

    def load(self, _guest, _mode, *parameters):
        return {"trigger": parameters[0].partition("=")[2]} if parameters else {}

    def expect(self, what, found, wanted):
        if found != wanted:
            raise AssertionError(what)

    def step(self, text):
        self.steps.append(text)

    def keep(self, what, **figures):
        self.kept.append((what, figures))


class Order(unittest.TestCase):
    """Every cell has a batch in every round, and the record says which is whose."""

    def batches(self, module, name, lab, key):
        asked = []

        def batch(*arguments):
            asked.append(key(*arguments))
            return [len(asked)] * 2

        with mock.patch.object(module, name, batch):
            module.run(lab)
        cells = len(set(asked))
        rounds, left = divmod(len(asked), cells)
        self.assertEqual(left, 0)
        self.assertGreaterEqual(rounds, 5)
        for number in range(rounds):
            self.assertEqual(asked[number * cells:][:cells], asked[:cells])
        return asked

    def test_suspends(self):
        lab = Lab()
        asked = self.batches(suspends, "batch", lab,
                             lambda lab, guest, protocol, clients: (guest, clients))
        for what, kept in lab.kept:
            guest = "stock" if kept["mode"] == "stock" else f"module-{kept['mode']}"
            self.assertEqual(kept["us"], [[place + 1] * 2 for place, cell in enumerate(asked)
                                          if cell == (guest, kept["clients"])])

    def test_timeline(self):
        lab = Lab()
        with mock.patch.object(timeline, "start"), \
                mock.patch.object(timeline.stats, "flat", lambda _: [{"do_suspend": 1}]):
            self.batches(timeline, "measure", lab,
                         lambda lab, guest, protocol, clients: (guest, clients))
        self.assertEqual(len(lab.kept), 4)

    def test_guests_at_once(self):
        lab, asked = Lab(), []

        def ask(_lab, guests, protocol):
            asked.append((len(guests), protocol))
            if len(asked) == 3:
                raise scale.Late("too late")
            return [len(asked)] * len(guests)

        guest = types.SimpleNamespace(domid=1)
        lab.host.run = lambda *_: ""
        with mock.patch.object(scale, "ask", ask), \
                mock.patch.object(scale, "copies", lambda *_: [guest] * max(scale.COUNTS)):
            scale.run(lab)
        self.assertEqual(asked[2], asked[3])        # once more
        self.assertEqual(len(lab.kept), 2 * len(scale.COUNTS))
        for _, kept in lab.kept:
            self.assertEqual((kept["late"], len(kept["us"])), (1, scale.ROUNDS))

    def test_guests_that_are_never_asked_at_once(self):
        def ask(*_):
            raise scale.Late("too late")

        with mock.patch.object(scale, "ask", ask), \
                mock.patch.object(scale, "copies", lambda *_: [None] * max(scale.COUNTS)), \
                self.assertRaises(scale.Wrong):
            scale.run(Lab())


class Clock(unittest.TestCase):
    """dom0's protocol.c, with a Xen whose every answer takes a millisecond."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "xen/hvm").mkdir(parents=True)
        for name in ("xenctrl", "xenevtchn", "xenguest", "xenstore", "xen/hvm/params"):
            (cls.folder / f"{name}.h").touch()
        cls.build("clock")
        cls.build("toolstack", "toolstack.c", "-DTOOLSTACK")

    @classmethod
    def build(cls, name, *more):
        dom0, here = TOP / "scripts/lab/dom0", TOP / "tests/bench"
        more = [dom0 / word if word.endswith(".c") else word for word in more]
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", f"-I{cls.folder}", f"-I{dom0}",
                        "-include", here / "fake-xen.h", "-o", cls.folder / name, *more,
                        here / "clock.c", dom0 / "protocol.c"], check=True)

    def toolstack(self, *words, tick=0):
        """What it prints; it is given ten seconds."""
        return subprocess.run([self.folder / "toolstack", *words], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=10,
                              env={"TICK_US": str(tick)}).stdout

    def test_a_time_that_comes_between_two_looks_at_the_clock(self):
        """It was slept for then: an hour, less what it had been missed by."""
        for at in range(1000, 1010):
            self.assertIn("\nsample=1 ", self.toolstack(
                "suspend", "1", "--protocol", "xenstore", "--at-ms", str(at), tick=700))

    def test_a_time_that_is_over_is_told(self):
        text = self.toolstack("suspend", "1", "--protocol", "xenstore", "--at-ms", "990", tick=700)
        self.assertRegex(text, r"(?m)^late_us=10700$")
        self.assertNotIn("late_us", self.toolstack("suspend", "1", "--protocol", "xenstore",
                                                   "--at-ms", "1100"))

    def test_a_flood_is_under_way_before_anything_is_measured(self):
        text = self.toolstack("suspend", "1", "--protocol", "xenstore", "--flood-clients", "3")
        before = text.partition("/control/shutdown")[0]
        for number in range(3):
            self.assertIn(f"read /lab/flood/{number}/value", before)

    def told(self, protocol):
        """([(time, what, path)], when it knew)"""
        lines = subprocess.run([self.folder / "clock", protocol], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines()
        steps = [line.split() for line in lines if line[0].isdigit()]
        return ([(int(time), what, path) for time, what, path in steps],
                int(lines[-1].removeprefix("told=")))

    def test_it_stops_when_the_toolstack_knows(self):
        for protocol in ("evtchn", "xenstore"):
            steps, told = self.told(protocol)
            self.assertEqual([time for time, what, _ in steps if what == "state"][-1], told)

    def test_what_is_tidied_up_then_is_not_measured(self):
        steps, told = self.told("xenstore")
        self.assertEqual([(what, path) for time, what, path in steps if time > told],
                         [("unwatch", "@releaseDomain")])

    def test_what_libxl_does_before_it_waits_is(self):
        steps, told = self.told("xenstore")
        self.assertIn(("unwatch", "/local/domain/1/control/shutdown"),
                      [(what, path) for time, what, path in steps if time < told])


if __name__ == "__main__":
    unittest.main()
