# SPDX-License-Identifier: GPL-2.0
"""Which tree a result is of: its commit, what is changed in it, its module's hash.

A page of results is of one module, from trees whose commit says all of it.
"""

import hashlib
import subprocess

import packages

# What the module is built from
MODULE = ("Kbuild", "module")
# How a reader gets the hash from a commit: the same bytes as digest() hashes
VERIFY = f"git ls-tree -r COMMIT {' '.join(MODULE)} | sha256sum"
LENGTH = 12
# Pages that runs write themselves: no run reads them.
WRITTEN = ("Documentation/lab-results.rst", "Documentation/kernels.rst",
           "Documentation/performance/results.rst", "Documentation/performance/*.svg",
           "Documentation/performance/*.png")


class Refused(Exception):
    """No page is written from such results."""


def _git(top, *words):
    """What git prints; None if it fails, as in an unpacked tarball."""
    done = subprocess.run(["git", *words], cwd=top, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else None


def digest(top):
    """The hash of the module's sources as they are, whether committed or not."""
    paths = [top / "Kbuild", *sorted((top / "module").glob("*.[ch]"))]
    lines = []
    for path in paths:
        content = path.read_bytes()
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        mode = "100755" if path.stat().st_mode & 0o100 else "100644"
        lines.append(f"{mode} blob {blob}\t{path.relative_to(top)}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:LENGTH]


def state(top=packages.TOP):
    """{"commit", "changed": files that it does not say, "module": hash}"""
    commit = _git(top, "rev-parse", f"--short={LENGTH}", "HEAD")
    changed = _git(top, "status", "--porcelain", "--untracked-files=all", "--", ".",
                   *(f":!{path}" for path in WRITTEN))
    return {"commit": (commit or "unknown").strip(),
            "changed": ["not a git tree"] if commit is None or changed is None
            else [line[3:] for line in changed.splitlines()],
            "module": digest(top)}


def unclean(found):
    """Why results of this state are not published; None if they are."""
    if not found["changed"]:
        return None
    shown = ", ".join(found["changed"][:5]) + (", ..." if len(found["changed"]) > 5 else "")
    return f"the tree at {found['commit']} is not clean: {shown}"


def same(states):
    """The one module that all are of, from clean trees; else Refused."""
    for each in states:
        if problem := unclean(each):
            raise Refused(problem)
    modules = {each["module"]: each["commit"] for each in states}
    if len(modules) > 1:
        raise Refused("results of different modules: " + ", ".join(
            f"{module} (commit {commit})" for module, commit in modules.items()))
    return next(iter(modules), None)
