# SPDX-License-Identifier: GPL-2.0
"""Migrations that fail at all moments, a stock guest beside: it runs wherever that one does."""

import re

import beside
import devices
from background import Background
from beside import RELAY_LOG, goes_on, told
from guest import CONSOLES

NAME = "migrate-fails"
HOST = "pvh"            # Debian's Xen has no log-dirty for PV.
LIMIT = 1800
PORT = 9100
RECEIVE = "xl migrate-receive"
AFTER = 20000           # bytes that are sent of a guest that is suspended
# One that ends with an error where libxl's own ends of a signal: as that one does if, say,
# it cannot map the guest's memory.
HELPER = "#!/bin/sh\ntrap '' PIPE\nexec /usr/lib/xen-*/bin/libxl-save-helper \"$@\"\n"
# xl's words on its migration stream (tools/xl/xl.h)
BANNER, READY = "migration receiver ready", "domain received, ready to unpause"
GO, REPORT = "you are cleared to unpause", "my copy unpause results"


def moments(whole):
    """[(what has happened when it is cut, the relay's options)], in the order of events"""
    return [("the receiver is ready", f"--text '{BANNER}'"),
            ("the stream has begun", "--bytes 1000"),
            ("a quarter has passed", f"--bytes {whole // 4}"),
            ("three quarters have passed", f"--bytes {whole * 3 // 4}"),
            ("the guest is suspended", "--suspended {}"),
            (f"{AFTER} bytes after that", f"--suspended {{}} --more {AFTER}"),
            ("it is restored", f"--text '{READY}'"),
            ("the sender has let go", f"--text '{GO}'"),
            ("it runs there", f"--text '{REPORT}'")]


def domains(guest):
    """{domid: (what follows the guest's name, state)}"""
    lines = guest.host.run(f"xl list | while read -r name id rest; do case $name in {guest.name}*)"
                           " echo $id $name $(toolstack state $id);; esac; done").splitlines()
    return {int(domid): (name.removeprefix(guest.name), state)
            for domid, name, state in (line.split(None, 2) for line in lines)}


def outcome(found, old):
    """What has become of the guest, which was domain `old`: in words, and whether it runs."""
    words, runs = [], 0
    for domid, (suffix, state) in sorted(found.items()):
        if suffix == "--incoming":
            continue            # A receiver leaves it, paused, if it cannot say that it has failed.
        runs += state == "running"
        words.append(f"{state} {'here' if domid == old else 'there'}"
                     + (f" as {suffix}" if suffix else ""))
    return ", ".join(words), runs == 1


class Migration:
    """One that is cut, and what it has left."""

    def __init__(self, guest, command="", how="gone", receive=RECEIVE):
        self.guest, self.host, self.how, self.old = guest, guest.host, how, guest.domid
        listen = f"--listen {PORT}" if how == "reset" else ""
        self.rune = (f"relay {RELAY_LOG} --how {how} {listen} {command.format(guest.domid)}"
                     f" {receive}")
        self.text = self.log = ""

    def run(self, options="", helper=""):
        """xl's exit status, when the receiver has ended, too."""
        self.host.run(f"rm -f {RELAY_LOG}")
        rune = self.rune
        if self.how == "reset":
            Background(self.host, self.rune)
            self.host.run(f"until grep -qs listens {RELAY_LOG}; do sleep 0.1; done")
            rune = f"socat -t 5 -b 65536 STDIO TCP:127.0.0.1:{PORT}"
        helper = f"LIBXL_SAVE_HELPER={helper} " if helper else ""
        xl = Background(self.host, f"{helper}xl migrate {options} -s '' {self.guest.name}"
                                   f" \"{rune}\"")
        if self.how == "hold":
            beside.kill_helper(self.host)
        status, self.text = xl.wait(150)
        self.host.run(f"until grep -qs ended {RELAY_LOG}; do sleep 0.1; done", 100)
        self.log = self.host.run(f"cat {RELAY_LOG}")
        return status

    def repair(self, lab, found):
        """What an administrator does, so that the guest runs, once, by its own name."""
        guest, old = self.guest, self.old
        for domid, (suffix, _) in found.items():
            if suffix == "--incoming":
                self.host.run(f"xl destroy {domid}", check=False)
        there = [domid for domid, (suffix, state) in found.items()
                 if domid != old and suffix != "--incoming" and state == "running"]
        if there and old in found:
            self.host.run(f"xl destroy {old}")
        elif not there and found[old][0]:
            self.host.run(f"xl rename {old} {guest.name}")
        guest._find()
        if there:
            guest.log = f"{CONSOLES}/guest-{guest.name}--incoming.log"
        elif found[old][1] == "suspended":
            lab.step(f"xen-suspend-resume {guest.name}")
            lab.report.show(self.host.run(f"xen-suspend-resume {guest.name}", 100))
        goes_on(guest)


class Pair(beside.Pair):
    """Two whose migrations fail in the same way."""

    def whole(self):
        """How much passes if nothing fails."""
        bytes_passed = []
        for guest in self.both:
            migration = Migration(guest)
            self.lab.expect("xl's status", migration.run(), 0)
            migration.repair(self.lab, domains(guest))
            bytes_passed.append(int(re.search(r"passed (\d+)", migration.log)[1]))
        return min(bytes_passed)

    def migrate(self, guest, migration, what, options, helper):
        """One of them; what has become of it, and whether it runs."""
        lab = self.lab
        lab.step(f"{guest.name}: {what}; {migration.how}")
        status = migration.run(options.format(guest.name), helper)
        lab.expect("the migration failed", status != 0, True)
        lab.report.show(migration.log + "\n" + told(migration.text))
        if migration.rune.endswith(RECEIVE) and not options:
            lab.expect("it was cut", "cut:" in migration.log, True)
        found = domains(guest)
        end = outcome(found, migration.old)
        lab.step(f"{guest.name}: {end[0]}")
        migration.repair(lab, found)
        self.check(guest)
        return end

    def fail(self, what, command="", how="gone", options="", helper="", receive=RECEIVE):
        """The same moment for both; what becomes of the one with the module, and of stock."""
        ends = [self.migrate(guest, Migration(guest, command, how, receive), what, options, helper)
                for guest in self.both]
        stock, module = ends
        self.lab.note(f"{what}; {how}: {module[0]}"
                      + ("" if module == stock else f"; stock: {stock[0]}"))
        if not helper:
            self.lab.expect("the guest runs if the stock guest does",
                            module[1] or not stock[1], True)
        return module, stock


def refused(pair):
    """Destinations that do not take it, before and after the guest has suspended."""
    pair.fail("nobody receives", receive="false")
    for what, setting in (("no such disk there", 'disk = ["phy:/dev/nothing,xvda,w"]'),
                          ("no network card to be had there", 'vif = ["script=/bin/false"]')):
        for guest in pair.both:
            pair.lab.host.write(f"/root/refused-{guest.name}.cfg",
                                f"{guest.config()}\n{setting}")
        pair.fail(what, options="-C /root/refused-{}.cfg")


def lost(pair, what, command):
    """The helper ends with an error of its own: libxl resumes those whom xenstore has asked."""
    (end, runs), (_, stock_runs) = pair.fail(what, command, helper="/tmp/helper")
    pair.lab.expect("stock runs", stock_runs, True)
    if not runs:
        pair.lab.expect("what is left of the other one", end, "suspended here")


def run(lab):
    lab.host.run("ip link set lo up")
    lab.host.write("/tmp/helper", HELPER)
    lab.host.run("chmod 755 /tmp/helper")
    devices.backends(lab.host)
    pair = Pair(lab)
    lab.step("whole migrations, to know how much passes")
    every = moments(pair.whole())
    for what, command in every:
        pair.fail(what, command)
    for how in ("kill", "reset"):
        for what, command in every[4:7]:
            pair.fail(what, command, how)
    for what, command in every[4:6]:
        pair.fail(f"{what}, the helper killed", command, "hold")
    refused(pair)
    for what, command in every[4:6]:
        lost(pair, f"{what}, the helper ends with an error", command)
