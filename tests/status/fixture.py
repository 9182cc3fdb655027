# SPDX-License-Identifier: GPL-2.0
"""Guests' files, many in one: what the lab scenario pv-status takes out of real guests.

Each begins with a line "@file /its/path".
"""

import re


def unpack(text, root):
    """Make the tree of files below `root`."""
    for path, content in re.findall(r"^@file /(\S+)\n((?:(?!@file ).*\n?)*)", text, re.M):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content.rstrip("\n") + "\n", encoding="utf-8")
    return root
