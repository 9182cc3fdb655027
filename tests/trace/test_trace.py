# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-trace: real guests' steps are a path, and with a fault put in they are none."""

import re
import unittest

from recordings import GOOD, HERE, Case, only_steps, recording, tool, where


class Fault:
    """A change of a recording at one step, and how far from it the first wrong step is."""

    def __init__(self, name, step, edit, after=0, reason="", nth=1):
        self.name, self.step, self.edit, self.after = name, step, edit, after
        self.reason, self.nth = reason, nth


def without(lines, at):
    del lines[at]


def twice(lines, at):
    lines.insert(at, lines[at])


def swapped(lines, at):
    lines[at], lines[at + 1] = lines[at + 1], lines[at]


def put(text, becomes):
    def edit(lines, at):
        changed = re.sub(text, becomes, lines[at])
        assert changed != lines[at], lines[at]
        lines[at] = changed
    return edit


def number(by):
    """Another number of the request."""
    def edit(lines, at):
        lines[at] = re.sub(r"request=(\d+)", lambda found: f"request={int(found[1]) + by}",
                           lines[at])
    return edit


def step_of(task, step, before, after):
    """A step that nobody has made, before the one that is there."""
    def edit(lines, at):
        request = re.search(r"request=\d+ by=\d", lines[at])[0]
        stamp = re.search(r"\[\d+\] \S+ +[\d.]+: ", lines[at])[0]
        lines.insert(at, f"  {task} {stamp}handshake: event={step} from={before} to={after} {request}")
    return edit


def both(*edits):
    def edit(lines, at):
        for one in edits:
            one(lines, at)
    return edit


XENWATCH = "xenwatch-9999     "
FAULTS = (
    Fault("in-place", "gate-passed", without, 0, "the gate has not let it pass", nth=2),
    Fault("in-place", "begin", without, 0, "the handshake stood in requested", nth=2),
    Fault("in-place", "crossed", without, 0, "in suspending+request", nth=2),
    Fault("in-place", "end-cancelled", without, 0, "stood in resuming"),
    Fault("in-place", "notify", without, 0, "stood in armed", nth=2),
    Fault("in-place", "notify", twice, 1, "begins in armed", nth=2),
    Fault("in-place", "begin", twice, 1, "begins in requested"),
    Fault("in-place", "gate-passed", twice, 1, "the gate has answered already"),
    Fault("in-place", "crossed", twice, 1, "begins in suspending+request"),
    Fault("in-place", "end-cancelled", twice, 1, "begins in resuming"),
    Fault("in-place", "gate-passed", swapped, 0, "the gate has not let it pass", nth=3),
    Fault("in-place", "begin", put("to=suspending.request", "to=suspending"), 0,
          "it leads to suspending+request, not to suspending"),
    Fault("in-place", "crossed", put("to=resuming", "to=resuming+request"), 0, "it leads to resuming"),
    Fault("in-place", "crossed", put("to=resuming", "to=armed"), 0, "it leads to resuming"),
    Fault("in-place", "end-cancelled", put("to=armed", "to=requested"), 0, "it leads to armed"),
    Fault("in-place", "end-cancelled", put("to=armed", "to=disarmed"), 0, "it leads to armed"),
    Fault("in-place", "end-cancelled", put("event=end-cancelled", "event=end-again"), 0,
          "there is no such step"),
    Fault("in-place", "end-cancelled", put("event=end-cancelled", "event=end-restored"), 0,
          "it leads to disarmed"),
    Fault("in-place", "begin", put("event=begin", "event=teleport"), 0, "there is no step teleport"),
    Fault("in-place", "notify", number(1), 0, "it would be request", nth=2),
    Fault("in-place", "notify", number(-1), 0, "it would be request", nth=2),
    Fault("in-place", "begin", number(1), 0, "it would be request", nth=2),
    Fault("in-place", "end-cancelled", number(-1), 0, "it would be request", nth=2),
    Fault("in-place", "crossed", put("by=0", "by=1"), 0, "by port 0, not 1"),
    Fault("in-place", "end-cancelled", put("by=1", "by=0"), 0, "by port 1, not 0", nth=2),
    Fault("in-place", "gate-passed", put("gate-passed", "gate-late"), 1,
          "the gate has refused it (late)"),
    Fault("in-place", "notify", step_of(XENWATCH, "begin", "armed", "suspending"), 0,
          "in armed there is no such step", nth=2),
    # It may have been written before the notify that it drops; but then nothing begins.
    Fault("in-place", "notify", step_of(XENWATCH, "drop", "requested", "armed"), 2,
          "the handshake stood in armed", nth=2),
    Fault("in-place", "crossed", step_of(XENWATCH, "end-failed", "suspending+request", "requested"),
          0, "it leads to armed", nth=2),
    Fault("restored", "end-restored", put("to=disarmed", "to=armed"), 0, "it leads to disarmed"),
    Fault("restored", "arm", without, 0, "stood in disarmed"),
    Fault("restored", "arm", twice, 1, "begins in disarmed"),
    Fault("stock", "absorb", without, 0, "stood in armed"),
    Fault("stock", "absorb", put("to=suspending", "to=suspending+request"), 0,
          "it leads to suspending"),
    Fault("stock", "gate-passed", put("gate-passed", "gate-deserted"), 0,
          "in suspending there is no such step", nth=3),
    Fault("retried", "end-again", put("to=requested", "to=armed"), 0, "it leads to requested"),
    Fault("retried", "end-again", both(put("end-again", "end-failed_other")), 0,
          "in serving there is no such step"),
    Fault("retried", "end-again", without, 0, "begins in requested"),
    Fault("refused", "end-failed", put("event=end-failed from=suspending.request to=armed",
                                       "event=crossed from=suspending+request to=resuming"), 0,
          "the gate has refused it"),
)


class Good(Case):
    def test_recordings_are_paths(self):
        for name in GOOD:
            with self.subTest(name):
                lines = recording(name)
                self.expect_path(lines, sum("event=" in line for line in lines))
                self.assertEqual(self.run_tool(str(HERE / f"{name}.txt")).returncode, tool.PATH)


class Faulty(Case):
    def test_each_fault_is_refused_at_its_step(self):
        self.assertGreaterEqual(len(FAULTS), 20)
        for fault in FAULTS:
            what = f"{fault.name}: {fault.step} {fault.nth}, {fault.edit.__name__}, {fault.reason}"
            with self.subTest(what):
                lines = recording(fault.name)
                at = where(lines, fault.step, fault.nth)
                fault.edit(lines, at)
                found = self.judged(lines)
                self.assertEqual(found["verdict"], "not a path")
                self.assertEqual(found["wrong"]["line"], at + fault.after + 1)
                self.assertIn(fault.reason, found["wrong"]["reason"])


def late(lines, at, by):
    """A line that was written so many lines too late, by another CPU."""
    lines.insert(at + by, lines.pop(at))


class Order(Case):
    """Who has done his step writes it down a moment later."""

    def test_a_notify_written_after_what_it_has_led_to(self):
        lines = only_steps("in-place")
        at = where(lines, "notify", 3)
        for by in range(1, 4):
            moved = list(lines)
            late(moved, at, by)
            self.expect_path(moved, len(lines))

    def test_not_after_what_the_same_task_did_next(self):
        # The service thread cannot arm after it was disarmed by xenwatch a second time.
        lines = only_steps("restored")
        arms = [index for index, line in enumerate(lines) if "event=arm " in line]
        late(lines, arms[0], arms[1] - arms[0])
        self.assertEqual(self.judged(lines)["verdict"], "not a path")

    def test_not_much_later(self):
        lines = only_steps("in-place")
        late(lines, where(lines, "notify", 2), tool.AHEAD + 1)
        self.assertEqual(self.judged(lines)["wrong"]["line"], where(only_steps("in-place"), "notify", 2) + 1)

    def test_not_the_steps_of_one_task(self):
        lines = only_steps("in-place")
        at = where(lines, "begin", 2)
        lines[at], lines[at + 3] = lines[at + 3], lines[at]
        self.assertEqual(self.judged(lines)["verdict"], "not a path")


class Beginnings(Case):
    def test_a_trace_may_begin_anywhere(self):
        for name in GOOD:
            lines = only_steps(name)
            for start in range(len(lines)):
                self.expect_path(lines[start:], len(lines) - start)

    def test_what_comes_before_it_is_held_against_it(self):
        # From the middle of a suspend: it is not known whether the gate was asked.
        lines = only_steps("in-place")
        lines = lines[where(lines, "begin"):]
        del lines[where(lines, "gate-passed")]
        self.assertEqual(self.judged(lines)["verdict"], "not a path")
        lines = only_steps("in-place")
        self.expect_path(lines[where(lines, "crossed"):], len(lines) - where(lines, "crossed"))

    def test_after_lost_events_it_is_judged_anew(self):
        for mark, count in (("CPU:0 [LOST 7 EVENTS]", 7), ("CPU:0 [LOST EVENTS]", 0),
                            ("cpu:0 [7 EVENTS DROPPED]", 7), ("CPU:1 [EVENTS DROPPED]", 0),
                            ("##### CPU 1 buffer started ####", 0)):
            lines = only_steps("in-place")
            at = where(lines, "begin", 2)
            lines[at] = mark
            found = self.expect_path(lines, len(lines) - 1)
            self.assertEqual(found["lost"], count)
            self.assertEqual([(piece["line"], piece["begins"]) for piece in found["pieces"]],
                             [(1, "the beginning"), (at + 1, "events were lost")])
            del lines[at]
            self.assertEqual(self.judged(lines)["wrong"]["line"], at + 1)

    def test_a_wrong_step_after_lost_events_is_found(self):
        lines = only_steps("in-place")
        lines[where(lines, "begin", 2)] = "CPU:0 [LOST 7 EVENTS]"
        del lines[at := where(lines, "crossed", 3)]
        self.assertEqual(self.judged(lines)["wrong"]["line"], at + 1)

    def test_overwritten_events_are_counted(self):
        lines = ["# tracer: nop", "# entries-in-buffer/entries-written: 140/184   #P:1",
                 *only_steps("in-place")]
        self.assertEqual(self.judged(lines)["lost"], 44)

    def test_several_guests_in_one_file(self):
        lines = [*recording("in-place"), *recording("retried"), *recording("in-place")]
        found = self.expect_path(lines, sum("event=" in line for line in lines))
        self.assertEqual([piece["begins"] for piece in found["pieces"]],
                         ["the beginning", "another trace", "another trace"])

    def test_another_boot(self):
        lines = only_steps("in-place")
        start = where(lines, "begin")
        found = self.expect_path([*lines, *lines[start:]], 2 * len(lines) - start)
        self.assertIn("another boot", found["pieces"][1]["begins"])

    def test_loaded_anew(self):
        lines = only_steps("restored")
        lines = lines[:where(lines, "end-restored") + 1]
        again = re.sub("event=.*", "event=arm from=disarmed to=armed request=0 by=0", lines[-1])
        self.expect_path([*lines, again], len(lines) + 1)
        # Only from where it may be unloaded
        lines = lines[:where(lines, "crossed") + 1]
        self.assertEqual(self.judged([*lines, again])["wrong"]["line"], len(lines) + 1)

    def test_numbers_begin_anew(self):
        lines = ["  a-1 [000] ..... 1.0: handshake: event=notify from=armed to=requested"
                 f" request={number} by=0" for number in (tool.NUMBERS - 1, 0)]
        lines.insert(1, "  a-1 [000] ..... 1.5: handshake: event=drop from=requested to=armed"
                        f" request={tool.NUMBERS - 1} by=0")
        self.expect_path(lines, 3)


if __name__ == "__main__":
    unittest.main()
