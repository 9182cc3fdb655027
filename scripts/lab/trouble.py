# SPDX-License-Identifier: GPL-2.0
"""What scenarios of failing suspends share: refuse.ko, and what is told of it."""

PARAMETERS = "/sys/module/refuse/parameters"
STATUS = "data/suspend-status"


def prepare(guest):
    """refuse.ko, and a freezer that gives up after a second instead of 20."""
    guest.run("insmod /refuse.ko && echo 1000 >/sys/power/pm_freeze_timeout")


def hold(guest, kind, ms):
    """From now on a task (or a kthread) does not freeze for so long."""
    guest.run(f"(echo {ms} >{PARAMETERS}/{kind}) >/dev/null 2>&1 &")
    guest.run("until grep -qs hold /proc/[0-9]*/stack; do usleep 10000; done")


def device(guest, **settings):
    """Parameters of the device: device=ERRNO, times=N, late=ERRNO, delay=MS."""
    for name, value in settings.items():
        guest.run(f"echo {value} >{PARAMETERS}/{name}")


def counts(guest, *names):
    """Counters of sysfs, also failed/NAME and stock_failed/NAME."""
    text = guest.run(f"cd {guest.SYSFS} && cat {' '.join(names)}")
    return dict(zip(names, map(int, text.split())))


def parameter(guest, name, value):
    guest.run(f"echo {value} >/sys/module/xen_suspend/parameters/{name}")


def idle(guest):
    guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]")


def status(lab, guest, wanted, limit=10):
    """Wait until the guest's status node begins with `wanted`; what it says."""
    path = f"/local/domain/{guest.domid}/{STATUS}"
    lab.host.run(f"until xenstore-read {path} 2>/dev/null | grep -q '^{wanted}'; do sleep 0.1; done",
                 limit)
    return lab.host.run(f"xenstore-read {path}")
