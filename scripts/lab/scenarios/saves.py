# SPDX-License-Identifier: GPL-2.0
"""xl save and restore, twice: a new domain each time."""

NAME = "saves"
KINDS = ("pv", "pvh", "hvm")
CONTROL = True
ROUNDS = 2


def run(lab):
    guest = lab.guest()
    for _ in range(ROUNDS):
        lab.save(guest)
        lab.restore(guest, "toolstack-node")
