# SPDX-License-Identifier: GPL-2.0
"""Small kernels for guests, with the series built in and without; once for each series.

Two for scenarios, with what finds mistakes: the series, and the same source without
its fixes. Three for figures: the source as it is, the series, and with it the one for
the freezer.
"""

import os
import re
import subprocess
import time
from pathlib import Path

import source

import cache

HERE = Path(__file__).resolve().parent
CONFIG, DEBUG, FIGURES = (HERE / f"{name}.config" for name in ("guest", "debug", "figures"))
RECIPE = 2                              # goes up when _build() changes
# What the series touches: built after each patch, with all warnings
PARTS = ("drivers/xen/", "arch/x86/xen/")
SERIES, STOCK, FREEZER = "in-tree", "stock", "in-tree-freezer"
# Without this patch no kernel with lockdep boots as a PV guest.
NEEDED = "arch/x86/xen/mmu_pv.c"
# Options of the series' own: they come late, and the second wants KUnit.
OWN, OWN_TEST = "XEN_SUSPEND_EVTCHN", "XEN_SUSPEND_EVTCHN_KUNIT_TEST"


def fragments(debug):
    return [CONFIG, DEBUG if debug else FIGURES]


def options(tree, debug):
    """Lines of the configuration that this tree knows of."""
    text = "".join(path.read_text(encoding="utf-8") for path in fragments(debug))
    kconfig = (tree / "drivers/xen/Kconfig").read_text(encoding="utf-8")
    for name in (OWN, OWN_TEST) if debug else (OWN,):
        if f"config {name}\n" in kconfig:
            text += f"CONFIG_{name}=y\n"
    return text


def patches(flavour, debug):
    """What is on top of Debian's source."""
    series = source.patches()
    if flavour == SERIES:
        return series
    if flavour == FREEZER:
        return series + source.patches(source.PM)
    return [path for path in series if debug and NEEDED in source.touched([path])]


class Kernel:
    """As the lab's kernels.Kernel, as far as guests go; .objects is for make -C."""

    def __init__(self, flavour, debug=True):
        self.flavour, self.debug = flavour, debug
        self.source = source.Source()
        self.series = patches(flavour, debug)
        key = cache.digest(RECIPE, *fragments(debug), *map(source.changes, self.series))
        self.release = f"{self.source.version}-{flavour}-{key}"
        folder = cache.entry(f"upstream-kernel/{self.source.version}-{key}", self._build)
        self.objects = folder / "tree/build"
        self.vmlinux = self.objects / "vmlinux"
        cache.expire("upstream-kernel")

    def module(self, name):
        """A module of this kernel, or None if it is not one."""
        for path in (self.objects / "drivers").glob(f"**/{name}.ko"):
            return path.read_bytes()
        return None

    def _configure(self, tree, where):
        fragment = where / "fragment"
        fragment.write_text(options(tree, self.debug), encoding="utf-8")
        with open(where / "config.log", "wb") as log:
            subprocess.run([tree / "scripts/kconfig/merge_config.sh", "-n", "-O", where,
                            fragment], cwd=tree, check=True, stdout=log,
                           stderr=subprocess.STDOUT,
                           env={**os.environ, "KCONFIG_CONFIG": str(where / ".config")})
        have = set((where / ".config").read_text(encoding="utf-8").splitlines())
        lost = [line for line in fragment.read_text(encoding="utf-8").splitlines()
                if line.startswith("CONFIG_") and not line.endswith("=n") and line not in have]
        if lost:
            raise source.Broken(f"the kernel's configuration has no {', '.join(lost)}")

    def _apply(self, tree, objects):
        """The patches; of a whole series with debug.config, each is built by itself."""
        alone = self.debug and self.flavour == SERIES
        known = warnings(make(tree, objects, "W=1", *PARTS)) if alone else set()
        for patch in self.series:
            source.apply(tree, patch)
            self._configure(tree, objects)
            new = warnings(make(tree, objects, "W=1", *PARTS)) - known if alone else None
            if new:
                raise source.Broken(f"{patch.name}:\n" + "\n".join(sorted(new)))

    def _build(self, where):
        print(f"  building {self.source.version} with {len(self.series)} patches"
              f"{'' if self.debug else ', for figures'} (the first time: some minutes)",
              flush=True)
        started = time.monotonic()
        tree = where / "tree"
        self.source.tree(tree, self.series)
        objects = tree / "build"        # inside: no path of ours gets into what is compiled
        objects.mkdir()
        self._configure(tree, objects)
        self._apply(tree, objects)
        make(tree, objects, "vmlinux", "modules")
        keep(objects)
        print(f"  built in {time.monotonic() - started:.0f} s", flush=True)


def keep(objects):
    """Leave what modules are built against, wherever it is moved to."""
    (objects / "Makefile").write_text("export KBUILD_OUTPUT := $(CURDIR)\n"
                                      "include ../Makefile\n", encoding="ascii")
    for pattern in ("**/*.o", "**/*.a", "**/.*.cmd", "**/modules.order"):
        for path in objects.glob(pattern):
            if path.relative_to(objects).parts[0] not in ("scripts", "tools"):
                path.unlink()


def warnings(text):
    """What a compiler has warned of, wherever that has moved to since."""
    return {re.sub(r":\d+", "", line) for line in text.splitlines() if "warning:" in line}


def make(tree, objects, *goals):
    """What the build said; it fails loudly."""
    store = cache.root() / "ccache"
    built = subprocess.run(
        ["make", "-s", f"-j{os.cpu_count()}", "-C", tree, f"O={objects}",
         "CC=ccache gcc", "KBUILD_BUILD_TIMESTAMP=@0", "KBUILD_BUILD_USER=upstream",
         "KBUILD_BUILD_HOST=localhost", *goals],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={**os.environ, "CCACHE_DIR": str(store), "CCACHE_MAXSIZE": "1G"})
    if built.returncode:
        tail = "\n".join(built.stdout.splitlines()[-30:])
        raise source.Broken(f"make {' '.join(goals)}:\n{tail}")
    return built.stdout
