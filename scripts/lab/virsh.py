# SPDX-License-Identifier: GPL-2.0
"""libvirt in dom0: its daemon, and guests handled by virsh.

Needs a dom0 with libvirt in it: DOM0 = "libvirt" (case.py). The daemon has no
other drivers than Xen's, and asks nobody who a client is.
"""

import re

from guest import Asked, Guest
from host import LabError

CONFIG = """
unix_sock_group = "root"
auth_unix_ro = "none"
auth_unix_rw = "none"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
# libxl's own log has the level, libvirtd's has the filter.
log_level = 1
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""
LOGS = "/var/log/libvirt"
OS = {"pv": '<type arch="x86_64" machine="xenpv">linux</type>',
      "pvh": '<type arch="x86_64" machine="xenpvh">xenpvh</type>'}
STAMP = r"^\S+ (\d+):(\d+):(\d+\.\d+)\S* .*"


class Libvirtd:
    """The daemon of one dom0."""

    def __init__(self, host):
        self.host = host
        # Images of guests go where there is room for them.
        host.run("mkdir -p /etc/libvirt /var/log/libvirt /tmp/libvirt /root"
                 " && ln -sfn /tmp/libvirt /var/lib/libvirt"
                 " && echo root:x:0:0::/root:/bin/sh >/etc/passwd"
                 " && echo root:x:0: >/etc/group"
                 # Migration asks for a name that is not localhost.
                 f" && hostname dom0-{1 if host.peer or not host.cable else 2}")
        host.write("/etc/libvirt/libvirtd.conf", CONFIG)
        # QEMU's emulated CPU has no VME, and Xen shows no SEP on AMD's: without one of
        # them it fits none of the models that libvirt knows, and Xen's driver gives up.
        host.run("sed -i /vme/d /usr/share/libvirt/cpu_map/x86_486.xml")

    def start(self):
        """Until it answers."""
        if self.host.run("pidof libvirtd", check=False)[0] == 0:
            return
        self.host.run("libvirtd --daemon --listen >/tmp/libvirtd.out 2>&1 </dev/null"
                      " || { cat /tmp/libvirtd.out /var/log/libvirt/libvirtd.log; false; }", 60)
        self("version", 60)

    def __call__(self, command, limit=60, check=True):
        """A client; its output, or (status, output)."""
        return self.host.run(f"timeout {limit} virsh -q -c xen:///system {command}",
                             limit + 10, check)

    def gone(self, signal):
        """Send it a signal, and wait until it has ended of it."""
        self.host.run(f"kill -{signal} $(pidof libvirtd);"
                      " while pidof libvirtd >/dev/null; do sleep 0.1; done", 60)

    def restart(self, signal="TERM"):
        self.gone(signal)
        self.start()


def uri(host):
    """Where the libvirtd of one of a pair is reached."""
    return f"xen+tcp://{host.cable.address}/system"


def read_log(text):
    """Asked, from what libxl has written to libvirt's log."""
    asked, start = Asked(), None
    for line in text.splitlines():
        request = re.search(STAMP + r"issuing \S+ suspend request via (.*)", line)
        done = re.search(STAMP + "guest has suspended", line)
        found = request or done
        if not found:
            continue
        hours, minutes, seconds = (float(word) for word in found.groups()[:3])
        now = (hours * 60 + minutes) * 60 + seconds
        asked.lines.append(line.split(": ", 1)[1])
        if request:
            start, asked.how = now, request[4].strip()
        elif start is not None:
            asked.ms = (now - start) * 1000
    return asked


class Domain(Guest):
    """A guest that virsh handles."""
    MADE_BY = "virsh define, virsh start"
    # On a busy machine a PVH guest has taken more than the usual minute.
    BOOT_LIMIT = 150

    def __init__(self, host, *args, libvirtd=None, **options):
        super().__init__(host, *args, **options)
        self.libvirtd = libvirtd
        self.libxl_log = f"{LOGS}/libxl/{self.name}.log"
        self.read = 0           # lines of it that are known

    def config(self):
        return f"""<domain type="xen">
  <name>{self.name}</name>
  <memory unit="MiB">{self.memory}</memory>
  <vcpu>{self.vcpus}</vcpu>
  <os>{OS[self.kind]}
    <kernel>/guests/{self.flavour}/vmlinux</kernel>
    <initrd>/guests/{self.flavour}/initramfs</initrd>
    <cmdline>{self.arguments}</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices><console type="pty"/></devices>
</domain>"""

    def make(self):
        path = f"/root/{self.name}.xml"
        self.host.write(path, self.config())
        self.libvirtd(f"define {path}")
        self.boot()

    def boot(self):
        # The log of the one before would tell of this one's boot.
        self.host.run(f"rm -f {self.log}")
        self.libvirtd(f"start {self.name}", 80)

    def virsh(self, command, limit=100):
        """A client that suspends the guest, as `save {} file`; how libxl asked."""
        status, text = self.libvirtd(command.format(self.name), limit, check=False)
        news = self.news()
        asked = read_log(news)
        if status or not asked.lines:
            raise LabError(f"virsh {command} failed ({status}):\n{text}\n{news}",
                           self.host.console)
        return asked

    def news(self):
        """The lines of libxl's log that are new and tell of suspends."""
        count, _, text = self.host.run(
            f"wc -l <{self.libxl_log}; tail -n +{self.read + 1} {self.libxl_log} |"
            " grep -E 'issuing|has suspended|[Ee]rror|fail|timed out|unable'; true"
        ).partition("\n")
        self.read = int(count)
        return text

    def save(self):
        return self.virsh(f"save {{}} {self.saved}")

    def restore(self):
        self.libvirtd(f"restore {self.saved}; s=$?; rm -f {self.saved}; (exit $s)", 80)
        self.found()

    def there(self):
        """Whether Xen has the domain."""
        return self.host.run(f"xl domid {self.name}", check=False)[0] == 0

    def moved(self, libvirtd):
        """It is on that libvirtd's host now."""
        self.host, self.libvirtd = libvirtd.host, libvirtd
        self.read = 0
        self.found()
        self.news()

    def state(self):
        """What libvirt takes it for."""
        return self.libvirtd(f"domstate {self.name}")

    def states(self):
        """What Xen says the domain is, and what libvirt takes it for."""
        text = self.host.run(f"toolstack state {self.domid};"
                             f" virsh -q -c xen:///system domstate {self.name}", 60)
        return tuple(text.split("\n"))

    def destroy(self):
        super().destroy()
        self.libvirtd.start()
        self.libvirtd(f"undefine --managed-save {self.name}", check=False)
