# SPDX-License-Identifier: GPL-2.0
"""herd7, from sid, and the kernel's memory model, from Debian's kernel sources.

Nothing is installed: herd7 and the two libraries that it needs are unpacked into
the project's cache, by version, and it is started by the libc's own loader.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "scripts/lab"))

import cache                            # noqa: E402
import packages                         # noqa: E402
import suites                           # noqa: E402

SUITE = "sid"                           # Debian 12 and 13 have no herdtools7
SOURCE = "linux-source-6.1"
# Of two hundred megabytes
MEMBERS = {"herdtools7": ["./usr/bin/herd7", "./usr/share/herdtools7/herd/*"]}
LIMIT = 120


class Failed(Exception):
    """herd7 did not understand a test."""


class Verdict:
    """What herd7 says of a test: .observation is Never, Sometimes or Always."""

    def __init__(self, text):
        found = re.search(r"^Observation \S+ (Never|Sometimes|Always) (\d+) (\d+)$", text, re.M)
        if not found:
            raise Failed(text.strip() or "herd7 said nothing")
        self.observation = found[1]
        self.states = int(found[2]) + int(found[3])
        self.race = bool(re.search(r"^Flag data-race$", text, re.M))


def _model():
    """(folder of the kernel's tools/memory-model, version of the package)"""
    fields = packages.candidates([SOURCE])[SOURCE]
    release = fields["Version"].replace(":", "%")

    def make(where):
        unpacked = cache.root() / f"kunit-source/{release}/tools/memory-model"
        if unpacked.is_dir():
            shutil.copytree(unpacked, where / "memory-model")
            return
        (archive,) = packages.unpack(fields).glob("usr/src/linux-source-*.tar.xz")
        print("  unpacking the kernel's memory model", flush=True)
        subprocess.run(["tar", "-xf", archive, "-C", where, "--strip-components=2",
                        f"{SOURCE}/tools/memory-model"], check=True)

    return cache.entry(f"lkmm/{release}", make) / "memory-model", fields["Version"]


class Herd:
    """A herd7 that can be run, with the model to judge by."""

    def __init__(self):
        offered = suites.archive(SUITE)
        wanted = offered.candidates(["herdtools7", "libc6", "libgmp10"])
        folders = {name: offered.unpack(fields, MEMBERS.get(name, ()))
                   for name, fields in wanted.items()}
        self.model, source = _model()
        (loader,) = folders["libc6"].glob("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        libraries = ":".join(str(folder / "usr/lib/x86_64-linux-gnu")
                             for folder in folders.values())
        tools = folders["herdtools7"]
        self.command = [loader, "--library-path", libraries, tools / "usr/bin/herd7",
                        "-set-libdir", tools / "usr/share/herdtools7/herd",
                        "-conf", "linux-kernel.cfg"]
        self.version = f"herd7 {wanted['herdtools7']['Version']}, {SOURCE} {source}"

    def judge(self, path):
        done = subprocess.run([*self.command, path], cwd=self.model, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=LIMIT)
        return Verdict(done.stdout)
