# SPDX-License-Identifier: GPL-2.0
"""Requests while the guest powers off or reboots: it goes down, and is not suspended."""

from background import Background

NAME = "off"
KINDS = ("pv", "pvh")


def run(lab):
    for command, reason in (("poweroff -f", "poweroff"), ("reboot -f", "reboot")):
        guest = lab.guest(f"{lab.name}-{reason}")
        lab.step(f"requests all the time; in the guest: {command}")
        asking = Background(guest.host, f"while toolstack notify {guest.domid} --count 20"
                            " --gap-ms 1 --resume --timeout 1; do :; done")
        asking.until("resumed=[1-9]")
        lab.host.run(f"guest-run {guest.domid} {guest.log} 20 '{command}'", check=False)
        lab.host.run(f"while xl domid {guest.name} >/dev/null 2>&1; do sleep 0.1; done", 60)
        _, text = asking.wait()
        lab.report.show("\n".join(text.splitlines()[-2:]))
        log = lab.host.run(f"cat /var/log/xen/xl-{guest.name}.log 2>/dev/null; true")
        lab.report.show(log[-600:])
        lab.expect(f"xl saw the reason: {reason}",
                   f"reason code {REASONS[reason]}" in log, True)


# sched.h: SHUTDOWN_poweroff and SHUTDOWN_reboot
REASONS = {"poweroff": 0, "reboot": 1}
