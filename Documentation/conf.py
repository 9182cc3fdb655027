# SPDX-License-Identifier: GPL-2.0
"""Sphinx: "make docs" builds these pages, as HTML and as man pages."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "extensions"))

project = "xen-suspend"
author = "the xen-suspend authors"
release = version = (HERE.parent / "VERSION").read_text(encoding="ascii").strip()
extensions = ["links", "furo_alone"]
exclude_patterns = ["extensions"]
smartquotes = False
# Most blocks are what a command has printed: what is code says of which language.
highlight_language = "none"

html_theme = "furo"
html_title = f"xen-suspend {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_show_copyright = False
# The pages are made from files that are beside them.
html_copy_source = False

# xen-suspend.4 and the like are man pages, and pages of their own; ":what:" is their NAME.
man_pages = []
for page in sorted((HERE / "man").glob("*.rst")):
    name, section = page.stem.rsplit(".", 1)
    what = page.read_text(encoding="utf-8").partition("\n:what: ")[2].partition("\n")[0]
    man_pages.append((f"man/{page.stem}", name, what, author, int(section)))
man_make_section_directory = False
