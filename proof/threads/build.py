# SPDX-License-Identifier: GPL-2.0
"""module/handshake.c compiled for user space, as it is or with a fault put in."""

import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
BUILD = TOP / "build/proof/threads"
HANDSHAKE = TOP / "module/handshake.c"
WARN = ("-Wall", "-Wextra", "-Werror", "-g", f"-I{FOLDER}/include")
SANITIZE = "-fsanitize=thread"


class Failed(Exception):
    """It does not compile, or the fault does not fit."""


def gcc(*arguments):
    done = subprocess.run(["gcc", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Failed(done.stdout.strip())


def faulty(fault, number):
    """handshake.c with one text replaced; its header is next to it."""
    plain = HANDSHAKE.read_text()
    if plain.count(fault.text) != 1:
        raise Failed(f"the text is in handshake.c {plain.count(fault.text)} times, not once:"
                     f" {fault.text.strip()!r}")
    folder = BUILD / f"fault-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "handshake.c"
    path.write_text(plain.replace(fault.text, fault.becomes))
    return path


def _copied(source):
    """A copy finds handshake.h where the original does; a fault may leave things unused."""
    return () if source == HANDSHAKE else (f"-I{HANDSHAKE.parent}", "-Wno-unused",
                                           "-Wno-unused-parameter")


def hammer(source, where):
    """The program for ThreadSanitizer."""
    where.parent.mkdir(parents=True, exist_ok=True)
    gcc(*WARN, "-O1", SANITIZE, "-pthread", *_copied(source), FOLDER / "hammer.c", source,
        "-o", where)
    return where


class Interleaver:
    """The program for all interleavings; all but handshake.c is compiled once."""

    def __init__(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self.objects = []
        for name in ("steps", "rules", "places", "hooks", "programs", "interleave"):
            self.objects.append(BUILD / f"{name}.o")
            # The accesses that the header's inline functions make are seen, too.
            how = (SANITIZE,) if name == "programs" else ()
            gcc(*WARN, "-O2", *how, "-c", FOLDER / f"{name}.c", "-o", self.objects[-1])

    def program(self, source, where):
        where.parent.mkdir(parents=True, exist_ok=True)
        gcc(*WARN, "-O2", SANITIZE, *_copied(source), "-c", source, "-o", f"{where}.o")
        # Its own answers to what -fsanitize=thread calls, and no ThreadSanitizer.
        gcc(*self.objects, f"{where}.o", "-o", where)
        return where
