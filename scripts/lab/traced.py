# SPDX-License-Identifier: GPL-2.0
"""Whether the handshake of real guests went as it may: tools/xen-suspend-trace.

Each guest that the module is loaded in writes its steps into a buffer of its own
(a tracing instance), which is in its memory and so goes with it through suspends and
migrations. When the module is unloaded, and when the scenario is over, it is judged.
"""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import kernels
from host import packed, unpacked

FOLDER = "/sys/kernel/tracing/instances/handshake"
# For each CPU: some thousand suspends. Of more, the last ones are judged.
KILOBYTES = 1024
ENABLE = f"{FOLDER}/events/xen_suspend/handshake/enable"
ON = (f"{{ mkdir -p {FOLDER} && echo {KILOBYTES} >{FOLDER}/buffer_size_kb &&"
      f" echo 1 >{ENABLE}; }} 2>/dev/null")


def _tool():
    path = kernels.TOP / "tools/xen-suspend-trace"
    loader = SourceFileLoader("xen_suspend_trace", str(path))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


tool = _tool()


def start(guest):
    """Write down the steps from now on; False if there is nothing that can."""
    return guest.run(ON, check=False)[0] == 0


def collect(guest):
    """What was written down. No message of the kernel may come between."""
    text = packed(f"cat {FOLDER}/trace")
    return unpacked(guest.run(f"dmesg -n 1; {text}; dmesg -n 4", 90))


class Judged:
    """What became of the traces of a scenario."""

    def __init__(self):
        self.steps, self.seen = 0, {}
        self.wrong = None       # what is to be said about the first that is no path
        self.reasons = []       # why some were not judged

    def add(self, text, path):
        """A trace, kept in a file; how many steps were judged."""
        path.write_text(text, encoding="utf-8")
        found = tool.story(str(path), text.splitlines())
        self.steps += found["steps"]
        for step, count in found["seen"].items():
            self.seen[step] = self.seen.get(step, 0) + count
        if found["verdict"] not in ("path", "nothing to judge"):
            self.wrong = self.wrong or tool.screen(found).rstrip()
        return found["steps"]

    def miss(self, name, why):
        self.reasons.append(f"{name} not judged: {why}")

    def __bool__(self):
        return bool(self.steps or self.wrong or self.reasons)

    def __str__(self):
        return "; ".join([f"{self.steps} steps judged" if self.steps else "no steps judged",
                          *self.reasons])


def unseen(seen):
    """Steps of the table that are not among those seen."""
    every = {f"{tool.TRACED[state]} {step} {tool.TRACED[after]}"
             for (state, step), after in tool.TABLE.items()}
    return sorted(every - set(seen))
