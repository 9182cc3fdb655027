# SPDX-License-Identifier: GPL-2.0
"""A toolstack that lives on, as libvirt's: three suspends, another's save, and one more."""

from scenarios.lives_on import Toolstack, all_gone, suspend, unlock

NAME = "lives-on-short"
KINDS = ("pv", "pvh")


def run(lab):
    guest = lab.guest()
    toolstack = Toolstack(lab, guest, "one")
    suspend(lab, guest, toolstack, 3)
    unlock(lab, guest)
    lab.checkpoint(guest)
    suspend(lab, guest, toolstack, 1)
    toolstack.quit()
    all_gone(lab)
