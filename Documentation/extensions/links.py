# SPDX-License-Identifier: GPL-2.0
"""For the HTML pages: what they name can be gone to.

- A page that is named, "lab.rst", is a link to it.
- So is a file of the tree, ``scripts/lab/plan.py``, or ``jobs.c`` if there is one of that
  name; it gets a page that shows it.
- A message, the term of a definition that is a literal, has an anchor.
- A picture is a link to itself, in full size.
"""

import html
import pathlib
import re

from docutils import nodes
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("Documentation", "debian", "kunit", "module", "packaging", "scripts", "tests", "tools",
           "upstream")
PLAIN = ("AUTHORS", "Kbuild", "MAINTAINERS", "Makefile", "NEWS")
# In running text: a page, one of the files beside the README, a manual page.
NAMED = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w.-]+\.(?:rst|md)|NEWS|MAINTAINERS"
                   r"|[\w-]+\(\d\))(?![\w/-])")
SHOWN = 200_000                 # bytes; what is longer is a picture, or data
ANCHOR = 70                     # characters


def tree():
    """{path or bare name: path} of the files that can be shown."""
    found = {}
    for folder in FOLDERS:
        # While a package is made there are copies of everything below debian/.
        for path in sorted((TOP / folder).glob("*" if folder == "debian" else "**/*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".svg":
                found[str(path.relative_to(TOP))] = str(path.relative_to(TOP))
    found.update({path.name: path.name for path in TOP.glob("*.md")})
    found.update({name: name for name in PLAIN if (TOP / name).is_file()})
    bare = {}
    for path in list(found):
        bare.setdefault(path.rpartition("/")[2], set()).add(path)
    for name, paths in bare.items():
        # The module's own file before one of the tests' of the same name
        ours = {path for path in paths if path.startswith("module/")} or paths
        if len(ours) == 1 and "." in name:
            found.setdefault(name, *ours)
    return found


def page_of(app, path):
    """The name of the page that a file of the tree is, or is shown by."""
    inside = path.removeprefix("Documentation/")
    if inside != path:
        if path.startswith("Documentation/ABI/"):
            return "abi"
        if inside.endswith(".rst") and inside[:-4] in app.env.found_docs:
            return inside[:-4]
    app.tree_pages.add(path)
    return f"tree/{path}"


def target(app, docname, text):
    """The page that a text names, or None."""
    word = text.split()[0] if text.split() else ""
    manual = re.fullmatch(r"([\w-]+)\((\d)\)", word)
    if manual and f"man/{manual[1]}.{manual[2]}" in app.env.found_docs:
        word = f"man/{manual[1]}.{manual[2]}.rst"
    folder = f"Documentation/{docname}".rpartition("/")[0]
    for path in (word, f"{folder}/{word}", f"Documentation/{word}"):
        if path in app.tree_files:
            page = page_of(app, app.tree_files[path])
            return None if page == docname else page
    return None


def link(app, docname, page, child):
    uri = app.builder.get_relative_uri(docname, page)
    return nodes.reference("", "", child, internal=True, refuri=uri)


def within(node, *kinds):
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False


def literals(app, doctree, docname):
    for node in list(doctree.findall(nodes.literal)):
        if within(node, nodes.reference, nodes.title):
            continue
        page = target(app, docname, node.astext())
        if page:
            node.replace_self(link(app, docname, page, node.deepcopy()))


def mentions(app, doctree, docname):
    for node in list(doctree.findall(nodes.Text)):
        if within(node, nodes.reference, nodes.title, nodes.literal, nodes.literal_block,
                  nodes.comment, nodes.raw):
            continue
        parts, end = [], 0
        for match in NAMED.finditer(node.astext()):
            page = target(app, docname, match[1])
            if page:
                title = app.env.titles[page].astext() if page in app.env.titles else match[1]
                parts += [nodes.Text(node.astext()[end:match.start()]),
                          link(app, docname, page, nodes.inline("", title))]
                end = match.end()
        if parts:
            node.parent.replace(node, [*parts, nodes.Text(node.astext()[end:])])


def anchors(doctree):
    used = set()
    for term in doctree.findall(nodes.term):
        if len(term.children) != 1 or not isinstance(term.children[0], nodes.literal):
            continue
        name = nodes.make_id(term.astext())[:ANCHOR].strip("-")
        if not name or name in used or name in doctree.ids:
            continue
        used.add(name)
        term["ids"].append(name)
        term.append(nodes.reference("", "¶", internal=True, refid=name, classes=["headerlink"]))


def pictures(app, doctree, docname):
    up = "../" * docname.count("/")
    for image in list(doctree.findall(nodes.image)):
        if not within(image.parent, nodes.reference) and image["uri"] in app.env.images:
            name = app.env.images[image["uri"]][1]
            around = nodes.reference("", "", internal=True, refuri=f"{up}_images/{name}")
            image.replace_self(around)
            around.append(image)


def resolved(app, doctree, docname):
    if app.builder.format == "html":
        literals(app, doctree, docname)
        mentions(app, doctree, docname)
        anchors(doctree)
        pictures(app, doctree, docname)


def language(path, text):
    try:
        return get_lexer_for_filename(path).aliases[0]
    except ClassNotFound:
        first = text.partition("\n")[0]
        return "python" if "python" in first else "sh" if first.endswith("sh") else "none"


def pages(app):
    """The files of the tree that were named."""
    for path in sorted(app.tree_pages):
        text = (TOP / path).read_text(encoding="utf-8", errors="replace")
        shown = app.builder.highlighter.highlight_block(text[:SHOWN], language(path, text))
        yield f"tree/{path}", {"title": path, "body": f"<h1>{html.escape(path)}</h1>\n{shown}",
                               "parents": []}, "page.html"


def setup(app):
    app.tree_files = tree()
    app.tree_pages = set()
    app.connect("doctree-resolved", resolved)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
