# SPDX-License-Identifier: GPL-2.0
"""A small kernel for guests, with the series in it, built in; once for each series."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import source

import cache

HERE = Path(__file__).resolve().parent
CONFIG = HERE / "guest.config"
RECIPE = 1                              # goes up when _build() changes
# What the series touches: built after each patch, with all warnings
PARTS = ("drivers/xen/", "arch/x86/xen/")
FLAVOUR = "upstream"


def options(tree):
    """Lines of the configuration that this tree knows of: its own options come late."""
    text = CONFIG.read_text(encoding="utf-8")
    kconfig = (tree / "drivers/xen/Kconfig").read_text(encoding="utf-8")
    for name in ("XEN_SUSPEND_EVTCHN", "XEN_SUSPEND_EVTCHN_KUNIT_TEST"):
        if f"config {name}\n" in kconfig:
            text += f"CONFIG_{name}=y\n"
    return text


class Kernel:
    """As the lab's kernels.Kernel, as far as guests go."""

    def __init__(self, series=None):
        self.flavour = FLAVOUR
        self.source = source.Source()
        self.series = source.patches() if series is None else series
        key = cache.digest(RECIPE, CONFIG, *self.series)
        self.release = f"{self.source.version}-upstream-{key}"
        self.objects = cache.entry(f"upstream-kernel/{self.source.version}-{key}", self._build)
        self.vmlinux = self.objects / "vmlinux"
        cache.expire("upstream-kernel")

    def module(self, _name):
        """None: there are no modules."""

    def _configure(self, tree, where):
        fragment = where / "fragment"
        fragment.write_text(options(tree), encoding="utf-8")
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

    def _build(self, where):
        print(f"  building {self.source.version} with {len(self.series)} patches"
              " (the first time: some minutes)", flush=True)
        started = time.monotonic()
        tree = where / "tree"
        self.source.tree(tree, self.series)
        objects = tree / "build"        # inside: no path of ours gets into what is compiled
        objects.mkdir()
        self._configure(tree, objects)
        known = warnings(make(tree, objects, "W=1", *PARTS))
        for patch in self.series:
            source.apply(tree, patch)
            self._configure(tree, objects)
            new = warnings(make(tree, objects, "W=1", *PARTS)) - known
            if new:
                raise source.Broken(f"{patch.name}:\n" + "\n".join(sorted(new)))
        make(tree, objects, "vmlinux")
        shutil.copy2(objects / "vmlinux", where / "vmlinux")
        shutil.copy2(objects / ".config", where / "config")
        shutil.rmtree(tree)
        print(f"  built in {time.monotonic() - started:.0f} s", flush=True)


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
