# SPDX-License-Identifier: GPL-2.0
"""A program of dom0's that runs while the scenario goes on."""

import shlex

from host import LabError

# A line that no program prints
ENDED = "@ended"


class Background:
    """What it prints and its exit status are kept, and can be waited for."""

    count = 0

    def __init__(self, host, command):
        Background.count += 1
        self.host, self.command = host, command
        self.log = f"/tmp/background-{Background.count}"
        # The log is there before anybody looks into it. Appended to: whatever the program
        # leaves behind may still write, and not over its end.
        host.run(f": >{self.log}; ({{ {command}\n}} >>{self.log} 2>&1 </dev/null;"
                 f" echo {ENDED} $? >>{self.log}) &")

    def until(self, pattern, limit=30, times=1):
        """Wait until it has printed lines like that, so many of them."""
        self.host.run(f"until [ $(grep -c {shlex.quote(pattern)} {self.log}) -ge {times} ] ||"
                      f" grep -q '^{ENDED}' {self.log}; do sleep 0.1; done", limit)
        if self.matching(pattern) < times:
            raise LabError(f"`{self.command}` has ended, and has not printed {pattern!r}:\n"
                           f"{self.text()}", self.host.console)

    def matching(self, pattern):
        """How many lines it has printed that are like that."""
        return int(self.host.run(f"grep -c {shlex.quote(pattern)} {self.log} || true"))

    def text(self):
        """What it has printed."""
        return self.host.run(f"grep -v '^{ENDED}' {self.log} || true")

    @property
    def runs(self):
        return not self.matching(f"^{ENDED}")

    def wait(self, limit=70):
        """Wait for its end; (exit status, what it printed)."""
        self.host.run(f"until grep -q '^{ENDED}' {self.log}; do sleep 0.1; done", limit)
        status = int(self.host.run(f"grep '^{ENDED}' {self.log}").split()[1])
        return status, self.text()
