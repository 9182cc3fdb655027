# SPDX-License-Identifier: GPL-2.0
"""Guests whose kernel has the suspend event channel itself, or none; the lab, for them."""

import kernel

from guest import Guest
from scenario import EVENT_CHANNEL, Scenario, Wrong

SYSFS = "/sys/hypervisor/suspend"
COUNTERS = ("requests", "suspends", "failures")
FILES = ("event_channel", *COUNTERS)
# Megabytes: lockdep's tables are in the kernel.
MEMORY = 256
# of the host's machine: some scenarios have a guest of each layout, or a file of one
MACHINE = 3072


EBUSY = 16
TIMEOUT_S = 4


def ask(lab, guest, timeout=TIMEOUT_S, protocol="evtchn"):
    """One request, as libxl makes it; whether the domain has suspended."""
    status, text = lab.host.run(f"toolstack suspend {guest.domid} --protocol {protocol}"
                                f" --timeout {timeout}", timeout + 10, check=False)
    lab.report.show(text)
    return status == 0


class InTree(Guest):
    SYSFS = SYSFS

    def sysfs(self):
        if self.flavour == kernel.STOCK:
            return {"mode": "stock", "trigger": "-"}
        text = self.run(f"cd {SYSFS} && for f in {' '.join(FILES)}; do read -r v <$f;"
                        " echo \"$f: $v\"; done")
        return {**dict(line.partition(": ")[::2] for line in text.splitlines() if ":" in line),
                "mode": "in-tree", "trigger": "-"}

    def messages(self):
        """The channel's lines of the kernel log that are new."""
        lines = self.run("dmesg | grep xen:suspend_evtchn: || true").splitlines()
        new, self.told = lines[self.told:], len(lines)
        return "\n".join(new)

    def published(self):
        """Wait until the node holds the port of this domain; the port."""
        self.wait(f"[ -n \"$(cat {SYSFS}/event_channel)\" ]")
        return self.sysfs()["event_channel"]


class Lab(Scenario):
    """What scenarios of the lab ask for, so that they can be run as they are."""

    how = EVENT_CHANNEL

    def __init__(self, lab):
        self.__dict__ = lab.__dict__            # it is the same lab

    def create(self, kind, name=None, make=InTree, **options):
        options.setdefault("memory", MEMORY)
        return super().create(kind, name, make, **options)

    def guest(self, name=None, **options):
        guest = self.create(self.case.kind, name, **options)
        self.status(guest, "")
        return guest

    def status(self, guest, mode):
        """Check what the guest offers: `mode` is what the module would say."""
        if mode == "xenstore-only":
            self.layout(guest)
            self.expect("event_channel", guest.sysfs()["event_channel"], "")
            return
        port = guest.published()
        self.layout(guest)
        self.expect("the node holds the port that sysfs shows", guest.node(), port)
        if not port.isdigit() or port == "0":
            raise Wrong(f"event_channel: {port!r} is no port", self.host.console)

    def restore(self, guest, mode=""):
        super().restore(guest, mode)

    def counters(self, guest, *names):
        found = guest.sysfs()
        return {name: int(found[name]) for name in names or COUNTERS}

    def armed(self, guest, limit=70):
        """Wait until no request is under way in the guest."""
        guest.run("true", limit)
        guest.wait(f"cd {SYSFS} && [ $(cat requests) = $(($(cat suspends) + $(cat failures))) ]",
                   limit)

    def counted(self, guest, requests, failures=0):
        """So many requests since it booted, all of them served but those that failed."""
        self.expect("requests, suspends, failures", list(self.counters(guest).values()),
                    [requests, requests - failures, failures])


class Function:
    """A function as the lab wants a scenario."""

    MEMORY = MACHINE

    def __init__(self, function, kinds=("pv", "pvh"), limit=420, kernels=(kernel.SERIES,)):
        self.NAME, self.KINDS = function.__name__.replace("_", "-"), kinds
        self.LIMIT, self.KERNELS = limit, kernels
        self.__doc__ = function.__doc__
        self.function = function

    def run(self, lab):
        self.function(Lab(lab))
