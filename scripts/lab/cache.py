# SPDX-License-Identifier: GPL-2.0
"""The lab's cache: what takes long to download or build, kept between runs.

An entry is a directory whose name tells everything it was made from, so it is
never wrong, only unused. It is made under a temporary name and renamed when it
is complete: an entry that exists can be trusted. Deleting any of it, at any
time, costs nothing but the time to make it again.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path


def root():
    base = os.environ.get("XEN_SUSPEND_CACHE")
    if not base:
        xdg = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        base = Path(xdg) / "xen-suspend"
    path = Path(base).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


_held = None


@contextlib.contextmanager
def locked(notice=print):
    """One run at a time makes entries; a second one waits for the first."""
    global _held
    if _held:                   # nested use within this run
        yield
        return
    with open(root() / "lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notice("waiting for another run that is filling the cache")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _held = lock
        try:
            _sweep()
            yield
        finally:
            _held = None


def _sweep():
    """Remove what an interrupted run left (nobody else works: lock held)."""
    for path in root().glob("*/.tmp-*"):
        shutil.rmtree(path, ignore_errors=True)


def entry(name, make):
    """The directory `name`, made by `make(directory)` if it is not there."""
    path = root() / name
    if path.is_dir():
        with contextlib.suppress(OSError):
            os.utime(path)      # last use, for expire()
        return path
    with locked():
        if path.is_dir():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".tmp-", dir=path.parent))
        try:
            make(temporary)
            os.chmod(temporary, 0o755)
            temporary.rename(path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    return path


def expire(folder, days=14):
    """Forget entries of a folder that nothing has used for some time."""
    oldest = time.time() - days * 86400
    for path in (root() / folder).glob("*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path)


def digest(*parts):
    """A short name for a set of inputs: strings, bytes or files."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        elif not isinstance(part, bytes):
            part = str(part).encode()
        total.update(b"%d:" % len(part))
        total.update(part)
    return total.hexdigest()[:16]
