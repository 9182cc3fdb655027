# SPDX-License-Identifier: GPL-2.0
"""Runs the test module in a PV guest on real Xen: the lab's host, our kernel."""

import time

import machine                          # also finds the lab's modules

import cpio
import images
import kernels
from host import Host, LabError

NAME = "kunit"
MEMORY = 512
LOG = f"/var/log/xen/console/guest-{NAME}.log"


def boot(kernel, module, folder, suite="", options="", limit=900):
    """As machine.boot(), in a guest."""
    folder = folder / "xen"
    folder.mkdir(exist_ok=True)
    dom0 = kernels.Kernel("6.1")        # the lab's dom0, whatever the guest has
    base = images.base(dom0)
    image, guest = folder / "initramfs-dom0", folder / "initramfs-guest"
    machine.initramfs(module, guest)
    with open(image, "wb") as stream:
        stream.write((base / "dom0.cpio").read_bytes())
        archive = cpio.Archive(stream)
        archive.file("guests/kunit/vmlinux", kernel.vmlinux.read_bytes())
        archive.file("guests/kunit/initramfs", guest.read_bytes())
        archive.close()
    host = Host(folder, base, image, dom0, 2)
    try:
        print(f"dom0 answers after {host.start():.0f} s", flush=True)
        arguments = " ".join(["console=hvc0", *machine.arguments(suite, options)])
        host.write(f"/root/{NAME}.cfg", "\n".join([
            f'name = "{NAME}"', 'type = "pv"', f"memory = {MEMORY}", "vcpus = 2",
            "vif = []", "disk = []", 'kernel = "/guests/kunit/vmlinux"',
            'ramdisk = "/guests/kunit/initramfs"',
            "extra = '" + arguments.replace("'", "") + "'",
            'on_reboot = "destroy"', 'on_crash = "destroy"']))
        host.run(f"timeout 80 xl create /root/{NAME}.cfg", 90)
        end = time.monotonic() + limit
        while time.monotonic() < end:
            status, _ = host.run(f"xl domid {NAME} >/dev/null 2>&1", check=False)
            if status:
                break
            time.sleep(2)
        text = host.run(f"cat {LOG}", 120)
    except LabError as problem:
        text = f"{problem}\n"
    finally:
        host.stop()
        for path in (image, guest):
            path.unlink(missing_ok=True)
    (folder / "guest.log").write_text(text)
    # xenconsoled's log has a CR before each CR LF.
    return text.replace("\r", ""), folder / "guest.log"
