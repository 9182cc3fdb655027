# SPDX-License-Identifier: GPL-2.0
"""What a scenario is written with: each call is a step that is shown, and
checked where it says so. A scenario ends at the first thing that is wrong."""

import textwrap

import debugkernel
import traced
from background import Background
from guest import Guest
from host import LabError, packed, unpacked

EVENT_CHANNEL = "event channel"
XENSTORE = "XenBus control node"
COUNTERS = ("requests", "suspends", "cancelled", "failures", "retries", "coalesced",
            "spurious", "stock_suspends")
# Megabytes of a guest
MEMORY, DEBUG_MEMORY = 192, 384


# Of /proc/sys/kernel/tainted: a bad page, an oops, a warning, a soft lockup
TAINTS = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14


# libxl 4.14 has PV and PVH guests that it resumes in place believe that they are in
# a new domain: libxl__domain_resume() leaves before it notes suspend_cancel. They
# panic, with the module or without. 4.15 has it right.
CANNOT_RESUME = ("4.14",)


class Wrong(LabError):
    """The guest or the toolstack did something else than expected."""


class Scenario:
    def __init__(self, case, host, report, arguments="", control=False, xen=None,
                 trace=False):
        self.case, self.name, self.flavour = case, case.name, case.kernel
        self.host, self.report = host, report
        self.arguments = arguments      # more of them for the guests' kernels
        self.control = control          # a stock guest: the module is never loaded
        self.xl_resumes = xen not in CANNOT_RESUME
        self.trace = trace and not control      # write down the handshake's steps
        self.judged = traced.Judged()           # and what became of them
        self.guests = []
        self.known_splats = []  # words of those that are no failure
        self.notes = []         # figures for the documentation
        self.reductions = []    # what is smaller here than in other cases
        self.figures = []       # what a benchmark has measured: [what, {how: figures}]
        self.rows = []          # for the table: [guest, mode, trigger, how, ms]

    def step(self, text):
        self.report.step(text)

    def note(self, text):
        """A figure that was measured: shown, and kept for the documentation."""
        self.notes.append(text)
        self.step(text)

    def reduced(self, text):
        """Something is smaller, or left out, in this case: the page of results says so."""
        if text not in self.reductions:
            self.reductions.append(text)
        self.step(f"reduced: {text}")

    def keep(self, what, **figures):
        """Raw figures of a benchmark, for its own records."""
        self.figures.append((what, figures))

    def expect(self, what, found, wanted):
        if found != wanted:
            raise Wrong(f"{what}: {found!r} instead of {wanted!r}", self.host.console)
        self.step(f"ok: {what}: {found if found not in ('', None) else repr(found)}")

    def create(self, kind, name=None, make=Guest, **options):
        options.setdefault("arguments", self.arguments)
        options.setdefault("vcpus", self.case.vcpus)
        options.setdefault("trace", self.trace)
        options.setdefault("memory", DEBUG_MEMORY if self.flavour in debugkernel.FLAVOURS
                           else MEMORY)
        guest = make(self.host, name or self.name, kind, self.flavour, **options)
        self.guests.append(guest)
        self.step(f"{guest.MADE_BY}: {kind.upper()} guest, Linux {self.flavour}"
                  + (f", {guest.vcpus} vCPUs" if guest.vcpus > 1 else "")
                  + (", xend_suspend_evtchn_compat=1" if guest.compat else ""))
        guest.create()
        self.step(f"domain {guest.domid} runs")
        return guest

    @property
    def how(self):
        """How a toolstack is to ask a guest of this run."""
        return XENSTORE if self.control else EVENT_CHANNEL

    def guest(self, name=None, **options):
        """A guest of the run's type, with the module unless it is the control."""
        guest = self.create(self.case.kind, name, **options)
        self.load(guest, "compat" if guest.compat else "toolstack-node")
        return guest

    def layout(self, guest):
        self.report.show(guest.layout())

    def stock(self, guest, when="before the module"):
        """Suspend without the module, for comparison."""
        self.step(f"{when}: xl save{' -c' if self.xl_resumes else ''}")
        asked = guest.checkpoint() if self.xl_resumes else guest.save()
        self.asked(guest, asked, XENSTORE, "without module", "-")
        if not self.xl_resumes:
            guest.restore()

    def load(self, guest, mode, *parameters):
        if self.control:
            return {}
        self.step(" ".join(["insmod xen-suspend.ko", *parameters]))
        guest.load(*parameters)
        return self.status(guest, mode)

    def status(self, guest, mode):
        """Show sysfs, the log and xenstore; check mode, state and port."""
        if self.control:
            guest.run("true")
            return {}
        guest.negotiated(mode)
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

    def sysfs(self, guest):
        return {} if self.control else guest.sysfs()

    def client(self, guest, text, command, how=None):
        """One of xl's clients; what sysfs showed before it."""
        before = self.sysfs(guest)
        self.step(text)
        self.asked(guest, command(), how or self.how,
                   before.get("mode", "without module"), before.get("trigger", "-"))
        return before

    def save(self, guest, how=None):
        self.client(guest, "xl save", guest.save, how)

    def checkpoint(self, guest, how=None):
        """xl save -c: the same domain goes on, and offers a port that is open."""
        if not self.xl_resumes:
            self.reduced("no xl save -c: this xl resumes no guest in place")
            return
        before = self.client(guest, "xl save -c", guest.checkpoint, how)
        after = self.sysfs(guest)
        if after.get("event_channel"):
            self.expect("port in xenstore after it, as in sysfs", guest.node(),
                        after["event_channel"])
        self.expect("state", after.get("state"), before.get("state"))
        guest.run("true")

    def migrate(self, guest, mode, to=None, how=None, **options):
        """xl migrate, to the same host or another: a new domain."""
        self.client(guest, "xl migrate" + (" to the other host" if to else ""),
                    lambda: guest.migrate(to, **options), how)
        self.step(f"domain {guest.domid} runs")
        return self.status(guest, mode)

    def counters(self, guest, *names):
        """Counters of sysfs, by name."""
        sysfs = guest.sysfs()
        return {name: int(sysfs[name]) for name in names or COUNTERS}

    def since(self, guest, before):
        """How much counters() have grown; shown."""
        found = {name: count - before[name]
                 for name, count in self.counters(guest, *before).items()}
        self.report.show("  ".join(f"{name}={count}" for name, count in found.items()))
        return found

    def revive(self, guest):
        """Resume a domain that was left suspended; true if it was."""
        if guest.domain_state() != "suspended":
            return False
        self.host.run(f"toolstack resume {guest.domid}")
        return True

    def toolstack(self, guest, command, options=""):
        """The lab's own toolstack (dom0/toolstack.c), while the scenario goes on."""
        return Background(guest.host, f"toolstack {command} {guest.domid} {options}")

    def ended(self, program, wanted=0, limit=70):
        """Wait for a Background's end, show what it printed, check its status."""
        status, text = program.wait(limit)
        self.report.show(text)
        self.expect("the toolstack's status", status, wanted)
        return text

    def armed(self, guest, limit=70):
        """Wait until nothing is under way in the guest."""
        guest.run("true", limit)
        if not self.control:
            guest.wait(f"[ $(cat {guest.SYSFS}/state) = armed ]", limit)

    def restore(self, guest, mode):
        self.step("xl restore")
        guest.restore()
        self.step(f"domain {guest.domid} runs")
        return self.status(guest, mode)

    def _said(self, guest):
        """What a guest's kernel has said, as far as it can be known.

        All of it as long as the guest lives; of one that is gone, what its console
        has shown of it: errors, but no warnings.
        """
        if not guest.alive():
            return unpacked(guest.host.run(packed(f"cat {guest.log}"), 60)), 0
        # No message of the kernel may come between.
        text = unpacked(guest.run("dmesg -n 1; " + packed("cat /proc/sys/kernel/tainted; dmesg")
                                  + "; dmesg -n 4", 60))
        tainted, _, text = text.partition("\n")
        if self.flavour in debugkernel.FLAVOURS and not self.control:
            text += guest.leaks()
        return text, int(tainted) & TAINTS

    def check_splats(self):
        """What the kernels' own debugging tools have found, if anything."""
        for guest in self.guests:
            if guest.domid is None:
                continue
            text, tainted = self._said(guest)
            splats = debugkernel.splats(text)
            found = [splat for splat in splats
                     if not any(word in line for word in self.known_splats for line in splat)]
            # It says that there was one, also when the log has wrapped over it.
            if tainted and not splats:
                found.append([f"tainted {tainted}, by what its log has no more of"])
            if found:
                self.report.show("\n".join(found[0]))
                if not self.control:
                    raise Wrong(f"{guest.name}'s kernel: {found[0][0]}", self.host.console)

    def judge_handshakes(self):
        """What can be said of the steps that the guests' handshakes have made.

        Not of guests that are gone, nor of a module that the scenario has unloaded
        by hand: that is said, too.
        """
        for guest in self.guests if self.trace else ():
            texts = list(guest.traces)
            if not guest.writes:
                if not texts and guest.loaded:
                    self.judged.miss(guest.name, "its module or kernel does not trace it")
            elif guest.alive():
                texts.append(traced.collect(guest))
            else:
                self.judged.miss(guest.name, "the domain is gone")
            steps = [self.judged.add(text, self.host.folder
                                     / f"trace-{guest.name}-{self.label}-{number}.txt")
                     for number, text in enumerate(texts, 1)]
            if steps and not any(steps) and not self.judged.wrong:
                self.judged.miss(guest.name, "it made no step")

    def check_handshakes(self):
        """Each of those steps is one that there is."""
        self.judge_handshakes()
        if self.judged.wrong:
            self.report.show(self.judged.wrong)
            raise Wrong(f"the handshake took a wrong step: {self.judged.wrong.splitlines()[0]}",
                        self.host.console)
        self.step(f"handshake: {self.judged}")

    def explain_handshakes(self):
        """The scenario has failed: did the handshake, too?"""
        if self.judged or not self.trace:
            return              # that is why it failed, or it was no reason
        try:
            self.judge_handshakes()
        except LabError:
            self.judged.miss("what is left", "a guest does not answer")
        self.report.show(self.judged.wrong or f"handshake: {self.judged}")

    @property
    def label(self):
        return self.case.title.replace("/", "-") + ("-stock" if self.control else "")

    def finish(self, failed):
        """Keep the guests' logs; make room for the next scenario."""
        if failed:
            self.explain_handshakes()
            for host in filter(None, (self.host, self.host.peer)):
                for name in ("xl.out", "receive.log"):
                    host.fetch(f"/tmp/{name}", f"{name.split('.')[0]}-{self.label}.log")
        for guest in self.guests:
            guest.host.fetch(guest.log, f"guest-{guest.name}-{self.label}.log")
            guest.destroy()
