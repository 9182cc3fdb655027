# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-status against files of real guests, and against broken ones."""

import io
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True

from guests import DEBUG, DEVICE, STATES, Case          # noqa: E402
from xen_suspend_status import advice, prometheus, screen, story     # noqa: E402


class RealGuests(Case):
    def test_each_state_has_its_exit_status(self):
        for name, wanted in STATES.items():
            with self.subTest(name):
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
            self.assertIn(kind, advice.REMEDY)
            self.put(f"{DEVICE}/failed/{kind}", "1\n")
            self.assertTrue(any(line.startswith(f"{kind}: ") for line in self.story()["advice"]))

    def test_the_screen_has_what_json_has(self):
        self.guest("failed")
        found, text = self.story(), " ".join(self.run_tool().stdout.split())
        for value in (found["state"], found["mode"], found["trigger"], found["version"],
                      found["last_error"]["reason"], "(EIO)", "device 1",
                      *(f"{count} {screen.WORDS.get(name, name)}"
                        for name, count in found["counters"].items()
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
        self.assertIn("5 s ago failed; suspended in - (signalled in -, attempts 3):"
                      " device x refused: see its driver 1 min 1 s ago resumed in place;", text)
        self.assertIn("signalled in 0.5 ms to 1.0 ms, of 2; suspended in 4.1 ms to 8.2 ms, of 2",
                      text)

    def test_a_suspend_that_comes_while_it_is_read(self):
        """Two files, each read by itself: never of two suspends."""
        self.guest("saved")

        class Busy(story.Tree):
            """A suspend after each read of last_signal_us, until there have been so many."""
            last = 0

            def read(self, path, told=None):
                text = super().read(path, told)
                number = int(text) + 1 if path.endswith("last_signal_us") else self.last + 1
                if number <= self.last:
                    for name, value in (("suspends", number), ("last_signal_us", number),
                                        ("last_suspend_us", number * 100)):
                        (self.root / DEVICE / name).write_text(f"{value}\n", encoding="ascii")
                return text

        self.put(f"{DEVICE}/last_signal_us", "10\n")
        for Busy.last in (11, 13):
            found = story.story(Busy(self.root))
            self.assertEqual((found["last_signal_us"], found["last_suspend_us"],
                              found["counters"]["suspends"]),
                             (Busy.last, 100 * Busy.last, Busy.last))
        Busy.last = 1000
        found = story.story(Busy(self.root))
        self.assertEqual((found["last_signal_us"], found["last_suspend_us"]), (None, None))
        self.assertIn("changed each time", screen.screen(found, io.StringIO()))

    def test_what_was_cancelled_is_told_in_words(self):
        self.guest("saved")
        text = " ".join(self.run_tool().stdout.split())
        self.assertIn("2 suspends (1 resumed in place)", text)
        self.assertNotIn("cancelled", text)

    def test_a_port_that_is_held(self):
        self.guest("saved")
        self.assertFalse(any("may still use" in line for line in self.story()["advice"]))
        self.put(f"{DEVICE}/event_channel", "9\n")
        self.put(f"{DEVICE}/held_event_channel", "8\n")
        self.put(f"{DEVICE}/replacements", "3\n")
        found, text = self.story(), self.run_tool().stdout
        self.assertEqual((found["event_channel"], found["held_event_channel"],
                          found["counters"]["replacements"], found["status"]),
                         (9, 8, 3, story.GOOD))
        self.assertTrue(any("may still use event channel 8" in line for line in found["advice"]))
        self.assertIn("9; 8 is still open, too\n", text)
        self.assertIn("3 ports replaced", " ".join(text.split()))

    def test_a_failure_comes_before_a_port_that_is_held(self):
        self.guest("failed")
        self.put(f"{DEVICE}/held_event_channel", "8\n")
        found = self.story()
        failures = sum(bool(count) for count in found["failed"].values())
        self.assertIn("may still use event channel 8", found["advice"][failures])

    def test_a_module_that_knows_of_one_port_only(self):
        self.guest("saved")
        for name in ("held_event_channel", "replacements"):
            (self.root / DEVICE / name).unlink()
        self.assertEqual((self.story()["held_event_channel"], self.run_tool().stderr), (None, ""))


class BrokenGuests(Case):
    def tell_all(self):
        """No exception, whichever way; without a process for each of many files."""
        found = story.story(story.Tree(self.root))
        json.dumps(found)
        prometheus.prometheus(found)
        screen.screen(found, io.StringIO())

    def test_elsewhere(self):
        self.assertEqual(self.run_tool().returncode, story.NO_GUEST)
        self.put(story.CLOCKS, "xen tsc\n")
        self.assertEqual(self.run_tool().returncode, story.NOT_LOADED)
        self.put("proc/xen/capabilities", "control_d\n")
        self.assertEqual(self.run_tool().returncode, story.NO_GUEST)

    def test_words_of_a_later_version_are_shown_as_they_are(self):
        self.guest("armed")
        self.put(f"{DEVICE}/mode", "telepathy\n")
        self.put(f"{DEVICE}/state", "levitating\n")
        self.put(f"{DEVICE}/failed/gravity", "7\n")
        told = self.run_tool()
        self.assertEqual(told.returncode, story.ATTENTION)
        for word in ("telepathy", "levitating", "gravity 7"):
            self.assertIn(word, told.stdout)

    def test_files_that_are_empty_or_nonsense_or_gone(self):
        self.guest("failed")
        files = [path for path in (self.root / DEVICE).rglob("*") if path.is_file()]
        for content in ("", "\n", "garbage \xff\n", "-\n"):
            for file in files:
                kept = file.read_text(encoding="utf-8")
                file.write_text(content, encoding="utf-8")
                with self.subTest(file.name, content=content):
                    self.tell_all()
                file.write_text(kept, encoding="utf-8")
        for file in files:
            file.unlink()
            with self.subTest(f"no {file.name}"):
                self.tell_all()

    def test_tables_that_are_empty_or_nonsense(self):
        self.guest("armed")
        for content in ("", "#\n", "# a b\n1\n", "nonsense\n", "# us_from us_to signal suspend\nx\n"):
            for name in ("history", "latency"):
                self.put(f"{DEBUG}/{name}", content)
            with self.subTest(content):
                self.tell_all()

    def test_terminals_get_colours_unless_they_are_unwelcome(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        self.guest("armed")
        found = story.story(story.Tree(self.root))
        os.environ.pop("NO_COLOR", None)
        self.assertIn("\033[32m", screen.screen(found, Terminal()))
        os.environ["NO_COLOR"] = "1"
        self.addCleanup(os.environ.pop, "NO_COLOR")
        self.assertNotIn("\033", screen.screen(found, Terminal()))


if __name__ == "__main__":
    unittest.main()
