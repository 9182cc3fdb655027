# SPDX-License-Identifier: GPL-2.0
"""Debian's furo without a web server.

Its style sheet takes normalize.css from /javascript, which Debian's Apache serves, and
its script imports another one, which a page that was opened as a file may not. Both are
put where they are needed.
"""

import pathlib
import re

NORMALIZE = pathlib.Path("/usr/share/nodejs/normalize.css/normalize.css")


def finished(app, failed):
    static = pathlib.Path(app.outdir) / "_static"
    style, script = static / "styles/furo.css", static / "scripts/furo.js"
    if failed or app.builder.format != "html" or not style.is_file():
        return
    text = style.read_text(encoding="utf-8")
    imported = re.compile(r'@import\s*(url\()?["\']?/javascript/normalize\.css/[^;]*;')
    if imported.search(text) and NORMALIZE.is_file():
        style.write_text(imported.sub("", NORMALIZE.read_text(encoding="utf-8") + text),
                         encoding="utf-8")
    text = script.read_text(encoding="utf-8")
    found = re.match(r'import \w+ from "\./([\w.-]+)";\n', text)
    if found:
        other = (script.parent / found[1]).read_text(encoding="utf-8")
        script.write_text(other + text[found.end():], encoding="utf-8")


def setup(app):
    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
