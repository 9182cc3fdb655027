# SPDX-License-Identifier: GPL-2.0
"""dom0: the module refuses to load, says why, and leaves nothing behind."""

NAME = "dom0"
HOST = "pv"
KERNELS = ("6.1",)      # what dom0 runs


def run(lab):
    lab.step("insmod in dom0")
    lab.host.run("cd /tmp && cpio -id xen-suspend.ko </guests/6.1/initramfs")
    status, text = lab.host.run("insmod /tmp/xen-suspend.ko", check=False)
    lab.report.show(text)
    log = lab.host.run("dmesg | grep xen-suspend || true")
    lab.report.show(log)
    lab.expect("insmod fails", status != 0, True)
    lab.expect("errno", "No such device" in text, True)
    lab.expect("the log says why", "this is dom0" in log, True)
    lab.expect("device", lab.host.run("ls -d /sys/devices/platform/xen-suspend 2>&1 || true",)
               .endswith("No such file or directory"), True)
    lab.expect("module", lab.host.run("lsmod | grep -c xen_suspend || true"), "0")
