# SPDX-License-Identifier: GPL-2.0
"""The series of upstream/xen/ and its backports are ones that git am takes, and one series."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import test_series                      # noqa: E402
from test_series import message_of, read, subject  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
XEN = TOP / "upstream/xen"
sys.path.append(str(TOP / "scripts/lab"))

import cache                            # noqa: E402

NEWEST = sorted(XEN.glob("*.patch"))
BACKPORTS = sorted(path for path in XEN.iterdir() if path.is_dir())
# Where scripts/upstream/libxl.py keeps trees that are built, and so configured
TREES = "libxl-tree/{xen}*/tree"


class Newest(test_series.Series):
    """The same checks as of the series for Linux."""

    def setUp(self):
        self.cover, *self.patches = [(path, read(path)) for path in NEWEST]

    # Xen's files are LGPL's, and none is new.
    test_new_files_have_a_licence = None


class Backports(unittest.TestCase):
    def setUp(self):
        self.newest = {subject(read(path)).partition("] ")[2]: read(path)
                       for path in NEWEST[1:]}

    def test_each_has_every_patch_in_the_same_order(self):
        for folder in BACKPORTS:
            titles = [subject(read(path)).partition("] ")[2]
                      for path in sorted(folder.glob("*.patch"))]
            self.assertEqual(titles, list(self.newest), folder.name)

    def test_the_reasons_are_those_of_the_newest(self):
        for folder in BACKPORTS:
            for path in folder.glob("*.patch"):
                ours = message_of(read(path).get_content()).split("\n\n")
                newest = message_of(self.newest[subject(read(path)).partition("] ")[2]]
                                    .get_content()).split("\n\n")
                # One may need fewer words, where there is less to change.
                self.assertEqual([part for part in ours if part not in newest], [], path)

    def test_they_apply_to_the_source_in_the_cache(self):
        for folder in BACKPORTS:
            trees = sorted(cache.root().glob(TREES.format(xen=folder.name)))
            if not trees:
                self.skipTest(f"no source of Xen {folder.name} in the cache")
            with self.subTest(trees[-1].parent.name), tempfile.TemporaryDirectory() as where:
                series = sorted(folder.glob("*.patch"))
                names = {name for path in series for name in
                         re.findall(r"^--- a/(\S+)$", path.read_text(), re.M)}
                for name in names:
                    copy = Path(where, name)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes((trees[-1] / name).read_bytes())
                for path in series:
                    done = subprocess.run(["git", "apply", path], cwd=where, text=True,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                          check=False)
                    self.assertEqual(done.returncode, 0, done.stdout)


# unittest would run it once more.
del test_series.Series


if __name__ == "__main__":
    unittest.main()
