# SPDX-License-Identifier: GPL-2.0
"""What xen-suspend-status(8) is made of."""

VERSION = "0.1.0"               # scripts/version writes it
