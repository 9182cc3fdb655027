# SPDX-License-Identifier: GPL-2.0
"""What only some scenarios' dom0 has: an archive that is unpacked over dom0's own.

All the others boot without, and so no slower.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import cache
import cpio
import images
import model


@dataclass(frozen=True)
class Extra:
    packages: tuple
    programs: tuple
    # What programs load by name, and no ELF file lists
    plugins: tuple = ()
    data: tuple = ()            # folders of files that are read
    files: tuple = ()           # and such files
    # From a version of Xen to {path in dom0: file}; for what no package has
    made: Callable = field(default=lambda xen: {}, repr=False)
    # See images.initramfs(); of the guests, and so nothing that the archive depends on
    boot: Callable = field(default=lambda kernel, initramfs: {}, repr=False)


EXTRAS = {
    # Of libvirtd's drivers only Xen's: it starts without the others.
    "libvirt": Extra(
        ("libvirt-daemon", "libvirt-daemon-driver-xen", "libvirt-clients"),
        ("usr/sbin/libvirtd", "usr/bin/virsh"),
        ("usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so",),
        ("usr/share/libvirt/cpu_map",)),
    # The device model of HVM guests, its firmware, and Xen's loader: larger than all the
    # rest of dom0's userland.
    "hvm": Extra(
        ("qemu-system-xen", "qemu-system-data", "seabios", "xen-utils-{xen}"),
        (model.QEMU,), files=model.DATA, boot=model.files),
}


def parts(name, xen):
    """What images.initramfs() is told of an extra."""
    return archive(name, xen), EXTRAS[name].boot


def archive(name, xen):
    """The archive of an extra for dom0 with that Xen: a cache entry's file."""
    extra = EXTRAS[name]
    userland = images.Userland(xen, [package.format(xen=xen) for package in extra.packages])
    made = extra.made(xen)
    key = cache.digest(name, userland.key, repr(extra), *(
        part for path, file in made.items() for part in (path, file)), *recipe())

    def make(where):
        print(f"  making what dom0 has more: {name}", flush=True)
        userland.unpack()
        libraries = userland.libraries()
        programs = {path: userland.find(path) for path in (*extra.programs, *extra.plugins)}
        with open(where / "more.cpio", "wb") as stream:
            packed = cpio.Archive(stream)
            for path, file in programs.items():
                packed.program(path, file)
            images.add_libraries(packed, userland.shared(programs.values(), libraries))
            for folder in extra.data:
                for file in userland.files(folder):
                    packed.file(f"{folder}/{file.name}", file.read_bytes())
            for path in (path.format(xen=xen) for path in extra.files):
                packed.file(path, userland.find(path).read_bytes())
            for path, file in made.items():
                packed.program(path, file)
            packed.close()

    return cache.entry(f"dom0/{key}", make) / "more.cpio"


def recipe():
    """The sources that an archive depends on."""
    here = images.HERE
    return [here / name for name in ("extras.py", "images.py", "cpio.py")]
