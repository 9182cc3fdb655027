# SPDX-License-Identifier: GPL-2.0
"""What people see: lines as things happen, then a table.

Scenarios may run side by side: a line and a block of output are each printed
whole, and every line says which scenario it belongs to.
"""

import sys
import threading
import time

_lock = threading.Lock()
_started = time.monotonic()
COLUMNS = ("guest", "mode", "trigger", "how xl asked", "request→suspended ms", "result")


def say(text=""):
    with _lock:
        print(text, flush=True)


class Report:
    """The lines of one scenario; kept back if `quiet`, shown if it fails."""

    def __init__(self, name, quiet=False):
        self.name, self.quiet = name, quiet
        self.began = time.monotonic()
        self.kept = []

    def _emit(self, lines):
        text = "\n".join(lines)
        if self.quiet:
            self.kept.append(text)
        else:
            say(text)

    def seconds(self):
        return time.monotonic() - self.began

    def step(self, text):
        elapsed = time.monotonic() - _started   # of the run, not of the scenario
        self._emit([f"{elapsed:6.1f} s  {self.name}: {text}"])

    def show(self, text):
        self._emit([" " * 10 + "| " + line for line in text.rstrip().splitlines()])

    def release(self):
        """Show what was kept back."""
        if self.kept:
            say("\n".join(self.kept))
        self.kept = []


def table(rows, columns=COLUMNS):
    """Print rows (tuples as `columns`) in columns."""
    rows = [columns, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    say("\n".join(lines))


# The table's arrow is not ASCII; a C locale must not end the demo.
sys.stdout.reconfigure(errors="replace")
