# SPDX-License-Identifier: GPL-2.0
"""HVM guests: what their device model, QEMU, is to have in dom0, and how it boots them.

QEMU could boot a guest's kernel and initramfs as they are. But under Xen its firmware reads
them byte by byte from an I/O port, which takes minutes here, and unpacking the kernel takes
half a minute more. So that way goes only the kernel's head, its real-mode code. All else
QEMU puts into the guest's memory when the machine is reset: the initramfs, guest/start.S and
vmlinux. Each later reset puts it there again, and waking up from ACPI S3 is one: the guest
leaves that memory alone.
"""

import functools
import struct
import subprocess
import tempfile
from pathlib import Path

import packages

# Debian 11's QEMU for Xen is in one package with all of its screens and sounds.
XENS = ("4.17", "4.20")
# Where libxl looks for it
QEMU = "usr/libexec/xen-qemu-system-i386"
# What QEMU loads for a guest without a screen that it boots from a kernel, and Xen's loader
DATA = ("usr/share/qemu/linuxboot.bin", "usr/share/qemu/linuxboot_dma.bin",
        "usr/share/qemu/multiboot.bin", "usr/share/qemu/multiboot_dma.bin",
        "usr/share/qemu/pvh.bin", "usr/share/qemu/kvmvapic.bin",
        "usr/share/qemu/keymaps/en-us", "usr/share/seabios/bios-256k.bin",
        "usr/lib/xen-{xen}/boot/hvmloader")
START = Path(__file__).resolve().parent / "guest/start.S"
# Where QEMU puts it. Below is room for vmlinux.
INITRAMFS, KERNEL, END = (megabytes << 20 for megabytes in (96, 104, 160))
ARGUMENT = f"memmap={END - INITRAMFS >> 20}M${INITRAMFS >> 20}M"
# Megabytes that a guest has beside what it is given, for some of that
MORE = 32
# Of start.S: code and table, then page tables
SEGMENTS = 0x4000


@functools.lru_cache(None)
def start():
    """start.S as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        made, plain = f"{folder}/start.o", f"{folder}/start"
        subprocess.run(["gcc", "-c", "-o", made, START], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", made, plain], check=True)
        return Path(plain).read_bytes()


def segments(vmlinux):
    """The ELF file's entry, and what it loads: [(physical address, bytes)]."""
    entry, headers = struct.unpack_from("<2Q", vmlinux, 24)
    size, count = struct.unpack_from("<2H", vmlinux, 54)
    found = []
    for at in range(headers, headers + count * size, size):
        kind, _, offset, _, physical, length = struct.unpack_from("<2I4Q", vmlinux, at)
        if kind == 1:           # PT_LOAD
            found.append((physical, vmlinux[offset:offset + length]))
    return entry, found


def rest(vmlinux):
    """start.S with its table and vmlinux, to be put at KERNEL."""
    entry, parts = segments(vmlinux)
    table, data = b"", b""
    for physical, whole in parts:
        # Most of the last one is zeroes.
        kept = whole.rstrip(b"\0")
        kept += bytes(-len(kept) % 4)
        table += struct.pack("<4I", KERNEL + SEGMENTS + len(data), physical, len(kept),
                             max(0, len(whole) - len(kept)) & ~3)
        data += kept
    table += struct.pack("<2I", 0, entry)
    return (start() + table).ljust(SEGMENTS, b"\0") + data


def head(bzimage, initramfs):
    """The real-mode code of a kernel, as if its loader had put all else there."""
    code = bytearray(bzimage[:((bzimage[0x1f1] or 4) + 1) * 512])
    # Documentation/x86/boot.rst: code32_start, ramdisk_image, ramdisk_size
    struct.pack_into("<3I", code, 0x214, KERNEL, INITRAMFS, len(initramfs))
    # initrd_addr_max: with that, QEMU's firmware lets them be.
    struct.pack_into("<I", code, 0x22c, 0)
    return bytes(code)


def files(kernel, initramfs):
    """What dom0 has of a guest beside its vmlinux and its initramfs: {name: bytes}."""
    found = {"head": head(kernel.vmlinuz.read_bytes(), initramfs),
             "rest": rest(kernel.vmlinux.read_bytes())}
    if INITRAMFS + len(initramfs) > KERNEL or KERNEL + len(found["rest"]) > END:
        raise packages.Unavailable(f"{kernel.flavour} is too large for HVM guests")
    return found


def settings(folder):
    """A guest's configuration: what dom0 has of it in that folder, without a screen."""
    loaded = ", ".join(f'"-device", "loader,file={folder}/{name},addr={address:#x},force-raw=on"'
                       for name, address in (("initramfs", INITRAMFS), ("rest", KERNEL)))
    return [f'kernel = "{folder}/head"', f"device_model_args_hvm = [ {loaded} ]",
            'vga = "none"', "vnc = 0", "usb = 0"]
