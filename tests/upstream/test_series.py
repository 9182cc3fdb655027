# SPDX-License-Identifier: GPL-2.0
"""The series of upstream/ are such as git am takes, and say what they do."""

import email
import email.policy
import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
# Lines of a message that git would take for something else, or that say too little
PLACEHOLDER = "***"


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def subject(message):
    return " ".join(message["Subject"].split())


def message_of(body):
    """What becomes the commit's message: all before the line of three dashes."""
    return body.split("\n---\n", 1)[0]


class Series(unittest.TestCase):
    FOLDER = "linux"

    def setUp(self):
        self.cover, *self.patches = [(path, read(path)) for path in
                                     sorted((TOP / "upstream" / self.FOLDER).glob("*.patch"))]

    def test_it_is_whole(self):
        count = len(self.patches)
        self.assertGreater(count, 0)
        for number, (path, message) in enumerate([self.cover, *self.patches]):
            self.assertTrue(path.name.startswith(f"{number:04}-"), path.name)
            self.assertTrue(subject(message).startswith(f"[PATCH {number}/{count}] "), path.name)

    def test_the_cover_letter_is_of_this_series(self):
        text = self.cover[1].get_content()
        self.assertNotIn(PLACEHOLDER, text + subject(self.cover[1]))
        words = " ".join(text.split())
        for path, message in self.patches:
            self.assertIn(subject(message).partition("] ")[2], words, path.name)

    def test_each_says_why_and_is_signed_by_its_author(self):
        for path, message in self.patches:
            lines = message_of(message.get_content()).strip().splitlines()
            self.assertEqual(lines[-1], f"Signed-off-by: {message['From']}", path.name)
            # Tags are not broken.
            reasons = [line for line in lines[:-1]
                       if line.strip() and not line.startswith("Fixes: ")]
            self.assertGreaterEqual(len(reasons), 3, path.name)
            self.assertLessEqual(max(map(len, reasons)), 75, path.name)

    def test_new_files_have_a_licence(self):
        for path, message in self.patches:
            text = message.get_content()
            for name, first in re.findall(r"^\+\+\+ b/(\S+\.[ch])\n@@ -0,0 .*\n(.*)$", text, re.M):
                self.assertIn("SPDX-License-Identifier: GPL-2.0-only", first, (path.name, name))

    def test_the_diffstat_is_right(self):
        for path, message in self.patches:
            text = message.get_content()
            diff = re.split(r"^diff --git ", text, flags=re.M)[1:]
            added = sum(len(re.findall(r"^\+(?!\+\+ )", part, re.M)) for part in diff)
            told = re.search(r"(\d+) insertion", text)
            self.assertEqual(added, int(told[1]) if told else 0, path.name)


class Freezer(Series):
    FOLDER = "linux-pm"


if __name__ == "__main__":
    unittest.main()
