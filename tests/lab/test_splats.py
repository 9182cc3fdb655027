#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the lab makes of a kernel's complaints, also of guests that are gone."""

import base64
import gzip
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lab"))

from scenario import Scenario, Wrong    # noqa: E402

BUG = "[    1.000000] BUG: unable to handle page fault for address: 0\n[    1.1] more"
WARNED = 1 << 9
OUT_OF_TREE = 1 << 12


def packed(text):
    """As `gzip | uuencode -m` prints it."""
    coded = base64.b64encode(gzip.compress(text.encode())).decode()
    return f"begin-base64 644 log\n{coded}\n===="


class Guest:
    """Says so much in its log, or on its console if it is gone."""

    def __init__(self, said, tainted=OUT_OF_TREE, alive=True):
        self.name, self.domid, self.log = "guest", 1, "/console"
        self.said, self.tainted, self.is_alive = said, tainted, alive
        self.host = SimpleNamespace(run=lambda *_: packed(said))

    def alive(self):
        return self.is_alive

    def run(self, *_):
        return packed(f"{self.tainted}\n{self.said}")


def check(*guests, known=(), control=False):
    case = SimpleNamespace(name="case", kernel="6.1")
    report = SimpleNamespace(show=lambda text: None, step=lambda text: None)
    scenario = Scenario(case, SimpleNamespace(console=None), report, control=control)
    scenario.guests = list(guests)
    scenario.known_splats = list(known)
    scenario.check_splats()


class Splats(unittest.TestCase):
    def test_a_quiet_guest_passes(self):
        check(Guest("[ 1.0] all is well"))

    def test_what_its_log_says(self):
        with self.assertRaisesRegex(Wrong, "page fault"):
            check(Guest(BUG, WARNED))

    def test_what_its_log_has_wrapped_over(self):
        with self.assertRaisesRegex(Wrong, "tainted 512"):
            check(Guest("[ 9.0] all is well", OUT_OF_TREE | WARNED))

    def test_a_guest_that_is_gone(self):
        with self.assertRaisesRegex(Wrong, "page fault"):
            check(Guest(BUG, alive=False))

    def test_one_of_several(self):
        with self.assertRaises(Wrong):
            check(Guest("well"), Guest(BUG, alive=False), Guest("well"))

    def test_the_kernels_own_which_is_known(self):
        check(Guest(BUG, WARNED), known=["page fault"])

    def test_a_stock_guests_is_no_failure(self):
        check(Guest(BUG, WARNED), control=True)


if __name__ == "__main__":
    unittest.main()
