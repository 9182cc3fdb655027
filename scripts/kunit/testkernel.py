# SPDX-License-Identifier: GPL-2.0
"""The kernels made for catching mistakes: built from Debian's sources, once.

A kernel is known by its version and by its fragments in kunit/: change one
and the next run builds another.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "scripts/lab"))

import cache                            # noqa: E402
import packages                         # noqa: E402

VERSIONS = ("6.1", "6.12")
# The fragments that each is made of, kernel-common.config apart
FLAVOURS = {"debug": ("debug", "kasan"), "xen": ("debug",), "kcsan": ("kcsan",),
            "fast": ("fast",)}
# What a PVH guest runs before KASAN's shadow memory is there
NOT_SANITIZED = [f"KASAN_SANITIZE_{name}.o=n"
                 for name in ("enlighten", "enlighten_pvh", "features", "efi", "string")]
RECIPE = 1                              # goes up when _build() changes
# What no x86-64 kernel this small is built from; Kconfig files stay.
UNUSED = ("arch/[!xK]*.[chS]", "arch/*.dts", "arch/*.dtsi", "Documentation/*.rst",
          "Documentation/*.yaml", "Documentation/*.svg", "drivers/gpu/*.[ch]", "drivers/media/*.[ch]",
          "drivers/net/*.[ch]", "drivers/infiniband/*.[ch]", "sound/*.[ch]",
          "tools/testing/selftests/*", "tools/perf/*")


class BuildFailed(Exception):
    """A kernel or the test module does not build."""


def make(log, *arguments):
    with open(log, "ab") as output:
        built = subprocess.run(["nice", "make", "-s", f"-j{os.cpu_count()}", *arguments],
                               stdout=output, stderr=subprocess.STDOUT, check=False)
    if built.returncode:
        tail = "\n".join(Path(log).read_text(errors="replace").splitlines()[-30:])
        raise BuildFailed(f"{log}:\n{tail}")


class Kernel:
    """A built kernel: .source, .objects (for make -C), .vmlinux, .bzimage."""

    def __init__(self, version, flavour):
        if version not in VERSIONS or flavour not in FLAVOURS:
            raise BuildFailed(f"no kernel {version} {flavour}: there are"
                              f" {', '.join(VERSIONS)} and {', '.join(FLAVOURS)}")
        self.version, self.flavour = version, flavour
        package = f"linux-source-{version}"
        fields = packages.candidates([package])[package]
        release = fields["Version"].replace(":", "%")
        fragments = [TOP / f"kunit/kernel-{name}.config" for name in ("common", *FLAVOURS[flavour])]
        early = NOT_SANITIZED if "kasan" in FLAVOURS[flavour] else []
        self.source = cache.entry(f"kunit-source/{release}",
                                  lambda where: self._unpack(fields, where))
        self.objects = cache.entry(
            f"kunit-kernel/{release}-{flavour}-{cache.digest(RECIPE, *early, *fragments)}",
            lambda where: self._build(fragments, early, where))
        cache.expire("kunit-kernel")
        self.vmlinux = self.objects / "vmlinux"
        self.bzimage = self.objects / "arch/x86/boot/bzImage"

    def _unpack(self, fields, where):
        (archive,) = packages.unpack(fields).glob("usr/src/linux-source-*.tar.xz")
        print("  unpacking the kernel's sources", flush=True)
        subprocess.run(["tar", "-xf", archive, "-C", where, "--strip-components=1",
                        *(f"--exclude=linux-source-{self.version}/{name}"
                          for name in UNUSED)],
                       check=True)

    def _build(self, fragments, arguments, where):
        print(f"  building the {self.flavour} kernel {self.version}", flush=True)
        started = time.monotonic()
        log = where / "build.log"
        # -n: what no fragment asks for is off
        with open(log, "wb") as output:
            subprocess.run([self.source / "scripts/kconfig/merge_config.sh", "-n",
                            "-O", where, *fragments], cwd=self.source, check=True,
                           stdout=output, stderr=subprocess.STDOUT,
                           env={**os.environ, "KCONFIG_CONFIG": str(where / ".config")})
        self._check(fragments, where / ".config")
        make(log, "-C", self.source, f"O={where}", *arguments, "bzImage", "modules")
        for pattern in ("**/*.o", "**/*.a", "**/.*.cmd", "**/modules.order"):
            for path in where.glob(pattern):
                if path.relative_to(where).parts[0] not in ("scripts", "tools"):
                    path.unlink()
        shutil.rmtree(where / "usr", ignore_errors=True)
        print(f"  built in {time.monotonic() - started:.0f} s", flush=True)

    @staticmethod
    def _check(fragments, config):
        """A debugging tool that Kconfig silently left out would find nothing."""
        have = set(config.read_text().splitlines())
        wanted = [line for path in fragments for line in path.read_text().splitlines()
                  if line.startswith("CONFIG_") and not line.endswith("=n")]
        last = {line.split("=")[0]: line for line in wanted}
        lost = [line for line in last.values() if line not in have]
        if lost:
            raise BuildFailed(f"the kernel's configuration has no {', '.join(lost)}")


def build_module(kernel, folder, top=TOP, variables=()):
    """xen-suspend-kunit.ko for a test kernel, built in a folder of its own.

    `variables` are more of kunit/Kbuild's, as NAME=value.
    """
    sources = [top / "Kbuild", top / "kunit/Kbuild"]
    sources += sorted(top.glob("module/*.[ch]")) + sorted(top.glob("kunit/*.[ch]"))
    for path in sources:
        copy = folder / path.relative_to(top)
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    log = folder / "make.log"
    log.unlink(missing_ok=True)
    make(log, "-C", kernel.objects, f"M={folder}", "XEN_SUSPEND_KUNIT=y", *variables,
         "modules")
    return folder / "xen-suspend-kunit.ko"
