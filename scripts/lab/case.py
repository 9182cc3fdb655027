# SPDX-License-Identifier: GPL-2.0
"""What runs: scenarios, and the kernels, xenstoreds and guests they run with.

A scenario is a module (or anything with these attributes):

  NAME           what it is called; its description is its docstring
  HOST           "pv", "pvh" or "hvm": the guests' type; "pair": PVH, with two hosts
  KINDS          in the place of HOST: run once for each of these types
  CONTROL        true: also run with a stock guest, without the module
  KERNELS        the only guest kernels it is for (default: all)
  STORES         the only xenstoreds it is for (default: all)
  LIMIT          seconds it may take (default 300)
  MEMORY         megabytes of the host's machine (default: see runner.py)
  ALONE          true: nothing runs at its side
  DOM0           what its dom0 has more than usual: one of extras.py (HVM: "hvm")
  run(lab)       the scenario, with a scenario.Scenario
"""

from dataclasses import dataclass
from types import ModuleType

import debugkernel

# How much more time the debug kernels are given, and HVM guests: for each save, Xen and
# libxl look at a million page frames of theirs, whatever memory they have.
SLOWER = 2
STORES = {"C": "xenstored", "OCaml": "oxenstored"}


@dataclass(frozen=True)
class Case:
    """A scenario, and what it runs with."""
    module: ModuleType
    kind: str                   # pv, pvh or hvm
    pair: bool = False
    kernel: str = "6.1"
    store: str = "C"
    vcpus: int = 1

    @property
    def name(self):
        if getattr(self.module, "KINDS", None):
            return f"{self.kind}-{self.module.NAME}"
        return self.module.NAME

    @property
    def place(self):
        """Cases of the same place can share a host."""
        own = self.name if getattr(self.module, "LIMIT", 0) > 600 else ""
        return ("pair" if self.pair else self.kind, self.kernel, self.store, own, self.extra)

    @property
    def extra(self):
        return getattr(self.module, "DOM0", "hvm" if self.kind == "hvm" else "")

    @property
    def control(self):
        return getattr(self.module, "CONTROL", False)

    @property
    def limit(self):
        slow = self.kernel in debugkernel.FLAVOURS or self.kind == "hvm"
        return getattr(self.module, "LIMIT", 300) * (SLOWER if slow else 1)

    @property
    def alone(self):
        return getattr(self.module, "ALONE", False)

    @property
    def title(self):
        """Says everything: what ONLY= filters look into."""
        return f"{self.name}/{self.kernel}/{STORES[self.store]}/{self.vcpus}cpu"


def cases(modules, kernels=("6.1",), stores=("C",), vcpus=(1,)):
    """All combinations that the scenarios are for."""
    found = []
    for module in modules:
        host = getattr(module, "HOST", None)
        for kind in getattr(module, "KINDS", None) or [host]:
            pair, kind = kind == "pair", "pvh" if kind == "pair" else kind
            found += [Case(module, kind, pair, kernel, store, number)
                      for kernel in kernels for store in stores for number in vcpus
                      if kernel in getattr(module, "KERNELS", kernels)
                      and store in getattr(module, "STORES", stores)
                      # The others run on one CPU: see runner.SMP.
                      and (number == 1 or kind == "pv")
                      # KUnit's kernels are built without what QEMU boots.
                      and (kind != "hvm" or kernel not in debugkernel.FLAVOURS)]
    return found


def matching(found, filters):
    """Cases that fit any filter: words joined by +, each part of the title.

    A scenario's whole name means that one only: bench-pv is part of bench-pvh.
    """
    names = {case.name for case in found}

    def fits(case, text):
        return all(case.name == word if word in names else word in case.title
                   for word in text.split("+"))

    words = [word for text in filters for word in text.replace("ONLY=", "").split(",")]
    return [case for case in found if any(fits(case, word) for word in words)]
