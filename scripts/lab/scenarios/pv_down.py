# SPDX-License-Identifier: GPL-2.0
"""PV guest, going down: a request while it reboots is refused, and xenstore is left as found."""

NAME = "pv-down"
HOST = "pv"


def run(lab):
    # Shut down, the domain stays, and so does its part of xenstore.
    guest = lab.create("pv", on_reboot="preserve")
    lab.load(guest, "toolstack-node")

    # The guest's init does not obey, so that the guest stays as it is from
    # here on: asked to reboot, and not gone yet.
    lab.step("xl reboot, then a request: as without the module, no suspend any more")
    lab.host.run(f"xl reboot -F {guest.name}")
    lab.host.run(f"until [ -z \"$(xenstore-read /local/domain/{guest.domid}/control/shutdown)\" ];"
                 " do sleep 0.1; done")
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --timeout 2", check=False)
    lab.report.show(text)
    lab.expect("the toolstack is not told of a suspend", status, 1)
    sysfs = guest.sysfs()
    lab.report.show(sysfs["last_error"])
    lab.expect("requests, suspends, failures",
               [sysfs[name] for name in ("requests", "suspends", "failures")], ["1", "0", "1"])
    lab.expect("errno", sysfs["last_error"].split()[0], "-108")
    lab.expect("state", sysfs["state"], "armed")

    lab.step("kernel_restart(): the node is withdrawn")
    lab.expect("the node before", guest.node(), sysfs["event_channel"])
    lab.host.run(f"guest-run {guest.domid} {guest.log} 5 'reboot -f'", check=False)
    guest.wait_state("shut down", 60)
    lab.expect("the node when the guest is down: there, and empty", guest.node(), "")
