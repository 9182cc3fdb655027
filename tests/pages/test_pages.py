# SPDX-License-Identifier: GPL-2.0
"""The HTML pages, in a real browser: nothing cut off or scrolled sideways, no dead link.

"make docs-test" builds them first. With PICTURES=folder it leaves a picture of each page.
"""

import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import urllib.parse

sys.dont_write_bytecode = True

import browser                          # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = TOP / "build/docs/html"
WIDTHS = (1280, 500)
VERSION = (TOP / "VERSION").read_text(encoding="ascii").strip()
WIDE = ("<article><table><tr><td><pre style='overflow-x: auto; width: 200px'>" + "x" * 400
        + "</pre></td><td style='white-space: nowrap'>" + "word " * 300 + "</td></tr></table>"
        "<img src='nowhere.svg' style='width: 10px; height: 10px' alt='gone'></article>")



class Page:
    """What was seen of it, at each width."""

    def __init__(self, path):
        self.path, self.name = path, str(path.relative_to(PAGES))
        self.layout = {}
        for width in WIDTHS:
            chromium.width(width)
            chromium.open(path)
            self.layout[width] = chromium.run(browser.LAYOUT) + chromium.complaints()
            if "PICTURES" in os.environ:
                chromium.picture(pathlib.Path(os.environ["PICTURES"])
                                 / f"{width}-{self.name.replace('/', '-')}.png")
        self.links = chromium.run(browser.LINKS)
        self.anchors = {"", *chromium.run(browser.ANCHORS)}
        self.contents = chromium.run(browser.CONTENTS)


def setUpModule():
    global chromium, pages
    chromium = browser.Browser()
    unittest.addModuleCleanup(chromium.close)
    pages = {path: Page(path) for path in sorted(PAGES.rglob("*.html"))
             if not path.is_relative_to(PAGES / "_static")}


class Layout(unittest.TestCase):
    def test_nothing_is_cut_off(self):
        self.assertTrue(pages)
        for page in pages.values():
            for width, found in page.layout.items():
                with self.subTest(page.name, width=width):
                    self.assertEqual(found, [])

    def test_what_is_cut_off_is_noticed(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "wide.html").write_text(f"<!doctype html>{WIDE}", encoding="ascii")
        chromium.width(500)
        chromium.open(folder / "wide.html")
        found = "\n".join(chromium.run(browser.LAYOUT))
        for what in ("the page is", "outside the window", "cut off or to be scrolled", "no picture"):
            self.assertIn(what, found)
        chromium.complaints()


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        dead, reached = [], {PAGES / "index.html"}
        for page in pages.values():
            for link in page.links:
                url = urllib.parse.urlsplit(link)
                if url.scheme != "file":
                    self.assertEqual(url.scheme, "https", link)
                    continue
                file = pathlib.Path(urllib.parse.unquote(url.path))
                anchors = pages[file].anchors if file in pages else {""}
                if not file.is_file() or url.fragment not in anchors:
                    dead.append(f"{page.name}: {link}")
                reached.add(file)
        self.assertEqual(dead, [])
        self.assertEqual(set(pages) - reached, set())


class ManPages(unittest.TestCase):
    def test_they_have_the_usual_sections(self):
        found = sorted((TOP / "build/docs/man").glob("*.[0-9]"))
        self.assertEqual(len(found), len(list((TOP / "Documentation/man").iterdir())))
        for path in found:
            with self.subTest(path.name):
                text = path.read_text(encoding="utf-8")
                sections = re.findall(r'^\.SH "?([^"\n]+)"?$', text, re.M)
                self.assertEqual(sections[:3], ["NAME", "SYNOPSIS", "DESCRIPTION"])
                self.assertIn("SEE ALSO", sections)
                self.assertIn(f"\n.SH NAME\n{path.stem} \\- ", text)


class Contents(unittest.TestCase):
    def test_each_page_says_what_it_is_and_of_which_version(self):
        for page in pages.values():
            if page.name not in ("search.html", "genindex.html"):
                with self.subTest(page.name):
                    self.assertIn(VERSION, page.contents["title"])
                    self.assertTrue(page.contents["headline"])

    def test_code_has_colours(self):
        found = [(page.name, *each) for page in pages.values()
                 for each in page.contents["languages"]
                 if each[0] not in ("none", "default", "text")]
        self.assertTrue(found)
        self.assertEqual([each for each in found if not each[2]], [])

    def test_messages_have_anchors(self):
        self.assertIn("not-a-xen-guest-nothing-to-do-here",
                      pages[PAGES / "troubleshooting.html"].anchors)

    def test_a_picture_is_a_link_to_itself(self):
        chromium.open(PAGES / "performance/results.html")
        found = chromium.run("return [...document.querySelectorAll('article img')].map("
                             "e => [e.src, e.closest('a')?.href])")
        self.assertTrue(found)
        for source, link in found:
            self.assertEqual(source, link)


if __name__ == "__main__":
    unittest.main()
