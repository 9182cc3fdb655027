# SPDX-License-Identifier: GPL-2.0
"""Debian packages, unpacked into the cache instead of installed.

Which host they come from is apt's business: it is configured on the machine.
Packages of other releases of Debian: suites.py.
"""

import functools
import re
import subprocess
from pathlib import Path

import cache

TOP = Path(__file__).resolve().parents[2]

OPTIONS = ["-q", "-o", "APT::Sandbox::User=root", "-o", "DPkg::Lock::Timeout=300"]


class Unavailable(Exception):
    """apt does not offer what the lab needs."""


def dependencies(fields):
    """Names of the first alternatives of Depends and Pre-Depends."""
    text = ",".join(fields.get(kind, "") for kind in ("Depends", "Pre-Depends"))
    names = (re.split(r"[ (:|]", part.strip(), maxsplit=1)[0]
             for part in text.split(","))
    return [name for name in names if name]


class Archive:
    """What apt offers, as the machine is configured or with more options."""

    def __init__(self, options=(), name="this is Debian 12 with bookworm-security?"):
        self.options, self.name = [*OPTIONS, *options], name
        self.updated = False

    def _show(self, names):
        result = subprocess.run(["apt-cache", *self.options, "show", "--no-all-versions", *names],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, check=False)
        found = {}
        for paragraph in result.stdout.split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.M))
            if "Package" in fields:
                found.setdefault(fields["Package"], fields)
        return found

    def update(self):
        if not self.updated:
            self.updated = True
            print("  apt-get update", flush=True)
            # Lists that could not be had are an error, not a warning.
            subprocess.run(["apt-get", *self.options, "-o", "APT::Update::Error-Mode=any",
                            "update"], stdout=subprocess.DEVNULL, check=True)

    def candidates(self, names):
        """Package name -> the control fields of the version apt would install."""
        names = list(names)
        found = self._show(names)
        if any(name not in found for name in names):
            self.update()           # a fresh machine may have no lists at all
            found = self._show(names)
        lost = [name for name in names if name not in found]
        if lost:
            raise Unavailable(f"apt offers no {', '.join(lost)} ({self.name})")
        return found

    def closure(self, names):
        """`names` and every library package that they need."""
        todo, found = list(names), {}
        while todo:
            new = self.candidates(todo)
            found.update(new)
            todo = sorted({name for fields in new.values()
                           for name in dependencies(fields)
                           if name.startswith(("lib", "zlib")) and name not in found})
        return found

    def unpack(self, fields, members=()):
        """A package's files in the cache; all of them, or tar patterns of some."""
        name, version = fields["Package"], fields["Version"]
        label = f"{name}_{version.replace(':', '%')}"
        if members:
            label += "_" + cache.digest(*members)

        def make(where):
            size = int(fields.get("Size", 0)) / 1e6
            if size >= 1:
                print(f"  downloading {name} {version} ({size:.0f} MB)", flush=True)
            command = ["apt-get", *self.options, "download", f"{name}={version}"]
            quiet = {"cwd": where, "stdout": subprocess.DEVNULL}
            try:
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **quiet)
            except subprocess.CalledProcessError:
                self.update()       # the lists may be older than the archive
                subprocess.run(command, check=True, **quiet)
            (deb,) = where.glob("*.deb")
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                                  stdout=subprocess.PIPE) as tar:
                subprocess.run(["tar", "-x", "--no-same-owner", "--wildcards", *members],
                               cwd=where, stdin=tar.stdout, check=True)
            if tar.returncode:
                raise subprocess.CalledProcessError(tar.returncode, "dpkg-deb")
            deb.unlink()

        return cache.entry(f"deb/{label}", make)

    def source_versions(self, name):
        """Versions of a source package that are listed, the newest first."""
        text = subprocess.run(["apt-cache", *self.options, "showsrc", "--only-source", name],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        return sorted(set(re.findall(r"^Version: (.*)$", text, re.M)), reverse=True,
                      key=functools.cmp_to_key(_compare))

    def source(self, name, version):
        """The files of a source package, as they were uploaded: a cache entry."""
        def make(where):
            got = subprocess.run(["apt-get", *self.options, "source", "--download-only",
                                  f"{name}={version}"], cwd=where, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, check=False)
            if got.returncode:
                raise Unavailable(f"no source of {name} {version} ({self.name}):\n{got.stderr}")

        return cache.entry(f"source/{name}_{version.replace(':', '%')}", make)


def _compare(one, other):
    """Versions, as dpkg orders them."""
    def holds(relation):
        return not subprocess.run(["dpkg", "--compare-versions", one, relation, other],
                                  check=False).returncode
    return holds("gt") - holds("lt")


MACHINE = Archive()
candidates = MACHINE.candidates
unpack = MACHINE.unpack
