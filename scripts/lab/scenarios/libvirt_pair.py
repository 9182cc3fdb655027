# SPDX-License-Identifier: GPL-2.0
"""virsh migrate to the second host and back, live and not, after dompmsuspend, and one that fails."""

import functools

import virsh
from scenarios import libvirt

NAME = "libvirt-migrate"
HOST = "pair"
CONTROL = True
DOM0 = "libvirt"
LIMIT = 900


def migrated(lab, guest, to, options, libvirtd):
    lab.client(guest, f"virsh migrate {options} to the other host",
               lambda: guest.virsh(f"migrate {options} {{}} {virsh.uri(to)}"
                                   f" --migrateuri tcp://{to.cable.address}"))
    lab.expect("the domain is gone here", guest.there(), False)
    guest.moved(libvirtd)
    lab.step(f"domain {guest.domid} runs")
    lab.status(guest, "toolstack-node")
    libvirt.states(lab, guest, "running", "running")
    libvirt.goes_on(guest)


def receiver_killed(lab, guest, there):
    """The other libvirtd is killed when the guest has been asked."""
    lab.step("virsh migrate; the other libvirtd is killed when the guest has been asked")
    libvirt.begin(lab, guest, libvirt.SLOW_MS,
                  f"migrate --live {guest.name} {virsh.uri(there.host)}"
                  f" --migrateuri tcp://{there.host.cable.address}")
    there.gone("KILL")
    libvirt.ended(lab)
    lab.note(f"virsh migrate to a libvirtd that is killed: the guest {libvirt.woken(lab, guest)}"
             + (", stock" if lab.control else ""))
    lab.armed(guest)
    libvirt.goes_on(guest)
    there.start()
    there(f"destroy {guest.name}", check=False)


def run(lab):
    here, there = daemons = [virsh.Libvirtd(host) for host in (lab.host, lab.host.peer)]
    for libvirtd in daemons:
        libvirtd.start()
    guest = lab.create(lab.case.kind, make=functools.partial(virsh.Domain, libvirtd=here))
    libvirt.start(lab, guest)
    ways = ("--live", "--live --p2p", "")
    for options in ways:
        libvirt.suspended(lab, guest, 2, lambda: libvirt.slept(lab, guest))
        migrated(lab, guest, there.host, options, there)
        libvirt.suspended(lab, guest, 2, lambda: libvirt.slept(lab, guest))
        migrated(lab, guest, here.host, options, here)
    receiver_killed(lab, guest, there)
    migrated(lab, guest, there.host, "--live", there)
