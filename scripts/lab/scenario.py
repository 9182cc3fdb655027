# SPDX-License-Identifier: GPL-2.0
"""What a scenario is written with: each call is a step that is shown, and
checked where it says so. A scenario ends at the first thing that is wrong."""

import textwrap

from guest import Guest
from host import LabError

EVENT_CHANNEL = "event channel"
XENSTORE = "XenBus control node"


class Wrong(LabError):
    """The guest or the toolstack did something else than expected."""


class Scenario:
    def __init__(self, name, host, report, flavour, arguments=""):
        self.name, self.host, self.report, self.flavour = name, host, report, flavour
        self.arguments = arguments      # more of them for the guests' kernels
        self.guests = []
        self.rows = []          # for the table: [guest, mode, trigger, how, ms]

    def step(self, text):
        self.report.step(text)

    def expect(self, what, found, wanted):
        if found != wanted:
            raise Wrong(f"{what}: {found!r} instead of {wanted!r}", self.host.console)
        self.step(f"ok: {what}: {found if found not in ('', None) else repr(found)}")

    def create(self, kind, name=None, **options):
        options.setdefault("arguments", self.arguments)
        guest = Guest(self.host, name or self.name, kind, self.flavour, **options)
        self.guests.append(guest)
        self.step(f"xl create: {kind.upper()} guest, Linux {self.flavour}"
                  + (", xend_suspend_evtchn_compat=1" if guest.compat else ""))
        guest.create()
        self.step(f"domain {guest.domid} runs")
        return guest

    def layout(self, guest):
        self.report.show(guest.layout())

    def stock(self, guest, when="before the module"):
        """Suspend without the module, for comparison."""
        self.step(f"{when}: xl save -c")
        self.asked(guest, guest.checkpoint(), XENSTORE, "without module", "-")

    def load(self, guest, mode, *parameters):
        self.step(" ".join(["insmod xen-suspend.ko", *parameters]))
        guest.load(*parameters)
        return self.status(guest, mode)

    def status(self, guest, mode):
        """Show sysfs, the log and xenstore; check mode, state and port."""
        sysfs = guest.sysfs()
        shown = "  ".join(f"{name}={value}" for name, value in sysfs.items())
        self.report.show(textwrap.fill(shown, 100, break_on_hyphens=False))
        self.report.show(guest.messages())
        self.layout(guest)
        self.expect("mode", sysfs.get("mode"), mode)
        port = sysfs.get("event_channel")
        if mode == "xenstore-only":
            self.expect("event_channel", port, "")
        else:
            self.expect("state", sysfs.get("state"), "armed")
            self.expect("port in xenstore, as in sysfs", guest.node(), port)
            if not (port or "").isdigit() or port == "0":
                raise Wrong(f"event_channel: {port!r} is no port", self.host.console)
        return sysfs

    def asked(self, guest, asked, how, mode, trigger):
        self.report.show("\n".join(asked.lines))
        self.step(f"request → suspended: {asked.ms:.1f} ms")
        same = [row for row in self.rows if row[:4] == [guest.name, mode, trigger, asked.how]]
        if same:
            same[0][4] += f", {asked.ms:.1f}"
        else:
            self.rows.append([guest.name, mode, trigger, asked.how, f"{asked.ms:.1f}"])
        self.expect("xl asked through", asked.how, how)

    def save(self, guest, how):
        sysfs = guest.sysfs()
        self.step("xl save")
        self.asked(guest, guest.save(), how, sysfs.get("mode", "?"),
                    sysfs.get("trigger", "?"))

    def checkpoint(self, guest, how):
        """xl save -c: the same domain goes on, with the same port."""
        before = guest.sysfs()
        self.step("xl save -c")
        self.asked(guest, guest.checkpoint(), how, before.get("mode", "?"),
                    before.get("trigger", "?"))
        after = guest.sysfs()
        self.expect("port after the checkpoint, as before",
                    after.get("event_channel"), before.get("event_channel"))
        self.expect("state", after.get("state"), before.get("state"))

    def restore(self, guest, mode):
        self.step("xl restore")
        guest.restore()
        self.step(f"domain {guest.domid} runs")
        return self.status(guest, mode)

    def finish(self, failed):
        """Keep the guests' logs; make room for the next scenario."""
        if failed:
            self.host.fetch("/tmp/xl.out", f"xl-{self.name}.log")
        for guest in self.guests:
            self.host.fetch(guest.log, f"guest-{guest.name}.log")
            guest.destroy()
