# SPDX-License-Identifier: GPL-2.0
"""The pages against the sources: every message, parameter and file, and no others."""

import pathlib
import re
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTATION = TOP / "Documentation"


def sources():
    return sorted((TOP / "module").glob("*.c"))


def bare(text):
    """C without its comments."""
    return re.sub(r'("(?:\\.|[^"\\])*")|/\*.*?\*/|//[^\n]*', lambda found: found[1] or " ",
                  text, flags=re.S)


def messages(text):
    """Format strings that are sentences: of two words or more."""
    text = re.sub(r"^#include.*$", "", bare(text), flags=re.M)
    text = re.sub(r'MODULE_\w+\((\w+,)?(\s*"(\\.|[^"\\])*")+\);', "", text)
    found = []
    for run in re.findall(r'"(?:\\.|[^"\\])*"(?:\s*"(?:\\.|[^"\\])*")*', text):
        joined = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', run))
        joined = joined.replace("\\n", "").replace('\\"', '"')
        words = re.sub(r"%[-\d.*]*[a-zA-Z]+", "", joined)
        # The end of another message, and the heads of tables, are none.
        words = [word for word in words.split() if re.search(r"[A-Za-z]{2}", word)]
        if len(words) >= 2 and not joined.startswith((", ", "#")):
            found.append(joined)
    return found


def pattern(message):
    """What a message looks like on the page, with <words> for what is put in."""
    parts = re.split(r"%[-\d.*]*[a-zA-Z]+", message)
    return re.compile("<[^>]+>".join(map(re.escape, parts)))


def told(page):
    """The messages of a page: definition terms that are a literal."""
    return re.findall(r"^``(.+)``$", page, re.M)


class Troubleshooting(unittest.TestCase):
    def setUp(self):
        self.page = (DOCUMENTATION / "troubleshooting.rst").read_text(encoding="utf-8")
        self.messages = {message for path in sources()
                         for message in messages(path.read_text(encoding="utf-8"))}

    def test_messages_are_found_in_the_sources(self):
        # Each way in which one is said
        for said in ("not a Xen guest: nothing to do here",
                     "%d %s refused to freeze: the kernel log names %s",
                     "%s is not writable: suspending through xenstore only",
                     "the self-test's event was refused"):
            self.assertIn(said, self.messages)

    def test_every_message_is_on_the_page(self):
        terms = told(self.page)
        missing = [message for message in sorted(self.messages)
                   if not any(pattern(message).fullmatch(term) for term in terms)]
        self.assertEqual(missing, [])

    def test_nothing_on_the_page_is_stale(self):
        stale = [term for term in told(self.page)
                 if not any(pattern(message).fullmatch(term) for message in self.messages)]
        self.assertEqual(stale, [])

    def test_each_message_has_a_cause_and_a_remedy(self):
        for number, term in enumerate(lines := self.page.splitlines()):
            if re.fullmatch(r"``.+``", term):
                following = next(line for line in lines[number + 1:]
                                 if not re.fullmatch(r"``.+``", line))
                self.assertRegex(following, r"^  \S", term)

    def test_a_message_that_nobody_knows_is_noticed(self):
        self.assertEqual(messages('pr_err("the moon is %d km\\n" " away", 3); /* "no such thing here" */'),
                         ["the moon is %d km away"])
        self.assertFalse(any(pattern("the moon is %d km away").fullmatch(term)
                             for term in told(self.page)))


class Manual(unittest.TestCase):
    def setUp(self):
        self.page = (DOCUMENTATION / "man/xen-suspend.4.rst").read_text(encoding="utf-8")
        self.text = "\n".join(bare(path.read_text(encoding="utf-8")) for path in sources())

    def told(self, section):
        """Definition terms, **name** or *name*, of one section."""
        part = re.search(rf"^{section}\n=+\n(.*?)(?=^\S[^\n]*\n===|\Z)", self.page, re.M | re.S)[1]
        return {name for line in re.findall(r"^\*.*$", part, re.M)
                for name in re.findall(r"(?:^|, )\*+([a-z_/]+)(?==|\*)", line)}

    def test_parameters(self):
        found = set(re.findall(r"module_param(?:_named)?\((\w+)", self.text))
        self.assertTrue(found)
        self.assertEqual(self.told("Parameters"), found)

    def test_sysfs(self):
        found = set(re.findall(r"&dev_attr_(\w+)\.attr", self.text))
        folders = set(re.findall(r'\.name = "(\w*failed)"', self.text))
        self.assertTrue(found and folders)
        self.assertEqual(self.told("Sysfs"), found | {f"{folder}/" for folder in folders})


class Abi(unittest.TestCase):
    def test_fields_of_each_entry(self):
        for path in sorted((DOCUMENTATION / "ABI/testing").iterdir()):
            entries = re.split(r"^(?=What:)", path.read_text(encoding="utf-8"), flags=re.M)
            for entry in filter(str.strip, entries):
                with self.subTest(path.name, entry=entry.splitlines()[0]):
                    self.assertEqual(re.findall(r"^(\w+):", entry, re.M),
                                     ["What", "Date", "KernelVersion", "Contact", "Description"])

    def test_every_file_in_sysfs_has_one(self):
        text = (DOCUMENTATION / "ABI/testing/sysfs-devices-platform-xen-suspend"
                ).read_text(encoding="utf-8")
        source = (TOP / "module/status.c").read_text(encoding="utf-8")
        found = set(re.findall(r"&dev_attr_(\w+)\.attr", source))
        self.assertLessEqual(found, set(re.findall(r"^What:\s+\S+/xen-suspend/(\w+)$", text, re.M)))


class Markdown(unittest.TestCase):
    """README.md and the files beside it; the pages are tests/pages' business."""

    def anchors(self, text):
        return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
                for title in re.findall(r"^#+ (.+)$", text, re.M)}

    def test_links_lead_somewhere(self):
        found = 0
        for path in TOP.glob("*.md"):
            text = path.read_text(encoding="utf-8")
            for link in re.findall(r"\]\(([^)]+)\)", text):
                if link.startswith("https://"):
                    continue
                file, _, anchor = link.partition("#")
                found += 1
                with self.subTest(path.name, link=link):
                    self.assertTrue(not file or (TOP / file).exists())
                    if anchor:
                        self.assertFalse(file, "an anchor of another file")
                        self.assertIn(anchor, self.anchors(text))
        self.assertGreater(found, 10)

    def test_parameters_are_in_the_readme(self):
        text = (TOP / "README.md").read_text(encoding="utf-8")
        for path in sources():
            for name in re.findall(r"module_param(?:_named)?\((\w+)", bare(path.read_text(
                    encoding="utf-8"))):
                self.assertIn(f"\n| `{name}` |", text)

    def test_nobody_says_that_the_xenstore_trigger_gains_nothing(self):
        """Half of stock's time, in the project's own results"""
        for path in [*TOP.glob("*.md"), *DOCUMENTATION.rglob("*.rst"),
                     *(DOCUMENTATION / "ABI/testing").iterdir(), *(TOP / "tools").rglob("*"),
                     *sources()]:
            if path.is_file() and "__pycache__" not in path.parts:
                text = " ".join(path.read_text(encoding="utf-8").split())
                self.assertNotRegex(text, "no faster than (stock|without)", path)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
