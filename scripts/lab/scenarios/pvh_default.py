# SPDX-License-Identifier: GPL-2.0
"""PVH guest, default layout."""

from scenarios.pv_default import loaded, saved_and_restored

NAME = "pvh-default"
HOST = "pvh"


def run(lab):
    guest = loaded(lab)
    saved_and_restored(lab, guest)
    saved_and_restored(lab, guest)
