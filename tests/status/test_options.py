# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-status: its options, its man page, its completion, its timer."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from guests import IO_ERROR, MANUAL, STATES, TOOL, TOP, USAGE, Case     # noqa: E402
from xen_suspend_status import VERSION, story                            # noqa: E402

COMPLETION = TOP / "tools/completion/xen-suspend-status"
UNITS = TOP / "tools/systemd"


def options():
    told = subprocess.run([sys.executable, TOOL, "--help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return set(re.findall(r"--[a-z]+", told))


class Options(Case):
    def test_wrong_ones(self):
        self.guest("armed")
        for arguments in (("--nonsense",), ("--json", "--prometheus"), ("--count", "3"),
                          *(("--watch", seconds) for seconds in ("0", "-1", "nan", "inf", "1e9")),
                          *(("--watch", "1", "--count", count) for count in ("0", "-1", "x")),
                          ("--watch", "--prometheus"), ("--watch", "--output", "x"),
                          ("--root", self.root / "nowhere"), ("--root", TOOL)):
            with self.subTest(arguments):
                told = self.run_tool(*arguments)
                self.assertEqual((told.returncode, told.stdout), (USAGE, ""))
                self.assertNotIn("Traceback", told.stderr)

    def test_version_is_the_projects(self):
        told = self.run_tool("--version")
        self.assertEqual((told.returncode, told.stdout.split()[-1]),
                         (0, (TOP / "VERSION").read_text(encoding="ascii").strip()))

    def test_watch_ends_after_its_count(self):
        self.guest("armed")
        told = self.run_tool("--watch", "0.05", "--count", "3", "--json")
        self.assertEqual([json.loads(line)["state"] for line in told.stdout.splitlines()],
                         ["armed"] * 3)

    def test_called_by_a_link(self):
        self.guest("armed")
        link = self.root / "xen-suspend-status"
        link.symlink_to(TOOL)
        told = subprocess.run([link, "--version"], stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn(VERSION, told.stdout)


class Output(Case):
    def test_it_is_what_is_printed_and_readable(self):
        for name, status in STATES.items():
            self.guest(name)
            file = self.root / "out.prom"
            for how in ((), ("--json",), ("--prometheus",)):
                told = self.run_tool(*how, "--output", file)
                self.assertEqual((told.returncode, told.stdout, told.stderr), (status, "", ""))
                self.assertEqual(file.read_text(encoding="utf-8"), self.run_tool(*how).stdout)
                self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o644)

    def test_it_replaces_and_leaves_nothing_beside(self):
        self.guest("armed")
        folder = self.root / "collector"
        folder.mkdir()
        old = folder / "xen-suspend.prom"
        old.write_text("old\n", encoding="ascii")
        with open(old, encoding="ascii") as reader:     # one who reads while it is replaced
            self.run_tool("--prometheus", "--output", old)
            self.assertEqual(reader.read(), "old\n")
        self.assertEqual(os.listdir(folder), [old.name])
        self.assertIn("xen_suspend_module_loaded 1", old.read_text(encoding="utf-8"))

    def test_where_it_cannot_be_written(self):
        self.guest("armed")
        (self.root / "folder").mkdir()
        for file in (self.root / "nowhere/x.prom", self.root / "folder"):
            told = self.run_tool("--json", "--output", file)
            self.assertEqual((told.returncode, told.stdout), (IO_ERROR, ""))
            self.assertRegex(told.stderr, f"^xen-suspend-status: {re.escape(str(file))}: .+\n$")
        self.assertEqual([name for name in os.listdir(self.root) if name.startswith(".")], [])


class Timer(unittest.TestCase):
    def test_systemd_takes_the_units(self):
        analyze = shutil.which("systemd-analyze")
        self.assertTrue(analyze, "systemd-analyze: scripts/install-packages check")
        for unit in sorted(UNITS.iterdir()):
            told = subprocess.run([analyze, "verify", "--man=no", "--recursive-errors=one", unit],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False)
            # The program is not where it is going to be installed.
            lines = [line for line in told.stdout.splitlines()
                     if "is not executable: No such file" not in line]
            self.assertEqual(lines, [], unit.name)

    def test_the_command_is_one_that_works(self):
        text = (UNITS / "xen-suspend-status.service").read_text(encoding="ascii")
        command = re.search(r"^ExecStart=/usr/bin/xen-suspend-status (.+)$", text, re.M)[1].split()
        self.assertLessEqual({word for word in command if word.startswith("--")}, options())
        accepted = re.search(r"^SuccessExitStatus=(.+)$", text, re.M)[1].split()
        self.assertEqual({0, *map(int, accepted)}, set(STATES.values()) | {story.NO_GUEST})


class Completion(Case):
    def complete(self, *words):
        script = (f". {COMPLETION}; COMP_WORDS=(xen-suspend-status \"$@\"); COMP_CWORD=$#;"
                  " _xen_suspend_status; printf '%s\\n' \"${COMPREPLY[@]}\"")
        return set(subprocess.run(["bash", "-c", script, "bash", *words], stdout=subprocess.PIPE,
                                  text=True, check=True, cwd=self.root).stdout.split())

    def test_it_knows_the_options_and_no_others(self):
        self.assertEqual(self.complete("--"), options())

    def test_what_an_option_takes(self):
        (self.root / "folder").mkdir()
        (self.root / "file").touch()
        self.assertEqual(self.complete("--root", "f"), {"folder"})
        self.assertEqual(self.complete("--output", "f"), {"file", "folder"})
        self.assertEqual(self.complete("--pro"), {"--prometheus"})


class Manual(Case):
    def setUp(self):
        super().setUp()
        self.text = MANUAL.read_text(encoding="utf-8")

    def section(self, title):
        return re.search(rf"^{title}\n=+\n(.*?)(?=^\S[^\n]*\n===|\Z)", self.text, re.M | re.S)[1]

    def test_options(self):
        self.assertEqual(options(), set(re.findall(r"(?<=\*\*)--[a-z]+", self.section("Options"))))
        self.assertLessEqual(options() - {"--help", "--version"},
                             set(re.findall(r"(?<=\*\*)--[a-z]+", self.section("Synopsis"))))

    def test_exit_statuses(self):
        told = set(map(int, re.findall(r"(?m)^(\d+)$", self.section("Exit status"))))
        self.assertEqual(told, {*STATES.values(), story.NO_GUEST, USAGE, IO_ERROR})

    def test_keys_of_json(self):
        told = {name for line in re.findall(r"(?m)^\*.*$", self.section("JSON"))
                for name in re.findall(r"\*(\w+)\*", line)}
        for name in STATES:
            self.guest(name)
            self.assertEqual(told, set(self.story()), name)

    def test_names_for_prometheus(self):
        told = set(re.findall(r"(?m)^\*(xen_suspend_\w+)\*", self.section("Prometheus")))
        found = set()
        for name in STATES:
            self.guest(name)
            found |= set(re.findall(r"(?m)^# TYPE (\w+)", self.run_tool("--prometheus").stdout))
        self.assertEqual(told, found)


if __name__ == "__main__":
    unittest.main()
