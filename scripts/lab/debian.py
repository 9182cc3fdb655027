# SPDX-License-Identifier: GPL-2.0
"""A whole Debian 12 as a guest: systemd, dpkg, dkms and a compiler, on a disk.

dom0 has the disk by virtio and gives it to the guest by xen-blkback. The
guest's initramfs only finds its root: what Debian's would do and a PV guest
needs, in a hundredth of the size to unpack.
"""

import io
import subprocess
from pathlib import Path

import cache
import cpio
import packages
import suites
from guest import Guest

SIZE = "3G"
INCLUDE = ("systemd-sysv", "udev", "kmod", "dkms", "gcc", "make", "openssl", "python3",
           "linux-perf", "bpftrace", "linux-image-{release}", "linux-headers-{release}")
UNREAD = ("doc", "man", "locale")
DOM0_DRIVERS = ("virtio_pci", "virtio_blk", "xen-blkback")
GUEST_DRIVERS = ("xen-blkfront", "ext4")

SHELL = """#!/bin/sh
stty raw -echo
echo lab: guest is up
exec sh /dev/hvc0
"""
UNIT = """[Unit]
After=multi-user.target
[Service]
ExecStart=/usr/local/sbin/lab-shell
TTYPath=/dev/hvc0
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
Environment=DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C SYSTEMD_COLORS=0
Restart=always
IgnoreSIGPIPE=no
[Install]
WantedBy=multi-user.target
"""
INIT = """#!/bin/busybox sh
/bin/busybox --install -s
mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do insmod $module; done
until [ -b /dev/xvda ]; do sleep 0.1; done
mount -t ext4 /dev/xvda /root || exit 1
umount /dev
exec switch_root /root /sbin/init
"""
# What xen-utils-common's script does, without its checks for sharing.
BLOCK = """#!/bin/busybox sh
export PATH=/usr/bin:/bin
[ "$1" = add ] || exit 0
xenstore-write "$XENBUS_PATH/physical-device" \\
	"$(stat -c %t:%T "$(xenstore-read "$XENBUS_PATH/params")")"
xenstore-write "$XENBUS_PATH/hotplug-status" connected
"""


def load_order(root, release, names):
    """Paths of modules, each after those that it needs."""
    found = []
    for name in names:
        text = subprocess.run(["modprobe", "-d", root, "-S", release, "--show-depends", name],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        for line in text.splitlines():
            word = line.split()
            if word[0] == "insmod" and word[1] not in found:
                found.append(word[1])
    return [Path(path) for path in found]


def disk(release):
    """The cache entry with the root: `disk`, `dom0/*.ko` and `guest/*.ko`."""
    names = [name.format(release=release) for name in INCLUDE]
    fields = packages.candidates(names)
    key = cache.digest(Path(__file__),
                       *(f"{name}={fields[name]['Version']}" for name in names))

    def make(where):
        print("  making a Debian 12 root for the guest (some minutes)", flush=True)
        root = where / "root"
        suites.root(suites.OWN, names, root, cache.root() / "debian.log", "--variant=minbase",
                    *(f"--dpkgopt=path-exclude=/usr/share/{what}/*" for what in UNREAD))
        (root / "usr/local/sbin/lab-shell").write_text(SHELL)
        (root / "usr/local/sbin/lab-shell").chmod(0o755)
        (root / "etc/systemd/system/lab-shell.service").write_text(UNIT)
        # Not a first boot, which would ask questions and enable everything.
        (root / "etc/machine-id").write_text(key.ljust(32, "0") + "\n")
        (root / "etc/hostname").write_text("guest\n")
        subprocess.run(["systemctl", f"--root={root}", "enable", "lab-shell"], check=True,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["systemctl", f"--root={root}", "mask", "serial-getty@hvc0",
                        "console-getty", "getty@tty1", "apt-daily.timer",
                        "apt-daily-upgrade.timer"], check=True, stderr=subprocess.DEVNULL)
        for folder, drivers in (("dom0", DOM0_DRIVERS), ("guest", GUEST_DRIVERS)):
            (where / folder).mkdir()
            for n, path in enumerate(load_order(root, release, drivers)):
                (where / folder / f"{n:02}-{path.name}").write_bytes(path.read_bytes())
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, where / "disk", SIZE],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", root], check=True)

    return cache.entry(f"debian/{key}", make)


def guest_initramfs(busybox, modules):
    stream = io.BytesIO()
    archive = cpio.Archive(stream)
    archive.console()
    for folder in ("dev", "root", "sbin", "usr/bin", "usr/sbin"):
        archive.folder(folder)
    archive.file("init", INIT.encode(), 0o755)
    archive.program("bin/busybox", busybox)
    for path in modules:
        archive.file(f"modules/{path.name}", path.read_bytes())
    archive.close()
    return stream.getvalue()


def initramfs(base, root, kernel, path):
    """dom0's initramfs with the guest's kernel and what disks need."""
    with open(path, "wb") as stream:
        stream.write((base / "dom0.cpio").read_bytes())
        archive = cpio.Archive(stream)
        archive.file("guests/debian/vmlinux", kernel.vmlinux.read_bytes())
        archive.file("guests/debian/initramfs",
                     guest_initramfs(base / "busybox", sorted((root / "guest").iterdir())))
        for module in sorted((root / "dom0").iterdir()):
            archive.file(f"lib/disk-modules/{module.name}", module.read_bytes())
        archive.file("etc/xen/scripts/block", BLOCK.encode(), 0o755)
        archive.close()


class Debian(Guest):
    BOOT_LIMIT = 300
    DISKS = ", ".join(f"'format=raw,vdev=xvd{x},access={how},backendtype=phy,target=/dev/vd{x}'"
                      for x, how in (("a", "rw"), ("b", "ro")))

    def __init__(self, host, arguments=""):
        super().__init__(host, "debian", memory=1024, vcpus=2, flavour="debian",
                         arguments="systemd.show_status=0 " + arguments,
                         settings=[f"disk = [ {self.DISKS} ]"])

    def reboot(self):
        """The guest's own reboot, in a new domain."""
        self.run("systemctl --no-block reboot", check=False)    # may end before it tells
        self.wait_down(120)
        # After a save by xenstore, Debian 12's xl watches it no more (scenarios/monitored.py).
        self.host.run(f"timeout 60 sh -c 'while xl domid {self.name}; do xl destroy {self.domid};"
                      " sleep 1; done >/dev/null 2>&1'", 70)
        return self.create()

    def checkpoint(self):
        """Saved to nowhere: dom0's files are in its memory, which has no room for this one."""
        return self.xl(f"save -c {self.name} /dev/null")
