# SPDX-License-Identifier: GPL-2.0
"""libxl with the series of upstream/xen/ in it, built from Debian's source package.

Only the tools' libraries are built, in a chroot of the release whose dom0 is to
have them: the unpatched tree once for each version of the package, libxl in a copy of
it once for each series.
"""

import functools
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "scripts/lab"))

import cache                            # noqa: E402
import images                           # noqa: E402
import packages                         # noqa: E402
import suites                           # noqa: E402

SERIES = TOP / "upstream/xen"
PACKAGE = "xen"
# The machine's packages that build it: a part of what debian/control lists, for the tools
BUILD = ("acpica-tools", "autoconf", "autotools-dev", "bison", "dpkg-dev", "flex", "gettext",
         "libjson-c-dev", "liblzma-dev", "libncurses-dev", "libyajl-dev", "libzstd-dev",
         "pkg-config", "python3-dev", "uuid-dev", "zlib1g-dev")
FAULT = Path(__file__).resolve().parent / "nospace.c"
LIGHT = "tools/libs/light"
# The paths that Debian's packages have, and as little as configure allows
CONFIGURE = """
	--prefix=/usr --libdir=/usr/lib/x86_64-linux-gnu --sysconfdir=/etc --localstatedir=/var
	--with-libexec-leaf-dir=xen-{xen} --with-system-qemu=/usr/libexec/xen-qemu-system-i386
	--disable-xen --disable-docs --disable-stubdom --disable-ocamltools --disable-golang
	--with-system-seabios=/usr/share/seabios/bios-256k.bin
	--disable-pygrub --disable-rombios --disable-ovmf --disable-ipxe
""".split()
UNPACK = "cd /mnt && dpkg-source --no-check -x *.dsc tree && rm ./xen_*"
# Debian's patches remove what autoconf makes.
CONFIGURED = """
cd /mnt/tree
cp /usr/share/misc/config.guess /usr/share/misc/config.sub .
./autogen.sh
./configure "$@"
"""
PREPARE = CONFIGURED + """
make -j$(nproc) -C tools/include
make -j$(nproc) -C tools/libs
"""
# Offsets are fine, fuzz is not.
APPLY_TO = "patch -p1 -F0 --no-backup-if-mismatch -d /mnt/tree -i /mnt/patch\n"
APPLY = APPLY_TO + f"make -j$(nproc) -C /mnt/tree/{LIGHT}\n"
# COLO is not configured: make does not know what its files are compiled with.
TOUCHED = f"""
make -C /mnt/tree/{LIGHT} "$@" \\
	CFLAGS_libxl_colo_restore.o='-include /mnt/tree/tools/config.h'
"""
PRELOAD = """gcc -O2 -Wall -Wextra -Werror -shared -fPIC -D__XEN_TOOLS__ -I/mnt/tree/tools/include
	-o /mnt/nospace.so /mnt/nospace.c""".split()
HELPER = """#!/bin/busybox sh
# The receiver's helper is to have its space.
if [ "$1" = --save-domain ]; then
	export NOSPACE_DOMID="$4" LD_PRELOAD=/usr/lib/nospace.so
fi
exec /usr/lib/xen-{xen}/bin/libxl-save-helper "$@"
"""


class Broken(Exception):
    """The series does not apply, or something of it does not build."""


def patches(xen):
    """The series for a version: its own, or that for the newest Xen where it applies as it is."""
    own = sorted((SERIES / xen).glob("[0-9]*.patch"))
    return own or [path for path in sorted(SERIES.glob("[0-9]*.patch"))
                   if not path.name.startswith("0000")]


def build_in(root, where, script, *words):
    """Run a script in the chroot; it fails loudly."""
    log = where / "build.log"
    with open(log, "ab") as output:
        done = suites.run(root, where, ["sh", "-ec", script, "sh", *words], stdout=output,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        kept = cache.root() / "libxl.log"
        shutil.copy(log, kept)
        raise Broken(f"libxl ({kept}):\n"
                     + "\n".join(log.read_text(errors="replace").splitlines()[-30:]))
    return log.read_text(errors="replace")


@functools.lru_cache(None)
def patched(xen):
    """libxl for a version of Xen with its series, and the fault: a cache entry."""
    return Source(xen).patched()


class Source:
    """Debian's source package for a version of Xen, and trees of it."""

    def __init__(self, xen):
        self.xen, self.suite = xen, images.XENS[xen]
        self.root = suites.chroot(self.suite, list(BUILD))
        self.version, files = self._newest(suites.source_archive(self.suite))
        key = cache.digest(UNPACK, PREPARE, *CONFIGURE, self.root.parent.name)
        self.built = cache.entry(f"libxl-tree/{self.version.replace(':', '%')}-{key}",
                                 lambda where: self._build(files, where))
        cache.expire("libxl-tree")

    def _newest(self, archive):
        """The newest source that can be had: mirrors do not have all that they list."""
        missing = None
        for version in archive.source_versions(PACKAGE):
            try:
                files = archive.source(PACKAGE, version)
            except packages.Unavailable as problem:
                missing = missing or problem
                continue
            running = images.hypervisor(self.xen)["Version"]
            if version != running:
                print(f"  source: {version}; what runs is {running}, whose source cannot be had")
            return version, files
        raise missing or packages.Unavailable(f"no source of {PACKAGE} for {self.xen}")

    def _build(self, files, where):
        print(f"  building the libraries of xen {self.version}'s tools", flush=True)
        for path in files.iterdir():
            shutil.copy(path, where)
        build_in(self.root, where, UNPACK)
        build_in(self.root, where, PREPARE, *(word.format(xen=self.xen) for word in CONFIGURE))

    def patched(self):
        """libxl with the series: a cache entry."""
        series = patches(self.xen)
        key = cache.digest(APPLY, HELPER, self.built.name, FAULT, *PRELOAD, *series)
        entry = cache.entry(f"libxl/{self.xen}-{key}", lambda where: self._patch(series, where))
        cache.expire("libxl")
        return entry

    def _patch(self, series, where):
        """Each patch built by itself, then what is loaded into the save helper to make it fail."""
        print(f"  building libxl {self.version} with {len(series)} patches", flush=True)
        started = time.monotonic()
        subprocess.run(["cp", "-a", self.built / "tree", where], check=True)
        for patch in series:
            shutil.copy(patch, where / "patch")
            build_in(self.root, where, APPLY)
        shutil.copy(FAULT, where)
        build_in(self.root, where, 'exec "$@"', *PRELOAD)
        (library,) = (path for path in (where / "tree" / LIGHT).glob("libxenlight.so.*")
                      if not path.is_symlink())
        shutil.copy(library, where / "libxenlight.so")
        (where / "helper-nospace").write_text(HELPER.format(xen=self.xen), encoding="ascii")
        shutil.rmtree(where / "tree")
        print(f"  built in {time.monotonic() - started:.0f} s", flush=True)


def compile_touched(tree):
    """Each patch of the newest series on a git tree of Xen: the files that it touches compile."""
    series = patches("newest")
    objects = {f"{Path(name).stem}.o" for path in series for name in
               re.findall(rf"^--- a/{LIGHT}/(\S+\.c)$", path.read_text(), re.M)}
    # For COLO's, make does not know that headers have to be made first.
    objects = sorted(objects, key=lambda name: ("colo" in name, name))
    root = suites.chroot(suites.OWN, list(BUILD))
    with tempfile.TemporaryDirectory() as where:
        where = Path(where)
        (where / "tree").mkdir()
        with subprocess.Popen(["git", "-C", tree, "archive", "HEAD"],
                              stdout=subprocess.PIPE) as archive:
            subprocess.run(["tar", "-x", "-C", where / "tree"], stdin=archive.stdout, check=True)
        build_in(root, where, CONFIGURED + "make -C tools/include\n",
                 *(word.format(xen="newest") for word in CONFIGURE))
        for patch in series:
            shutil.copy(patch, where / "patch")
            build_in(root, where, APPLY_TO + TOUCHED, *objects)
            print(f"  {patch.name}: {len(objects)} files compile", flush=True)


def soname(path):
    """What a library is to be called where it is installed."""
    text = subprocess.run(["readelf", "-d", path], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return re.search(r"\(SONAME\).*\[(.*)\]", text)[1]
