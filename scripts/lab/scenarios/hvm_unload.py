# SPDX-License-Identifier: GPL-2.0
"""HVM guest, rmmod: allowed before a subscription, refused after, allowed in a new domain."""

from scenarios import pv_unload

NAME = "hvm-unload"
HOST = "hvm"
run = pv_unload.run
