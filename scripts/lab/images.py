# SPDX-License-Identifier: GPL-2.0
"""What QEMU boots: Xen, and one initramfs with a dom0 and its guests in it.

The initramfs is two archives in a row, which Linux accepts. The first holds
dom0's userland and comes from the cache; the second holds the guests (kernel
and initramfs of each flavour) and is made anew for every run. Between the two
may lie one of extras.py.

Nothing is compressed: unpacking is paid for in emulated instructions.
"""

import gzip
import io
import re
import shutil
import subprocess
from pathlib import Path

import cache
import cpio
import packages
import suites

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent / "xl-save-watched"
# What administrators run in dom0
SHIPPED = [HERE.parents[1] / "tools" / name for name in ("xen-suspend-measure",
                                                         "xen-suspend-resume")]
GUEST_PROGRAM = HERE / "guest/failnth.c"
# Xen's versions, and the Debian releases they are from
XENS = {"4.14": "bullseye", "4.17": suites.OWN, "4.20": "trixie"}
XEN = "4.17"
# Tools in the folder that they are compiled to be found in; 4.14 has xenstore-control
# in /usr/bin
TOOLS = ["xl", "libxl-save-helper", "xenstored", "oxenstored", "xen-init-dom0", "xenconsoled",
         "xenconsole", "xenctx", "xen-hptool", "xenstore-control"]
# What migrations go through; busybox's nc copies 1 KiB at a time, and listens once.
RELAY = "usr/bin/socat"
STORE = [f"xenstore-{name}" for name in (
    "chmod", "exists", "list", "ls", "read", "rm", "watch", "write")]
# libgcc_s is loaded by pthread_cancel at run time: nothing lists it as needed.
EXTRA = ["libgcc_s.so.1"]
DRIVERS = ["xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-privcmd", "xenfs",
           "e1000"]
# What dom0 loads for the first guest with a disk or a network card: devices.py
BACKENDS = ["brd", "xen-blkback", "xen-netback"]
FRONTENDS = ["xen-blkfront", "xen-netfront"]
# Name -> (sources, libraries)
PROGRAMS = {
    "toolstack": (["toolstack.c", "protocol.c", "util.c"],
                  ["libxenctrl", "libxenguest", "libxenevtchn", "libxenstore"]),
    "guest-run": (["guest-run.c"], ["libxenstore"]),
    "longlived": (["longlived.c", "util.c"], ["libxenlight", "libxentoollog", "libxenstore"]),
    "relay": (["relay.c", "protocol.c", "util.c"],
              ["libxenctrl", "libxenguest", "libxenevtchn", "libxenstore"]),
    "stamp": (["stamp.c", "util.c"], []),
    "xenopsd": (["xenopsd.c", "protocol.c", "util.c"],
                ["libxenctrl", "libxenguest", "libxenevtchn", "libxenstore"]),
}


def hypervisor(xen=XEN):
    """The package of the hypervisor: its control fields."""
    name = f"xen-hypervisor-{xen}-amd64"
    return suites.archive(XENS[xen]).candidates([name])[name]


def needed(path):
    """Sonames that an ELF file asks for."""
    text = subprocess.run(["readelf", "-d", path], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


class Userland:
    """The unpacked Debian packages dom0 is made from, or something more for it."""

    def __init__(self, xen, names=()):
        self.suite = XENS[xen]
        self.archive = suites.archive(self.suite)
        self.fields = self.archive.closure(
            names or [f"xen-utils-{xen}", "xenstore-utils", hypervisor(xen)["Package"],
                      "busybox-static", "libgcc-s1", "socat", "xen-utils-common"])
        if not names:
            self.fields.update(self.archive.candidates(["libxen-dev"]))
            self.fields.update(self.archive.closure(["bash"]))      # SHIPPED
        self.key = cache.digest(xen, *(f"{name}={field['Version']}"
                                  for name, field in sorted(self.fields.items())))
        self.folders = {}

    def unpack(self):
        self.folders = {name: self.archive.unpack(field)
                        for name, field in self.fields.items()}

    def find(self, *names):
        """The file of the first of the names that a package has."""
        for name in names:
            for folder in self.folders.values():
                for path in (folder / name, folder / "usr" / name):     # usrmerge
                    if path.is_file():
                        return path
        raise packages.Unavailable(f"no Debian package has {names[0]}")

    def files(self, name):
        """The files of a folder of the first package that has it."""
        for folder in self.folders.values():
            if (folder / name).is_dir():
                return sorted(path for path in (folder / name).iterdir() if path.is_file())
        raise packages.Unavailable(f"no Debian package has {name}")

    def libraries(self):
        """Soname -> file; a link names the file it points to, as in dom0."""
        found = {}
        for folder in self.folders.values():
            for path in folder.glob("**/*.so.*"):
                if path.exists() and "/lib" in str(path.parent):
                    found.setdefault(path.name, path)
        return found

    def shared(self, programs, libraries):
        """All libraries that the programs load, found as ld.so does."""
        todo, found = list(programs), {}
        extra = [libraries[name] for name in EXTRA]
        found.update(zip(EXTRA, extra))
        todo += extra
        while todo:
            for name in needed(todo.pop()):
                if name not in found:
                    found[name] = libraries[name]
                    todo.append(libraries[name])
        return found


def compile_programs(userland, libraries, where):
    """The lab's own programs for dom0, against the Xen that runs there."""
    if userland.suite != suites.OWN:
        return compile_elsewhere(userland.suite, where)
    include = userland.folders["libxen-dev"] / "usr/include"
    built = {}
    for name, (sources, uses) in PROGRAMS.items():
        linked = [path for use in uses for soname, path in libraries.items()
                  if soname.startswith(use + ".so.")]
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-isystem", include,
                        "-o", where / name, *(HERE / "dom0" / source for source in sources),
                        *linked,
                        "-Wl,--allow-shlib-undefined"], check=True)
        built[name] = where / name
    return built


def compile_elsewhere(suite, where):
    """The same in a chroot: this machine's C library may be newer than dom0's."""
    root = suites.chroot(suite, ["libxen-dev"])
    for source in (HERE / "dom0").glob("*.[ch]"):
        shutil.copy(source, where)
    for name, (sources, uses) in PROGRAMS.items():
        suites.run(root, where,
                   ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", f"/mnt/{name}",
                    *(f"/mnt/{source}" for source in sources),
                    *(f"-l{use.removeprefix('lib')}" for use in uses),
                    "-Wl,--allow-shlib-undefined"]).check_returncode()
    for copy in where.glob("*.[ch]"):
        copy.unlink()
    return {name: where / name for name in PROGRAMS}


def base(kernel, xen=XEN):
    """dom0's own archive and the hypervisor: a cache entry."""
    userland = Userland(xen)
    binaries = f"usr/lib/xen-{xen}/bin"
    recipe = [Path(__file__), HERE / "cpio.py", EXAMPLE, GUEST_PROGRAM, *SHIPPED,
              *sorted((HERE / "dom0").iterdir())]
    key = cache.digest(userland.key, kernel.release, *recipe)

    def make(where):
        print("  making dom0's userland", flush=True)
        userland.unpack()
        libraries = userland.libraries()
        own = compile_programs(userland, libraries, where)
        tools = {f"{binaries}/{name}": userland.find(f"{binaries}/{name}", f"usr/bin/{name}")
                 for name in TOOLS}
        tools[RELAY] = userland.find(RELAY)
        tools["bin/bash"] = userland.find("bin/bash")
        store = userland.find("usr/bin/xenstore")
        with open(where / "dom0.cpio", "wb") as stream:
            archive = cpio.Archive(stream)
            archive.console()
            for folder in ("proc", "sys", "run", "tmp", "root", "bin", "sbin",
                           "usr/sbin", "var/lib/xen/dump", "var/log/xen/console"):
                archive.folder(folder)
            archive.program("init", HERE / "dom0/init")
            archive.program("usr/bin/layout", HERE / "dom0/layout")
            archive.program("usr/bin/xl-save-watched", EXAMPLE)
            for path in SHIPPED:
                archive.program(f"usr/bin/{path.name}", path)
            archive.file("etc/xen/xl.conf", b'autoballoon="off"\n')
            # oxenstored does not start without.
            conf = "etc/xen/oxenstored.conf"
            archive.file(conf, userland.find(conf).read_bytes())
            archive.program("bin/busybox", userland.find("bin/busybox"))
            for name, path in tools.items():
                archive.program(name, path)
            for name in STORE:
                archive.program(f"usr/bin/{name}", store)
            for name, path in own.items():
                archive.program(f"usr/bin/{name}", path)
            programs = [*tools.values(), store, *own.values()]
            add_libraries(archive, userland.shared(programs, libraries))
            for name in ("block", "vif"):
                archive.program(f"etc/xen/scripts/{name}", HERE / "dom0" / name)
            drivers(archive, kernel, DRIVERS, "lib/xen-modules/")
            drivers(archive, kernel, BACKENDS, "lib/xen-backends/")
            archive.close()
        for path in own.values():
            path.unlink()
        compressed = userland.find(f"boot/xen-{xen}-amd64.gz").read_bytes()
        (where / "xen").write_bytes(gzip.decompress(compressed))
        shutil.copy(userland.find("bin/busybox"), where / "busybox")
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o",
                        where / GUEST_PROGRAM.stem, GUEST_PROGRAM], check=True)

    return cache.entry(f"dom0/{key}", make)


def add_libraries(archive, libraries):
    for name, path in libraries.items():
        folder = "lib64" if name.startswith("ld-linux") else "lib/x86_64-linux-gnu"
        archive.program(f"{folder}/{name}", path)


def drivers(archive, kernel, names, folder=""):
    for name in names:
        data = kernel.module(name)
        if data is not None:        # else built in
            archive.file(f"{folder}{name}.ko", data)


def guest_initramfs(base_folder, kernel, modules):
    """A guest's whole userland: busybox, an init, a program, modules."""
    stream = io.BytesIO()
    archive = cpio.Archive(stream)
    archive.console()
    for folder in ("proc", "sys", "dev", "run", "tmp", "sbin", "usr/bin", "usr/sbin"):
        archive.folder(folder)
    archive.program("init", HERE / "guest/init")
    archive.program("bin/busybox", base_folder / "busybox")
    archive.program(f"bin/{GUEST_PROGRAM.stem}", base_folder / GUEST_PROGRAM.stem)
    for module in modules:
        archive.file(module.name, module.read_bytes())
    drivers(archive, kernel, FRONTENDS)
    archive.close()
    return stream.getvalue()


def initramfs(base_folder, guests, path, more=None, boot=lambda kernel, initramfs: {}):
    """dom0's initramfs with `guests`: [(kernel, [module...])]; `more`: see extras.py.

    `boot`: what a guest has beside its vmlinux and its initramfs, as {name: bytes}.
    """
    with open(path, "wb") as stream:
        for part in (base_folder / "dom0.cpio", more):
            if part:
                stream.write(part.read_bytes())
        archive = cpio.Archive(stream)
        for kernel, modules in guests:
            folder = f"guests/{kernel.flavour}"
            own = guest_initramfs(base_folder, kernel, modules)
            files = {"vmlinux": kernel.vmlinux.read_bytes(), "initramfs": own,
                     **boot(kernel, own)}
            for name, data in files.items():
                archive.file(f"{folder}/{name}", data)
        archive.close()
