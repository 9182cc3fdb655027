# SPDX-License-Identifier: GPL-2.0
"""PVH guest, xl migrate to the same host, three times."""

NAME = "pvh-migrate"
HOST = "pvh"
CONTROL = True
ROUNDS = 3


def run(lab):
    guest = lab.guest()
    for _ in range(ROUNDS):
        lab.migrate(guest, "toolstack-node")
