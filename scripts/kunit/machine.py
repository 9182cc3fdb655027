# SPDX-License-Identifier: GPL-2.0
"""Boots a test kernel in QEMU, loads the test module, and reads the log."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "scripts/lab"))

import cpio                             # noqa: E402
import packages                         # noqa: E402

DONE = "kunit: done"
INIT = Path(__file__).resolve().parent / "init"
MEMORY = {"debug": 1024, "xen": 512, "kcsan": 768, "fast": 512}

# What the kernel's debugging tools say when they have found something.
SPLAT = re.compile(
    r"BUG: |BUG \w+|WARNING: |INFO: (task|possible|trying|rcu|suspicious)|"
    r"suspicious RCU|UBSAN: |unreferenced object|ODEBUG: |Oops|Kernel panic|"
    r"general protection fault|list_(add|del) corruption|rcu: INFO|refcount_t: |"
    r"workqueue: .* hogged|=+\[ cut here|------------\[ cut here|soft lockup|hung_task")


def busybox():
    fields = packages.candidates(["busybox-static"])["busybox-static"]
    (program,) = packages.unpack(fields).glob("**/bin/busybox")
    return program


def initramfs(module, image, more=()):
    with open(image, "wb") as stream:
        archive = cpio.Archive(stream)
        archive.console()
        for folder in ("proc", "sys", "tmp"):
            archive.folder(folder)
        archive.program("bin/busybox", busybox())
        archive.program("init", INIT)
        archive.file("xen-suspend-kunit.ko", module.read_bytes())
        for name in more:
            archive.file(name, more[name])
        archive.close()


def arguments(suite, options):
    """What init and the kernel are told on the kernel's command line."""
    return ["panic=-1", "oops=panic", "kunit.enable=1", f"kunit_suite={suite}",
            f'kunit_options="{options}"']


# All CPUs in one thread, and a clock that counts instructions
COUNTING = ("-accel", "tcg,thread=single", "-icount", "shift=0")


def boot(kernel, module, folder, suite="", options="", smp=4, limit=3600,
         accel=("-accel", "tcg,thread=multi"), silence=300, more=()):
    """One run; the text of its log. A machine that hangs is stopped.

    `options` are more parameters of the test module, `more` more files for its init,
    `silence` how long it may say nothing: on a busy machine everything takes longer.
    """
    image, log = folder / "initramfs", folder / "console.log"
    initramfs(module, image, more)
    log.unlink(missing_ok=True)
    command = ["qemu-system-x86_64", *accel, "-cpu", "max",
               "-smp", str(smp), "-m", str(MEMORY[kernel.flavour]), "-nographic",
               "-nodefaults", "-no-reboot", "-net", "none",
               "-serial", f"file:{log}", "-serial", f"file:{folder / 'data'}",
               "-kernel", kernel.bzimage, "-initrd", image,
               # On a busy machine the timer seems not to work: no_timer_check.
               "-append", " ".join(["console=ttyS0", "no_timer_check",
                                    *arguments(suite, options)])]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, preexec_fn=end_with_parent) as qemu:
        try:
            errors = wait(qemu, log, limit, silence)
        finally:
            qemu.kill()
    image.unlink()
    text = log.read_text(errors="replace") if log.exists() else ""
    return text.replace("\r", "") + errors


def wait(qemu, log, limit, silence):
    """Until it ends, or is too long at it, or has nothing to say; what it had to say."""
    started = heard = time.monotonic()
    size = 0
    while True:
        try:
            _, errors = qemu.communicate(timeout=1)
            return errors.decode(errors="replace")
        except subprocess.TimeoutExpired:
            now, before = time.monotonic(), size
            size = log.stat().st_size if log.exists() else 0
            heard = now if size != before else heard
            if now - started > limit:
                return f"QEMU was stopped after {limit} s\n"
            if now - heard > silence:
                return f"QEMU was stopped: nothing was heard of it for {silence} s\n"


def end_with_parent():
    """A run that is killed leaves no QEMU behind."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def splats(text):
    """What the debugging tools have reported, each as a list of lines."""
    lines = [re.sub(r"^\[ *[\d.]+\](\[ *[TC]\d+\])? ?", "", line) for line in text.splitlines()]
    found, last = [], -1
    for number, line in enumerate(lines):
        if number <= last or not SPLAT.search(line):
            continue
        # A race of the kernel with itself is not ours either: KCSAN names both
        # functions, and [the module] of each. Some are known and meant.
        if "BUG: KCSAN: data-race" in line and "[xen_suspend_kunit]" not in line:
            continue
        # What the kernel's own boot leaves lying about is not ours.
        if line.startswith("unreferenced") and 'comm "swapper/' in "".join(lines[number:][1:2]):
            continue
        last = min(number + 60, len(lines))
        for end in range(number + 1, last):
            if re.match(r"=+$|---\[ end trace|unreferenced|\s*(not )?ok \d", lines[end]) \
                    and end > number + 3:
                last = end
                break
        found.append(lines[number:last])
    return found
