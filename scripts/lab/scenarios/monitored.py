# SPDX-License-Identifier: GPL-2.0
"""xl save -c, then the guest powers off: xl has not stopped watching it.

Until Xen 4.20, xl's daemon takes a guest that has suspended for one that is gone, and
ends (xl: "Keep monitoring suspended domain", 6b8c85872ed8). With the event channel
Xen tells the toolstack that asked, and nobody else.
"""

NAME = "monitored"
KINDS = ("pv", "pvh", "hvm")
CONTROL = True


def run(lab):
    guest = lab.guest()
    lab.checkpoint(guest)
    lab.step("in the guest: poweroff -f")
    lab.host.run(f"guest-run {guest.domid} {guest.log} 20 'poweroff -f'", check=False)
    guest.wait_down()
    status, _ = lab.host.run(f"timeout 10 sh -c 'while xl domid {guest.name};"
                             " do sleep 0.1; done >/dev/null 2>&1'", 20, check=False)
    lab.expect("xl has cleared the domain away", not status, True)
