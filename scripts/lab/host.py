# SPDX-License-Identifier: GPL-2.0
"""One QEMU with Xen and dom0 in it, and the driver's shell in that dom0.

The first serial line is a log. The second is the shell: kernel messages never
come this way, and each command ends with a marker that no command prints.
"""

import base64
import gzip
import os
import select
import signal
import socket
import subprocess
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

CPU = "qemu64,+svm,+npt,+nrip-save,+hypervisor"
# No mitigations: they are paid for in emulated instructions, and protect nobody.
XEN_ARGS = ("console=com1 com1=115200,8n1 dom0_mem=768M,max:768M dom0_max_vcpus=1"
            " loglvl=info guest_loglvl=info spec-ctrl=no xpti=no")
DOM0_ARGS = "console=hvc0 loglevel=5 mitigations=off panic=1"
BOOT_LIMIT = 120


class LabError(Exception):
    """Something in the lab went wrong; `log` says where to look."""

    def __init__(self, message, log=None):
        super().__init__(message)
        self.log = log


class Unusable(LabError):
    """The host does not answer any more: start another one."""


class CommandFailed(LabError):
    pass


_running = set()


@dataclass
class Cable:
    """One end of a network that is a pair of sockets of two QEMUs: no address
    of it is one of this machine's, and nobody else can plug in."""
    end: socket.socket
    address: str
    mac: str


def cables():
    ends = socket.socketpair()
    return [Cable(end, f"10.0.0.{n}", f"52:54:00:00:00:{n:02}")
            for n, end in enumerate(ends, 1)]


def interruptible():
    """From now on each signal that would end the run ends it as Ctrl-C does."""
    def interrupted(_signal, _frame):
        raise KeyboardInterrupt

    # SIGINT too: a shell starts background jobs with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)


def kill_all():
    """For Ctrl-C: whoever waits for one of the hosts wakes up, too."""
    for host in list(_running):
        host.stop()


class Host:
    def __init__(self, folder, base, initramfs, kernel, smp, memory=2048,
                 xenstored="xenstored", cable=None,
                 disks=()):
        self.folder = Path(folder)
        self.base, self.initramfs, self.kernel, self.smp = base, initramfs, kernel, smp
        self.memory, self.xenstored = memory, xenstored
        self.cable = cable      # to another host: see pair()
        self.disks = disks      # raw images, which stay as they are: /dev/vda, vdb
        self.console = self.folder / "console.log"
        self.peer = None        # the other host, where there are two
        self.transcript = None
        self.process = None
        self.shell = None
        self.pending = bytearray()
        self.count = 0
        self.deadline = float("inf")    # of the scenario that runs here

    def start(self):
        """Boot to dom0's shell; returns the seconds it took.

        Call it from a thread that lives as long as QEMU is to live: Linux
        sends the parent-death signal when that thread ends.
        """
        started = time.monotonic()
        # Names without commas or spaces, which -initrd would split at.
        for name, target in (("xen", self.base / "xen"), ("vmlinux", self.kernel.vmlinux),
                             ("initramfs", self.initramfs)):
            link = self.folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.abspath(target))
        self.transcript = open(self.folder / "shell.log", "ab", buffering=0)
        self.shell, theirs = socket.socketpair()
        arguments, files = f"{DOM0_ARGS} lab.xenstored={self.xenstored}", [theirs.fileno()]
        network = []
        if self.cable:
            arguments += f" lab.address={self.cable.address}"
            files.append(self.cable.end.fileno())
            network = ["-netdev", f"socket,id=cable,fd={self.cable.end.fileno()}",
                       "-device", f"e1000,netdev=cable,mac={self.cable.mac}"]
        command = [
            "setpriv", "--pdeathsig", "KILL",      # even if the driver is SIGKILLed
            "qemu-system-x86_64", "-accel", "tcg", "-cpu", CPU, "-smp", str(self.smp),
            "-m", str(self.memory), "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", "file:console.log",
            "-chardev", f"socket,id=shell,fd={theirs.fileno()}", "-serial", "chardev:shell",
            *network,
            *(word for disk in self.disks for word in (
                "-drive", f"file={os.path.abspath(disk)},format=raw,if=virtio,snapshot=on")),
            "-kernel", "xen", "-append", XEN_ARGS,
            "-initrd", f"vmlinux {arguments},initramfs"]
        with open(self.folder / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=files, start_new_session=True)
        theirs.close()
        if self.cable:
            self.cable.end.close()
        _running.add(self)
        self._until(b"lab-shell-ready", BOOT_LIMIT, "boot of Xen and dom0")
        self.run("true")
        return time.monotonic() - started

    def _until(self, marker, limit, what):
        """What the shell printed before the line with the marker; that line."""
        deadline = min(time.monotonic() + limit, self.deadline)
        start = 0
        while True:
            # Output comes a few bytes at a time: no byte is looked at twice.
            start = self.pending.find(marker, start)
            end = self.pending.find(b"\n", start) if start >= 0 else -1
            if end >= 0:
                before, line = self.pending[:start], self.pending[start + len(marker):end]
                self.pending = self.pending[end + 1:]
                return before, line
            if start < 0:
                start = max(0, len(self.pending) - len(marker))
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unusable(f"{what}: no end within its time limit; last output:\n"
                               + tail(self.pending.decode(errors="replace"), 5), self.console)
            try:
                ready, _, _ = select.select([self.shell], [], [], left)
                data = self.shell.recv(65536) if ready else None
            except (OSError, ValueError):
                data = b""
            if data == b"":
                raise Unusable(f"{what}: QEMU has ended", self.console)
            if data:
                self.transcript.write(data)
                self.pending += data

    def run(self, command, limit=30, check=True):
        """Run shell commands in dom0; their output, or (status, output)."""
        self.count += 1
        marker = f"@done-{self.count}:"
        self.pending = bytearray()
        self.transcript.write(f"\n# {command}\n".encode())
        text = f"{{ {command}\n}} </dev/null 2>&1; printf '\\n%s%d\\n' '{marker}' $?\n"
        try:
            self.shell.sendall(text.encode())
        except OSError as error:
            raise Unusable(f"QEMU has ended ({error})", self.console) from error
        before, line = self._until(marker.encode(), limit, f"`{brief(command)}`")
        status, output = int(line), before.decode(errors="replace").rstrip("\n")
        if not check:
            return status, output
        if status:
            raise CommandFailed(f"`{brief(command)}` exited with {status}:\n{output}",
                                self.console)
        return output

    def skip(self, text, limit=10):
        """Wait for text that a shell prints, and drop it."""
        deadline = time.monotonic() + limit
        while text.encode() not in self.pending and time.monotonic() < deadline:
            if select.select([self.shell], [], [], 0.1)[0]:
                self.pending += self.shell.recv(65536)
        self.pending = bytearray()

    def write(self, path, text):
        self.run(f"cat >{path} <<'@EOF'\n{text}\n@EOF")

    def fetch(self, path, name):
        """Keep a copy of dom0's file, if there is one, among the logs."""
        status, text = self.run(f"[ -r {path} ] && {packed(f'cat {path}')}", check=False)
        if status == 0:
            (self.folder / name).write_text(unpacked(text), encoding="utf-8")

    def stop(self):
        _running.discard(self)
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        if self.shell:
            try:
                self.shell.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def packed(command):
    """The same command, its output fit for a console, of which bytes are slow."""
    # Debian 11's busybox has no base64.
    return f"{{ {command}; }} | gzip | uuencode -m log"


def unpacked(text):
    try:
        _begin, *lines, _end = [line for line in text.splitlines() if line]
        return gzip.decompress(base64.b64decode("".join(lines))).decode(errors="replace")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise LabError(f"something else was printed among it ({error}):\n{text}") from error


def brief(command):
    line = command.strip().splitlines()[0]
    return line if len(line) <= 90 else line[:87] + "..."


def tail(text, lines):
    # A console's lines end in CR CR LF: splitlines() sees empty ones there.
    return "\n".join([line for line in text.splitlines() if line][-lines:])
