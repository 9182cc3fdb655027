# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-status against files of real guests, and against broken ones.

The .txt files come from a run of "scripts/lab/lab check pv-status", which keeps them
among its logs.
"""

import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE.parents[1] / "tools/xen-suspend-status"
MANUAL = HERE.parents[1] / "Documentation/man/xen-suspend-status.8.rst"
sys.path.insert(1, str(HERE))

import fixture                          # noqa: E402

loader = SourceFileLoader("xen_suspend_status", str(TOOL))
tool = module_from_spec(spec_from_loader(loader.name, loader))
sys.dont_write_bytecode = True
loader.exec_module(tool)

DEVICE = "sys/devices/platform/xen-suspend"
DEBUG = "sys/kernel/debug/xen-suspend"


class Case(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def guest(self, name):
        fixture.unpack((HERE / f"{name}.txt").read_text(encoding="utf-8"), self.root)
        return self.root

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run_tool(self, *arguments, columns="80", **environment):
        return subprocess.run([sys.executable, TOOL, "--root", self.root, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "COLUMNS": columns, **environment})

    def story(self):
        return json.loads(self.run_tool("--json").stdout)


class RealGuests(Case):
    def test_each_state_has_its_exit_status(self):
        for name, wanted in (("not-loaded", tool.NOT_LOADED), ("armed", tool.GOOD),
                             ("saved", tool.GOOD), ("failed", tool.ATTENTION),
                             ("xenstore-only", tool.ATTENTION)):
            with self.subTest(name):
                shutil.rmtree(self.root)
                self.guest(name)
                for how in ((), ("--json",), ("--prometheus",)):
                    self.assertEqual(self.run_tool(*how).returncode, wanted)
                self.assertEqual(self.story()["status"], wanted)

    def test_every_file_is_told(self):
        self.guest("saved")
        found = self.story()
        for file in (self.root / DEVICE).iterdir():
            if file.is_file() and file.name not in ("uevent", "modalias", "driver_override"):
                text = file.read_text(encoding="utf-8").strip()
                told = found["counters"].get(file.name, found.get(file.name, "missing"))
                self.assertEqual(str(told if told is not None else "0"), text or "0", file.name)
        for folder in ("failed", "stock_failed"):
            self.assertEqual(sorted(found[folder]),
                             sorted(os.listdir(self.root / DEVICE / folder)))

    def test_each_kind_of_failure_has_a_remedy(self):
        self.guest("saved")
        for kind in os.listdir(self.root / DEVICE / "failed"):
            self.assertIn(kind, tool.REMEDY)
            self.put(f"{DEVICE}/failed/{kind}", "1\n")
            self.assertTrue(any(line.startswith(f"{kind}: ") for line in self.story()["advice"]))

    def test_the_screen_has_what_json_has(self):
        self.guest("failed")
        found, text = self.story(), " ".join(self.run_tool().stdout.split())
        for value in (found["state"], found["mode"], found["trigger"], found["version"],
                      found["last_error"]["reason"], "(EIO)", "device 1",
                      *(f"{count} {name}" for name, count in found["counters"].items()
                        if name != "stock_suspends"), *found["advice"]):
            self.assertIn(" ".join(str(value).split()), text)

    def test_narrow_terminals_lose_no_words(self):
        self.guest("xenstore-only")
        wide = self.run_tool(columns="100").stdout.split()
        narrow = self.run_tool(columns="40").stdout
        self.assertEqual("".join(wide), "".join(narrow.split()))
        self.assertLessEqual(max(map(len, narrow.splitlines())), 40 + 16)

    def test_no_colours_where_nobody_sees_them(self):
        self.guest("failed")
        self.assertNotIn("\033", self.run_tool().stdout)

    def test_prometheus_has_all_counters_in_its_format(self):
        self.guest("failed")
        found, text = self.story(), self.run_tool("--prometheus").stdout
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) xen_suspend_\w+ .+|'
                                   r'xen_suspend_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.]+)$')
        for name, count in found["counters"].items():
            self.assertIn(f"\nxen_suspend_{name}_total {count}\n", text)
        self.assertIn('\nxen_suspend_failed_total{of="device"} 1\n', text)
        self.assertIn("\nxen_suspend_error 5\n", text)

    def test_history_and_latency(self):
        self.guest("saved")
        self.put("proc/uptime", "100.50 1.0\n")
        self.put(f"{DEBUG}/history",
                 "# time_s outcome attempts signal_us suspend_us total_us reason\n"
                 "39.500000 cancelled 1 800 7200 9000 -\n"
                 "95.500000 failed 3 - - 4000 device x refused: see its driver\n")
        self.put(f"{DEBUG}/latency", "# us_from us_to signal suspend\n512 1024 2 0\n"
                                     "4096 8192 0 1\n8192 inf 0 1\n")
        found = self.story()
        self.assertEqual(found["history"][1], {
            "time_s": 95.5, "outcome": "failed", "attempts": 3, "signal_us": None,
            "suspend_us": None, "total_us": 4000, "reason": "device x refused: see its driver"})
        text = " ".join(self.run_tool().stdout.split())
        self.assertIn("5 s ago failed, suspended in - (signalled in -, attempts 3):"
                      " device x refused: see its driver 1 min 1 s ago cancelled", text)
        self.assertIn("signalled in 0.5 ms to 1.0 ms, of 2; suspended in 4.1 ms to 8.2 ms, of 2",
                      text)

    def test_a_port_that_is_held(self):
        self.guest("saved")
        self.assertFalse(any("given back" in line for line in self.story()["advice"]))
        self.assertIn("\nxen_suspend_port_held 0\n", self.run_tool("--prometheus").stdout)
        self.put(f"{DEVICE}/event_channel", "9\n")
        self.put(f"{DEVICE}/held_event_channel", "8\n")
        self.put(f"{DEVICE}/replacements", "3\n")
        found, text = self.story(), self.run_tool().stdout
        self.assertEqual((found["event_channel"], found["held_event_channel"],
                          found["counters"]["replacements"], found["status"]),
                         (9, 8, 3, tool.GOOD))
        self.assertTrue(any("not given back event channel 8" in line for line in found["advice"]))
        self.assertIn("9; a toolstack holds 8\n", text)
        self.assertIn("3 replacements", " ".join(text.split()))
        told = self.run_tool("--prometheus").stdout
        self.assertIn("\nxen_suspend_port_held 1\n", told)
        self.assertIn("\nxen_suspend_replacements_total 3\n", told)

    def test_a_module_that_knows_of_one_port_only(self):
        self.guest("saved")
        for name in ("held_event_channel", "replacements"):
            (self.root / DEVICE / name).unlink()
        self.assertEqual((self.story()["held_event_channel"], self.run_tool().stderr), (None, ""))

    def test_watch_ends_after_its_count(self):
        self.guest("armed")
        told = self.run_tool("--watch", "0.05", "--count", "3", "--json")
        self.assertEqual([json.loads(line)["state"] for line in told.stdout.splitlines()],
                         ["armed"] * 3)


class BrokenGuests(Case):
    def test_elsewhere(self):
        self.assertEqual(self.run_tool().returncode, tool.NO_GUEST)
        self.put(tool.CLOCKS, "xen tsc\n")
        self.assertEqual(self.run_tool().returncode, tool.NOT_LOADED)
        self.put("proc/xen/capabilities", "control_d\n")
        self.assertEqual(self.run_tool().returncode, tool.NO_GUEST)

    def test_words_of_a_later_version_are_shown_as_they_are(self):
        self.guest("armed")
        self.put(f"{DEVICE}/mode", "telepathy\n")
        self.put(f"{DEVICE}/state", "levitating\n")
        self.put(f"{DEVICE}/failed/gravity", "7\n")
        told = self.run_tool()
        self.assertEqual(told.returncode, tool.ATTENTION)
        for word in ("telepathy", "levitating", "gravity 7"):
            self.assertIn(word, told.stdout)

    def test_files_that_are_empty_or_nonsense_or_gone(self):
        self.guest("failed")
        files = [path for path in (self.root / DEVICE).rglob("*") if path.is_file()]
        for content in ("", "\n", "garbage \xff\n", "-\n"):
            for file in files:
                kept = file.read_text(encoding="utf-8")
                file.write_text(content, encoding="utf-8")
                for how in ((), ("--json",), ("--prometheus",)):
                    self.assertEqual(self.run_tool(*how).stderr, "", (file, content))
                file.write_text(kept, encoding="utf-8")
        for file in files:
            file.unlink()
            self.assertEqual(self.run_tool().stderr, "", file)

    def test_tables_that_are_empty_or_nonsense(self):
        self.guest("armed")
        for content in ("", "#\n", "# a b\n1\n", "nonsense\n", "# us_from us_to signal suspend\nx\n"):
            for name in ("history", "latency"):
                self.put(f"{DEBUG}/{name}", content)
            self.assertEqual(self.run_tool().stderr, "", content)

    def test_wrong_options(self):
        for arguments in (("--nonsense",), ("--watch", "0"), ("--json", "--prometheus")):
            self.assertEqual(self.run_tool(*arguments).returncode, tool.USAGE)

    def test_terminals_get_colours_unless_they_are_unwelcome(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        self.guest("armed")
        found = tool.story(tool.Tree(self.root))
        os.environ.pop("NO_COLOR", None)
        self.assertIn("\033[32m", tool.screen(found, Terminal()))
        os.environ["NO_COLOR"] = "1"
        self.addCleanup(os.environ.pop, "NO_COLOR")
        self.assertNotIn("\033", tool.screen(found, Terminal()))


class Manual(unittest.TestCase):
    def test_each_option_and_exit_status_is_in_it(self):
        text = MANUAL.read_text(encoding="utf-8")
        told = subprocess.run([sys.executable, TOOL, "--help"], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        options = set(re.findall(r"--[a-z]+", told))
        self.assertEqual(options, set(re.findall(r"(?<=\*\*)--[a-z]+", text)) | {"--help"})
        for status in (tool.GOOD, tool.ATTENTION, tool.NOT_LOADED, tool.NO_GUEST, tool.USAGE):
            self.assertRegex(text, rf"(?m)^{status}\n  ")


if __name__ == "__main__":
    unittest.main()
