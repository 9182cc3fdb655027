# SPDX-License-Identifier: GPL-2.0
"""Debian's kernels for guests and dom0, and the module built for each."""

import lzma
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import cache
import packages
import suites

TOP = packages.TOP

FLAVOURS = {
    "6.1": "linux-image-amd64",
    "6.1-cloud": "linux-image-cloud-amd64",
    "6.1-rt": "linux-image-rt-amd64",
    "6.12": "linux-image-6.12-amd64",
    "6.12-cloud": "linux-image-6.12-cloud-amd64",
    "5.10": "linux-image-amd64",
    "6.12-trixie": "linux-image-amd64",
    "7.2": "linux-image-amd64",
}
# Flavours of other releases than the machine's, built for in a chroot of theirs
SUITES = {"5.10": "bullseye", "6.12-trixie": "trixie", "7.2": "sid"}
# dom0's is the same for all guests: the cloud kernels are no dom0.
DOM0 = "6.1"


class Kernel:
    def __init__(self, flavour):
        self.flavour = flavour
        self.suite = SUITES.get(flavour, suites.OWN)
        archive = suites.archive(self.suite)
        meta = archive.candidates([FLAVOURS[flavour]])[FLAVOURS[flavour]]
        image = next(name for name in packages.dependencies(meta)
                     if name.startswith("linux-image-"))
        fields = archive.candidates([image])[image]
        self.release = image.removeprefix("linux-image-")
        # Only what the lab uses: the whole package is hundreds of megabytes.
        drivers = "./*lib/modules/*/kernel/drivers"
        kernel = ["./*/vmlinuz*"]
        modules = [f"{drivers}/{where}" for where in ("xen/*", "block/*", "net/xen*")]
        if flavour == DOM0:
            # for the cable between two hosts
            modules.append(f"{drivers}/net/ethernet/intel/e1000/*")
        parts = {f"linux-binary-{self.release}": kernel, f"linux-modules-{self.release}": modules}
        if not set(parts) & set(packages.dependencies(fields)):
            parts = {image: kernel + modules}   # not yet split in two
        self.folders = [archive.unpack(archive.candidates([name])[name], members)
                        for name, members in parts.items()]
        version = fields["Version"].replace(":", "%")
        self.vmlinuz = next(self.folders[0].glob("**/vmlinuz*"))
        self.vmlinux = cache.entry(
            f"vmlinux/{self.release}_{version}",
            lambda where: decompress(self.vmlinuz, where / "vmlinux")) / "vmlinux"

    def module(self, name):
        """A module of this kernel, plain, or None if it is not one."""
        for path in self.folders[-1].glob(f"**/{name}.ko*"):
            data = path.read_bytes()
            return lzma.decompress(data) if path.suffix == ".xz" else data
        return None


def decompress(bzimage, vmlinux):
    """The ELF kernel inside a bzImage (boot protocol 2.08: where it lies).

    Xen and libxl take either. Decompressed once here it costs nothing; under
    software emulation, inside Xen, it costs seconds for each domain.
    """
    data = bzimage.read_bytes()
    start = ((data[0x1f1] or 4) + 1) * 512 + int.from_bytes(data[0x248:0x24c], "little")
    payload = data[start:start + int.from_bytes(data[0x24c:0x250], "little")]
    if payload.startswith(b"\x1f\x8b"):
        plain = zlib.decompressobj(31).decompress(payload)
    elif payload.startswith(b"\xfd7zXZ"):
        plain = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        plain = _filter(["zstd", "-dcq"], payload)
    elif payload.startswith(b"\x02\x21\x4c\x18"):
        plain = _filter(["lz4", "-dcq"], payload)
    else:
        plain = b""
    if not plain.startswith(b"\x7fELF"):
        raise packages.Unavailable(f"{bzimage}: no ELF kernel found inside")
    vmlinux.write_bytes(plain)


def _filter(command, payload):
    # The build appends the unpacked size, four bytes that are not the format's.
    return subprocess.run(command, input=payload[:-4], stdout=subprocess.PIPE,
                          check=True).stdout


class BuildFailed(Exception):
    """The module does not build."""


def headers(release):
    folder = Path(f"/lib/modules/{release}/build")
    if not folder.is_dir():
        # The metapackage's headers may be older than the newest image.
        subprocess.run([TOP / "scripts/install-packages", f"linux-headers-{release}"],
                       check=True)
    return folder


def build_module(release, top=TOP, objects=None, suite=suites.OWN):
    """xen-suspend.ko for one kernel, built in a folder of its own.

    `objects`: what it is built against, if not Debian's headers of that release.
    `suite`: the Debian release whose chroot it is built in, if not the machine's.
    """
    sources = [top / name for name in ("Makefile", "Kbuild")]
    sources += sorted(top.glob("module/**/*.[chS]")) + sorted(top.glob("module/**/Kbuild"))
    return build(release, "xen-suspend", top, TOP / "build" / release,
                 [path for path in sources if path.exists()], objects, suite)


def build_refuse(release, objects=None, suite=suites.OWN):
    """refuse.ko, which stands in the way of suspends, likewise."""
    top = TOP / "scripts/lab/guest/refuse"
    return build(release, "refuse", top, TOP / "build" / f"refuse-{release}",
                 sorted(top.iterdir()), objects, suite)


def build(release, name, top, folder, sources, objects=None, suite=suites.OWN):
    """NAME.ko from sources below top.

    They are copied to the folder: builds for two kernels never meet each
    other's objects. What did not change is not copied, so make does not
    rebuild it; what did gets a new time, whatever the source's time is.
    """
    wanted = {folder / path.relative_to(top) for path in sources}
    for pattern in ("module/**/*.[ch]", "Kbuild", "Makefile"):
        for old in set(folder.glob(pattern)) - wanted:
            if not old.name.endswith(".mod.c"):
                old.unlink()
    for path in sources:
        copy = folder / path.relative_to(top)
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    log = folder / "make.log"
    make = [f"-j{os.cpu_count()}"]
    with open(log, "wb") as output:
        if suite == suites.OWN:
            built = subprocess.run(
                ["make", "-C", objects or headers(release), *make, f"M={folder}", "modules"],
                stdout=output, stderr=subprocess.STDOUT, check=False)
        else:
            built = suites.run(
                suites.chroot(suite, [f"linux-headers-{release}"]), folder,
                ["make", "-C", f"/lib/modules/{release}/build", *make, "M=/mnt", "modules"],
                stdout=output, stderr=subprocess.STDOUT)
    module = folder / f"{name}.ko"
    if built.returncode or not module.exists():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BuildFailed(f"{name} does not build for {release} ({log}):\n{tail}")
    return module
