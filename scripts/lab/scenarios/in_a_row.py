# SPDX-License-Identifier: GPL-2.0
"""A toolstack that lives on and is hasty: suspends with nothing in between."""

from scenarios.lives_on import in_a_row

NAME = "in-a-row"
KINDS = ("pv", "pvh")
CONTROL = True


def run(lab):
    in_a_row(lab, lab.guest())
