# SPDX-License-Identifier: GPL-2.0
"""A guest, as dom0's administrator handles it, and a shell inside it."""

import re
import shlex
from dataclasses import dataclass, field

import model
import traced
from host import CommandFailed, LabError

SYSFS = "/sys/devices/platform/xen-suspend"
# Documentation/ABI/testing/, in the order in which they tell the story
FILES = ("mode", "state", "event_channel", "held_event_channel", "trigger", "requests",
         "suspends", "cancelled", "failures", "retries", "coalesced", "spurious",
         "stock_suspends", "negotiations", "replacements",
         "last_error", "last_signal_us", "last_suspend_us")
CONSOLES = "/var/log/xen/console"
# Where the hosts of a pair listen: dom0/init
RECEIVE, RECEIVE_PAUSED = 8002, 8003
# Quiet console: it is also the way the driver talks to the guest.
# The debug kernels' log has no times of its own accord.
GUEST_ARGS = "console=hvc0 loglevel=4 printk.time=1 mitigations=off panic=1"


@dataclass
class Asked:
    """How a toolstack asked for a suspend, from xl's own debug output."""
    how: str = "?"
    ms: float = 0.0
    lines: list = field(default_factory=list)


def read_debug(text):
    """Asked, from the time-stamped output of `xl -vvv save`."""
    asked, start = Asked(), None
    for line in text.splitlines():
        stamp = re.match(r"(\d+) (.*)", line)
        if not stamp:
            continue
        request = re.search(r"issuing \S+ suspend request via (.*)|Calling (xc_domain_shutdown)",
                            stamp[2])
        if request:
            start, asked.how = int(stamp[1]), (request[1] or request[2]).strip()
            asked.lines.append(stamp[2])
        elif start is not None and "guest has suspended" in stamp[2]:
            asked.ms = (int(stamp[1]) - start) / 1000
            asked.lines.append(stamp[2])
    return asked


class Guest:
    SYSFS = SYSFS
    MADE_BY = "xl create"
    BOOT_LIMIT = 60             # seconds; HVM guests have twice of it

    def __init__(self, host, name, kind="pv", flavour="6.1", compat=False, memory=192,
                 arguments="", vcpus=1, settings=(), on_reboot="destroy", prepare=None,
                 trace=False):
        self.host, self.name, self.kind, self.flavour = host, name, kind, flavour
        self.compat, self.memory, self.vcpus = compat, memory, vcpus
        self.settings = settings        # more lines of its configuration
        self.on_reboot = on_reboot
        self.prepare = prepare          # called with it before it runs
        self.arguments = f"{GUEST_ARGS} {arguments}".rstrip()
        self.domid = None
        self.log = f"{CONSOLES}/guest-{name}.log"
        self.saved = f"/tmp/{name}.save"
        self.told = 0           # lines of the log that messages() has returned
        self.trace = trace      # are the steps of the handshake to be written down?
        self.loaded = False     # was the module ever?
        self.writes = False     # are they?
        self.traces = []        # those of modules that were unloaded

    def config(self):
        folder, memory, extra = f"/guests/{self.flavour}", self.memory, self.arguments
        if self.kind == "hvm":
            boot = model.settings(folder)
            memory += model.MORE
            extra += f" {model.ARGUMENT}"
        else:
            boot = [f'kernel = "{folder}/vmlinux"', f'ramdisk = "{folder}/initramfs"']
        lines = [f'name = "{self.name}"', f'type = "{self.kind}"',
                 f"memory = {memory}", f"vcpus = {self.vcpus}", *boot, f'extra = "{extra}"',
                 # Nothing comes back by itself: a crash is to be seen.
                 f'on_reboot = "{self.on_reboot}"', 'on_crash = "destroy"', *self.settings]
        if self.compat:
            lines.append("xend_suspend_evtchn_compat = 1")
        return "\n".join(lines)

    def make(self):
        path = f"/root/{self.name}.cfg"
        self.host.write(path, self.config())
        # xenconsoled would go on in the log of an earlier guest, which says that it is up.
        self.host.run(f"rm -f {self.log}")
        if not self.prepare:
            self.host.run(f"timeout 80 xl create {path}", 90)
            return
        self.host.run(f"timeout 80 xl create -p {path}", 90)
        self._find()
        self.prepare(self)
        self.host.run(f"xl unpause {self.domid}")

    def create(self):
        self.make()
        return self.up()

    def up(self):
        """Wait until a new domain of the guest has booted."""
        self._find()
        limit = self.BOOT_LIMIT * (2 if self.kind == "hvm" else 1)
        self.host.run(f"timeout {limit} sh -c 'until grep -qs \"lab: guest is up\""
                      f" {self.log}; do sleep 0.2; done'", limit + 10)
        self.run("true")
        return self

    def _find(self):
        self.domid = int(self.host.run(f"xl domid {self.name}"))

    def wait_state(self, state, limit=30):
        """Until Xen says so: running, suspended, shut down or gone."""
        self.host.run(f"until [ \"$(toolstack state {self.domid})\" = '{state}' ];"
                      " do sleep 0.1; done", limit)

    def wait_down(self, limit=30):
        """Until the domain has shut down, whether xl has cleared it away or not."""
        self.host.run(f"timeout {limit} sh -c 'until ! xl list {self.domid} ||"
                      f" xl list {self.domid} | grep -q -- ---s; do sleep 0.1; done"
                      " >/dev/null 2>&1'", limit + 10)

    def run(self, command, limit=30, check=True):
        """Run shell commands in the guest; their output, or (status, output)."""
        status, output = self.host.run(
            f"guest-run {self.domid} {self.log} {limit} {shlex.quote(command)}",
            limit + 15, check=False)
        if not check:
            return status, output
        if status:
            raise CommandFailed(f"{self.name}: `{command}` exited with {status}:\n{output}",
                                self.host.console)
        return output

    def wait(self, condition, limit=30):
        """Wait until a shell condition is true in the guest."""
        self.run(f"until {condition}; do sleep 0.1; done", limit)

    def store(self, path):
        """A value below the domain's directory in xenstore; None if absent."""
        status, value = self.host.run(
            f"xenstore-read /local/domain/{self.domid}/{path}", check=False)
        return value if status == 0 else None

    def node(self):
        return self.store("device/suspend/event-channel")

    def layout(self):
        return self.host.run(f"layout {self.domid}")

    def load(self, *parameters):
        self.run(" ".join(["insmod /xen-suspend.ko", *parameters]))
        self.loaded = True
        if self.trace:
            self.writes = traced.start(self)

    def unload(self):
        # The kernel empties a buffer that has events of a module that goes.
        if self.writes:
            self.traces.append(traced.collect(self))
            self.writes = False
        self.run("rmmod xen_suspend")

    def sysfs(self):
        """What the module shows: {file: value}."""
        # No process for each: those cost an emulated PVH guest up to a second.
        text = self.run(f"(cd {SYSFS} && for f in {' '.join(FILES)}; do"
                        " v=; read -r v <$f; echo \"$f: $v\"; done)")
        return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
                    for line in text.splitlines() if line)

    def negotiated(self, mode):
        """Wait until the module has this mode, and is through with what comes of it.

        In a new domain it negotiates when the guest's tasks run already.
        """
        self.wait(f"(cd {SYSFS} && read -r mode <mode; read -r state <state; port=;"
                  " read -r port <event_channel; " + (
                      '[ $mode = xenstore-only ] && [ -z "$port" ]' if mode == "xenstore-only" else
                      f'[ $mode = {mode} ] && [ $state = armed ] && [ "$port" ]') + ")")

    def messages(self):
        """The module's lines of the kernel log that are new."""
        lines = self.run("dmesg | grep -i xen.suspend: || true").splitlines()
        new, self.told = lines[self.told:], len(lines)
        return "\n".join(new)

    def tail(self, lines):
        return self.run(f"dmesg | tail -n {lines}", 10)

    def console_tail(self, lines):
        return self.host.run(f"tail -n {lines} {self.log}", 10)

    def registers(self):
        """Where its vCPUs are: what tells most of a guest that does not answer."""
        return self.host.run(
            f"for vcpu in $(seq 0 {self.vcpus - 1}); do"
            f" xenctx {self.domid} $vcpu; done", 20, check=False)[1]

    def domain_state(self):
        """What Xen says: running, suspended, shut down or gone."""
        return self.host.run(f"toolstack state {self.domid}")

    def alive(self):
        """Whether there is such a domain, and it runs."""
        return self.host.run(f"toolstack state {self.domid}", check=False)[1] == "running"

    def leaks(self):
        """What kmemleak has found; nothing if the kernel does not have it."""
        return "\n" + self.run("mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null;"
                               " cd /sys/kernel/debug && if [ -e kmemleak ]; then"
                               " echo scan >kmemleak; echo scan >kmemleak; cat kmemleak; fi",
                               100)

    def xl(self, command):
        """A client of xl that suspends the guest; how it asked."""
        status, text = self.host.run(
            f"timeout 100 stamp xl -vvv {command} >/tmp/xl.out 2>&1;"
            " s=$?; grep -E 'issuing|xc_domain_shutdown|has suspended|[Ee]rror|fail|timed out|"
            "unable' /tmp/xl.out; (exit $s)", 120, check=False)
        asked = read_debug(text)
        if status or not asked.lines:
            raise LabError(f"xl {command} failed ({status}):\n{text}", self.host.console)
        return asked

    def _save(self, options):
        return self.xl(f"save {options} {self.name} {self.saved}")

    def save(self):
        """Save to a file; the domain is gone afterwards."""
        return self._save("")

    def checkpoint(self):
        """Save to a file and let the same domain go on."""
        asked = self._save("-c")
        self.host.run(f"rm {self.saved}")
        return asked

    def restore(self):
        """Restore from the file: a new domain of the same name."""
        self.host.run(f"timeout 80 xl restore {self.saved}; s=$?;"
                      f" rm {self.saved}; (exit $s)", 90)
        self.found()

    def found(self):
        """Somebody has restored it: a new domain, which runs."""
        self.log = f"{CONSOLES}/guest-{self.name}.log"
        self._find()
        self.run("true", 60)

    def copy(self, name):
        """One more guest, restored from this one's file, which stays."""
        copy = Guest(self.host, name, self.kind, self.flavour, self.compat, self.memory,
                     settings=self.settings)
        path = f"/root/{name}.cfg"
        self.host.write(path, copy.config())
        self.host.run(f"timeout 80 xl restore {path} {self.saved}", 90)
        copy._find()
        copy.run("true", 60)
        return copy

    def migrate(self, to=None, compat=None, unpause=None):
        """xl migrate, to this host or another; a new domain of the same name.

        `compat`: with another layout there than the guest was made with.
        `unpause`: it arrives paused, and is left to this function.
        """
        options = "-p" if unpause else ""
        if to:
            port = RECEIVE_PAUSED if unpause else RECEIVE
            receive = f"socat -t 60 -b 65536 STDIO TCP:{to.cable.address}:{port}"
        else:
            receive = f"xl migrate-receive {options}".rstrip()
        if compat is not None:
            self.compat = compat
            self.host.write(f"/root/{self.name}.cfg", self.config())
            options += f" -C /root/{self.name}.cfg"
        asked = self.xl(f"migrate {options} -s '' {self.name} '{receive}'")
        self.host = to or self.host
        self._find()
        # xenconsoled names it after what the domain was called when it began.
        self.log = f"{CONSOLES}/guest-{self.name}--incoming.log"
        if unpause:
            unpause(self)
            self.host.run(f"xl unpause {self.name}")
        self.run("true", 60)
        return asked

    def destroy(self):
        self.host.run(f"xl destroy {self.name}", check=False)
        self.host.run(f"rm -f {self.saved}", check=False)
