# SPDX-License-Identifier: GPL-2.0
"""PV guest: a sleep of its own is no suspend of Xen's, and a request wakes it from one."""

from scenarios.sleeps import asked_meanwhile, left_alone, prepared

NAME = "pv-sleeps-short"
HOST = "pv"


def run(lab):
    guest = prepared(lab)
    left_alone(lab, guest, "core", "disk")
    asked_meanwhile(lab, guest, "none", "freeze")
    lab.checkpoint(guest)
