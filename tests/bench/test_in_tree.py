# SPDX-License-Identifier: GPL-2.0
"""The channel in the kernel is held against the module, and not against stock."""

import pathlib
import random
import sys
import unittest

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(TOP / "scripts/bench"), str(TOP / "scripts/lab")]

import page                             # noqa: E402
import targets                          # noqa: E402

LEVELS = {"stock": 40000, "direct": 10000, "in-tree": 5500, "freezer": 4500}


def record():
    chance, figures = random.Random(5), []
    for mode, level in LEVELS.items():
        whole = [[level * chance.gauss(1, 0.02) for _ in range(5)] for _ in range(8)]
        stages = [[{"do_suspend": us / 8, "suspended": us} for us in batch] for batch in whole]
        figures.append(["in-tree", {"guest": "pv", "mode": mode, "us": whole}])
        figures.append(["in-tree timeline", {"guest": "pv", "mode": mode, "us": stages}])
    return {"about": {}, "figures": figures}


class InTree(unittest.TestCase):
    def test_its_targets_are_ratios_to_the_module(self):
        (median, signalling) = [(value[0], target)
                                for _, value, target in targets.found(record())]
        for (value, target), wanted in ((median, 0.6), (signalling, 0.5)):
            self.assertAlmostEqual(value, 0.55, delta=0.03)
            self.assertEqual(target, wanted)

    def test_each_mode_has_a_row_and_a_column(self):
        text = "\n".join(page.in_tree_tables(record()))
        for mode in LEVELS:
            self.assertIn(f"   * - {mode}\n", text)
            self.assertIn(f"     - {mode}\n", text)


if __name__ == "__main__":
    unittest.main()
