# SPDX-License-Identifier: GPL-2.0
"""Debian's newest kernel source, and the series of upstream/ applied to it.

The source is unpacked once for each version. A patched tree shares its files with
it, all but those that the series touches: git only knows of those.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
for folder in ("scripts/lab", "scripts/kunit"):
    sys.path.append(str(TOP / folder))

import cache                            # noqa: E402
import suites                           # noqa: E402
import testkernel                       # noqa: E402

SUITE, PACKAGE = "sid", "linux-source"
FOLDER = TOP / "upstream"
# For Xen's maintainers, and for those of power management
XEN, PM = "linux", "linux-pm"
BRANCH, BASE = "series", "debian"
# Never anybody's own settings: the same commits, wherever they are made.
GIT = ["git", "-c", "user.name=upstream", "-c", "user.email=upstream@localhost",
       "-c", "core.autocrlf=false", "-c", "commit.gpgsign=false"]


class Broken(Exception):
    """The series does not apply, or a patch of it does not build."""


def patches(series=XEN):
    """A series, in its order, without the cover letter."""
    return sorted(path for path in (FOLDER / series).glob("[0-9]*.patch")
                  if not path.name.startswith("0000"))


def touched(series):
    """Files that patches change, make or remove."""
    found = set()
    for path in series:
        found.update(re.findall(r"^(?:---|\+\+\+) [ab]/(\S+)$", path.read_text(), re.M))
    return sorted(found)


def changes(path):
    """What a patch does, without what it says."""
    return path.read_text(encoding="utf-8").partition("\ndiff --git ")[2]


class Source:
    """`version` of Debian's package, `folder`, and `tree()` with patches."""

    def __init__(self):
        archive = suites.archive(SUITE)
        meta = archive.candidates([PACKAGE])[PACKAGE]
        name = re.match(r"linux-source-[\d.]+", meta["Depends"])[0]
        fields = archive.candidates([name])[name]
        self.version = fields["Version"].replace(":", "%")
        self.folder = cache.entry(f"upstream-source/{self.version}",
                                  lambda where: self._unpack(archive, name, fields, where))

    @staticmethod
    def _unpack(archive, name, fields, where):
        (tarball,) = archive.unpack(fields).glob("usr/src/linux-source-*.tar.xz")
        print(f"  unpacking {name} {fields['Version']}", flush=True)
        subprocess.run(["tar", "-xf", tarball, "-C", where, "--strip-components=1",
                        *(f"--exclude={name}/{unused}" for unused in testkernel.UNUSED)],
                       check=True)

    def tree(self, where, series):
        """A git tree in `where`, to which the series can be applied."""
        shutil.rmtree(where, ignore_errors=True)
        subprocess.run(["cp", "-al", self.folder, where], check=True)
        # Debian leaves these to git, too, and would have some of ours ignored.
        for path in (".git", ".gitignore", ".gitattributes"):
            if (where / path).is_file():
                (where / path).unlink()
        there = [name for name in touched(series) if (where / name).exists()]
        for name in there:              # a copy of its own
            own = where / f"{name}.own"
            shutil.copy2(where / name, own)
            os.replace(own, where / name)
        git(where, "init", "-q", "-b", BRANCH)
        (where / ".git/info/exclude").write_text("*\n", encoding="ascii")
        git(where, "add", "-f", "--", *there)
        git(where, "commit", "-q", "--allow-empty", "-m", f"Debian's source {self.version}")
        git(where, "tag", BASE)


def git(where, *words):
    done = subprocess.run([*GIT, *words], cwd=where, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Broken(f"git {' '.join(words)[:60]}:\n{done.stdout}")
    return done.stdout


def apply(where, patch):
    """One more patch, as a maintainer applies it."""
    git(where, "am", "-q", str(patch))


def export(where, series):
    """What a tree has above Debian's source becomes the series; cover.txt, its cover letter."""
    author = [f"user.{name}=" + subprocess.run(
        ["git", "config", f"user.{name}"], cwd=TOP, stdout=subprocess.PIPE, text=True,
        check=True).stdout.strip() for name in ("name", "email")]
    folder = FOLDER / series
    text = (folder / "cover.txt").read_text(encoding="utf-8")
    git(where, "config", f"branch.{BRANCH}.description", text)
    for path in folder.glob("*.patch"):
        path.unlink()
    git(where, *(word for one in author for word in ("-c", one)), "format-patch", "-q",
        "--zero-commit", "--no-signature", "--abbrev=12", "--cover-letter",
        "--cover-from-description=subject", "-o", str(folder), f"{BASE}..{BRANCH}")
