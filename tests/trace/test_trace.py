# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-trace against recordings of real guests, and what they become with a fault.

The .txt files are what runs of the lab keep among their logs, trace-*.txt: in-place of
pv-checkpoints, restored of pv-default, stock of pv-later, retried of pv-retry, refused of
pv-late, busy of pv-twice with four vCPUs.
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
TOOL = TOP / "tools/xen-suspend-trace"
MANUAL = TOP / "Documentation/man/xen-suspend-trace.8.rst"
GOOD = ("in-place", "restored", "stock", "retried", "refused", "busy")

sys.dont_write_bytecode = True
loader = SourceFileLoader("xen_suspend_trace", str(TOOL))
tool = module_from_spec(spec_from_loader(loader.name, loader))
loader.exec_module(tool)


def recording(name):
    return (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def where(lines, step, nth=1):
    """The index of the nth line of a step."""
    found = [index for index, line in enumerate(lines) if f"event={step} " in line]
    return found[nth - 1]


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
    Fault("in-place", "crossed", put("by=0", "by=1"), 0, "by port 0, not 1", nth=2),
    Fault("in-place", "gate-passed", put("gate-passed", "gate-late"), 1,
          "the gate has refused it (late)"),
    Fault("in-place", "notify", step_of(XENWATCH, "begin", "armed", "suspending"), 0,
          "in armed there is no such step", nth=2),
    Fault("in-place", "notify", step_of(XENWATCH, "drop", "requested", "armed"), 0,
          "stood in armed", nth=2),
    Fault("in-place", "crossed", step_of(XENWATCH, "end-failed", "suspending+request", "requested"),
          0, "it leads to armed", nth=2),
    Fault("restored", "end-restored", put("to=disarmed", "to=armed"), 0, "it leads to disarmed"),
    Fault("restored", "arm", without, 0, "stood in disarmed"),
    Fault("restored", "arm", twice, 1, "begins in disarmed"),
    Fault("stock", "absorb", without, 0, "stood in armed"),
    Fault("stock", "absorb", put("to=suspending", "to=suspending+request"), 0,
          "it leads to suspending"),
    Fault("stock", "gate-passed", put("gate-passed", "gate-deserted"), 0, "there is no such step"),
    Fault("retried", "end-again", put("to=requested", "to=armed"), 0, "it leads to requested"),
    Fault("retried", "end-again", both(put("end-again", "end-failed_other")), 0,
          "in serving there is no such step"),
    Fault("retried", "end-again", without, 0, "begins in requested"),
    Fault("refused", "end-failed", put("event=end-failed from=suspending.request to=armed",
                                       "event=crossed from=suspending+request to=resuming"), 0,
          "the gate has refused it"),
)


class Case(unittest.TestCase):
    def run_tool(self, *arguments, text=""):
        return subprocess.run([sys.executable, TOOL, *arguments], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def judged(self, lines):
        return tool.story("-", lines)

    def expect_path(self, lines, steps):
        found = self.judged(lines)
        self.assertEqual((found["verdict"], found["steps"], found["wrong"]), ("path", steps, None))
        return found


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


def only_steps(name):
    return [line for line in recording(name) if "event=" in line]


def late(lines, at, by):
    """A line that was written so many lines too late, by another CPU."""
    lines.insert(at + by, lines.pop(at))


class Order(Case):
    """Who has done his step writes it down a moment later."""

    def test_a_notify_written_after_what_it_has_led_to(self):
        lines = only_steps("busy")
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


class Formats(Case):
    def expect_same(self, text):
        told = self.run_tool("--json", "-", text=text)
        self.assertEqual(told.returncode, tool.PATH, told.stdout)
        (found,) = json.loads(told.stdout)
        self.assertEqual(found["steps"], len(only_steps("in-place")))
        self.assertEqual(self.run_tool("-", text=text.replace("event=begin", "event=end", 1)
                                       ).returncode, tool.NO_PATH)

    def rewritten(self, how):
        def line(text):
            task, pid, cpu, flags, time, rest = re.fullmatch(
                r"\s*(\S+)-(\d+)\s+\[(\d+)\] (\S+) +([\d.]+): handshake: (.*)", text).groups()
            return how(task, pid, cpu, flags, time, rest)
        return "\n".join(map(line, only_steps("in-place"))) + "\n"

    def test_tracefs(self):
        self.expect_same("\n".join(recording("in-place")) + "\n")

    def test_trace_cmd(self):
        self.expect_same("cpus=1\n" + self.rewritten(
            lambda task, pid, cpu, flags, time, rest:
            f"{task + '-' + pid:>22} [{cpu}] {time}: handshake:            {rest}"))

    def test_trace_cmd_with_flags(self):
        self.expect_same("cpus=1\n" + self.rewritten(
            lambda task, pid, cpu, flags, time, rest:
            f"{task + '-' + pid:>22} [{cpu}] {flags} {time}: handshake:            {rest}"))

    def test_perf_script(self):
        self.expect_same(self.rewritten(
            lambda task, pid, cpu, flags, time, rest:
            f"{task:>16} {pid:>5} [{cpu}] {time}: xen_suspend:handshake: {rest}"))

    def test_other_events_are_left_out(self):
        other = ("  <idle>-0 [000] dNh1. 17.3: request: port=8 time_ns=17262920058\n"
                 "  a-1 [000] d.... 17.3: sched_switch: prev_comm=handshake: next_comm=x\n\n")
        self.expect_same(other + other.join(f"{line}\n" for line in recording("in-place")))

    def test_names_of_tasks_with_anything_in_them(self):
        self.expect_same(self.rewritten(
            lambda task, pid, cpu, flags, time, rest:
            f"  a [001] b: {task}-{pid} [{cpu}] {flags} {time}: handshake: {rest}"))


class Nothing(Case):
    def test_nothing_to_judge_is_no_path(self):
        for text in ("", "\n", "# tracer: nop\n", "  a-1 [000] ..... 1.0: end: outcome=failed\n"):
            told = self.run_tool("-", text=text)
            self.assertEqual(told.returncode, tool.NOTHING)
            self.assertIn("nothing to judge", told.stdout)

    def test_what_cannot_be_read(self):
        good = only_steps("in-place")
        for text in (good[0].rsplit(" ", 1)[0], good[0].replace("request=", "request=x"),
                     good[0].replace(" by=", " by=7"), good[0].lstrip().partition("[")[2],
                     good[0][:-1]):
            told = self.run_tool("--json", "-", text="\n".join([*good, text, *good]) + "\n")
            self.assertEqual(told.returncode, tool.NOTHING, text)
            (found,) = json.loads(told.stdout)
            self.assertEqual(found["verdict"], "unreadable")
            self.assertIn(f"line {len(good) + 1} ", found["error"])

    def test_files_that_are_not_there(self):
        good = str(HERE / "in-place.txt")
        for arguments in (("/nowhere",), (good, "/nowhere"), (str(HERE),)):
            told = self.run_tool(*arguments)
            self.assertEqual((told.returncode, told.stderr), (tool.NOTHING, ""))

    def test_bytes_that_are_no_text(self):
        done = subprocess.run([sys.executable, TOOL, "-"], input=b"\xff\xfe\n", check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (tool.NOTHING, b""))

    def test_wrong_options(self):
        for arguments in ((), ("--nonsense",)):
            self.assertEqual(self.run_tool(*arguments).returncode, tool.NOTHING)


class Told(Case):
    def test_in_words(self):
        lines = only_steps("in-place")
        del lines[at := where(lines, "gate-passed", 2)]
        told = self.run_tool("-", text="\n".join(lines) + "\n")
        self.assertEqual(told.returncode, tool.NO_PATH)
        first = told.stdout.splitlines()[0]
        self.assertTrue(first.startswith(f"standard input:{at + 1}: not a path: crossed,"), first)
        time = re.search(r" ([\d.]+): handshake", lines[at])[1]
        for words in (f"at {time} s", "the gate has not let it pass", "it stood in serving",
                      f"since line {at}", "allowed: end-again to requested"):
            self.assertIn(words, told.stdout)

    def test_all_files_are_told_and_the_worst_counts(self):
        good = [str(HERE / f"{name}.txt") for name in GOOD]
        told = self.run_tool(*good)
        self.assertEqual((told.returncode, told.stdout.count(": a path: ")), (tool.PATH, len(good)))
        lines = only_steps("in-place")
        del lines[where(lines, "begin")]
        told = self.run_tool("/nowhere", *good, "-", text="\n".join(lines))
        self.assertEqual(told.returncode, tool.NO_PATH)

    def test_version(self):
        self.assertEqual(self.run_tool("--version").stdout.strip(),
                         f"xen-suspend-trace {(TOP / 'VERSION').read_text(encoding='ascii').strip()}")

    def test_manual(self):
        text = MANUAL.read_text(encoding="utf-8")
        told = self.run_tool("--help").stdout
        self.assertEqual(set(re.findall(r"--[a-z]+", told)),
                         set(re.findall(r"(?<=\*\*)--[a-z]+", text)) | {"--help"})
        for status in (tool.PATH, tool.NO_PATH, tool.NOTHING):
            self.assertRegex(text, rf"(?m)^{status}\n  ")
        lines = only_steps("in-place")
        del lines[where(lines, "begin", 2)]
        found = self.judged(lines)
        for key in (*found, *found["wrong"]):
            self.assertTrue(key == "file" or f"*{key}*" in text, key)


if __name__ == "__main__":
    unittest.main()
