# SPDX-License-Identifier: GPL-2.0
"""HVM guest, xl migrate to the same host, three times."""

from scenarios import migrate

NAME = "hvm-migrate"
HOST = "hvm"
CONTROL = True
run = migrate.run
