# SPDX-License-Identifier: GPL-2.0
"""HVM guest, xend_suspend_evtchn_compat=1: the node is the guest's own."""

from scenarios import pv_compat

NAME = "hvm-compat"
HOST = "hvm"
run = pv_compat.run
