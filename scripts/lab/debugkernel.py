# SPDX-License-Identifier: GPL-2.0
"""KUnit's kernel that is made for catching mistakes, as a guest's kernel."""

import sys
from pathlib import Path

# After the lab's own folder: both have a module `kernels`, or may have one day.
sys.path.append(str(Path(__file__).resolve().parents[1] / "kunit"))

import kernels                          # noqa: E402
import machine                          # noqa: E402
import suites                           # noqa: E402
import testkernel                       # noqa: E402

# "kasan" does not boot as a PV guest: see kunit/kernel-debug.config.
FLAVOURS = {"debug": "xen", "kasan": "debug"}
splats = machine.splats


class Kernel:
    """As kernels.Kernel, as far as guests go."""

    def __init__(self, flavour):
        self.flavour = flavour
        built = testkernel.Kernel("6.1", FLAVOURS[flavour])
        self.release = f"{built.version}-{flavour}"
        self.vmlinux, self.objects = built.vmlinux, built.objects

    def module(self, _name):
        """None: what it has of drivers is built in."""


def guest_kernel(flavour, sources=kernels.TOP):
    """The kernel called `flavour`, and its modules: [(kernel, [path...])]."""
    kernel = Kernel(flavour) if flavour in FLAVOURS else kernels.Kernel(flavour)
    objects = getattr(kernel, "objects", None)
    suite = getattr(kernel, "suite", suites.OWN)
    return [(kernel, [kernels.build_module(kernel.release, sources, objects, suite),
                      kernels.build_refuse(kernel.release, objects, suite)])]
