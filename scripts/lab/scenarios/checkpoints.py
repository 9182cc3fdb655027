# SPDX-License-Identifier: GPL-2.0
"""xl save -c, 20 times in a row: the same domain goes on."""

from host import LabError

NAME = "checkpoints"
KINDS = ("pv", "pvh", "hvm")
CONTROL = True
ROUNDS = 20


def run(lab):
    if not lab.xl_resumes:
        raise LabError("nothing to see with this xl, which resumes no guest in place")
    guest = lab.guest()
    for _ in range(ROUNDS):
        lab.checkpoint(guest)
    if not lab.control:
        lab.expect("requests, suspends, failures",
                   list(lab.counters(guest, "requests", "suspends", "failures").values()),
                   [ROUNDS, ROUNDS, 0])
