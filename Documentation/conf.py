# SPDX-License-Identifier: GPL-2.0
"""Sphinx: "make docs" builds these pages, as HTML and as man pages."""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent

project = "xen-suspend"
author = "the xen-suspend maintainers"
release = version = (HERE.parent / "VERSION").read_text(encoding="ascii").strip()
html_theme = "alabaster"
html_show_sphinx = False
html_show_copyright = False
# xen-suspend.4 and the like are man pages, and pages of their own.
man_pages = []
for page in sorted((HERE / "man").glob("*.rst")):
    name, section = page.stem.rsplit(".", 1)
    subtitle = page.read_text(encoding="utf-8").split("\n---")[1].split("\n")[1]
    man_pages.append((f"man/{page.stem}", name, subtitle, author, int(section)))
man_make_section_directory = False
# The README's links are for the tree, not for these pages.
exclude_patterns = []
smartquotes = False
