# SPDX-License-Identifier: GPL-2.0
"""What deb-test's guest is made of: seen without booting it, which takes minutes."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lab"))

import debian       # noqa: E402


class Configuration(unittest.TestCase):
    def test_it_has_its_root_and_the_packages(self):
        lines = [line for line in debian.Debian(None).config().splitlines()
                 if line.startswith("disk =")]
        self.assertEqual(len(lines), 1)
        for device in ("xvda", "xvdb"):
            self.assertIn(f"vdev={device},", lines[0])


if __name__ == "__main__":
    unittest.main()
