# SPDX-License-Identifier: GPL-2.0
"""Which scenarios run with which kernels, xenstoreds and guests.

In the suite everything runs once, with Debian's 6.1 and the C xenstored; what
depends on the kernel, on xenstored or on the number of CPUs runs with all of them.
`make check` has time for a part, in which there is one of each kind.
"""

from case import cases
from scenarios import (CHECK, CLIENTS, EVERY, LAYOUTS, NO_DEBUG, disk, frozen, hvm_default,
                       killed, pair, pv_default, pv_down, pv_faults, pv_unload, refusal,
                       store_replaced, storm, twice)

KERNELS = ("6.1-cloud", "6.1-rt", "6.12")


# What differs with kernels, xenstoreds and CPUs: all but what is only slow.
CORE = [*LAYOUTS, *CLIENTS, pv_unload, pv_down, pv_faults, twice]


def core(modules, *combinations):
    """Without HVM guests, which are slow, and to which all that is no different."""
    return [case for case in cases(modules, *combinations) if case.kind != "hvm"]


def suite():
    found = cases(EVERY)
    # rt PV guests do not get through their boot here: Documentation/lab.rst.
    found += [case for case in core(CORE, KERNELS)
              if (case.kind, case.kernel) != ("pv", "6.1-rt")]
    found += cases([hvm_default], KERNELS)
    # blkfront, and what do_suspend() tells it, is each kernel's own.
    found += cases([disk, refusal], ["6.12"])
    found += core([*CORE, frozen, store_replaced], ["6.1"], ["OCaml"])
    found += core([*CORE, storm], ["6.1"], ["C"], [2, 4])
    # KASAN does not run in PV guests: see debugkernel.py. And it is so slow that
    # the failing allocations alone would take an hour.
    found += [case for kind, kernel, modules in (
                  ("pv", "debug", [module for module in EVERY if module not in NO_DEBUG]),
                  ("pvh", "kasan", CORE))
              for case in cases(modules, [kernel]) if case.kind == kind]
    return list(dict.fromkeys(found))


def check(kernels):
    """What `lab check` runs if it is not told what."""
    found = cases(CHECK, kernels)
    found += cases([pv_default], kernels, ["OCaml"])
    found += cases([pv_default, pv_faults], kernels, ["C"], [2])
    # Two hosts, each with a layout of its own; toolstacks that die
    found += cases([pair], kernels)
    found += [case for case in cases([killed], kernels) if case.kind == "pv"]
    return found
