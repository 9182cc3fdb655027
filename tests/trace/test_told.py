# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-trace: the texts it reads, what it says and how it ends."""

import json
import re
import subprocess
import sys
import unittest

from recordings import GOOD, HERE, TOOL, TOP, Case, only_steps, recording, tool, where

MANUAL = TOP / "Documentation/man/xen-suspend-trace.8.rst"


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
