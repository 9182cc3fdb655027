# SPDX-License-Identifier: GPL-2.0
"""A stock guest and one with the module beside each other, to which the same is done: what
scenarios share in which both are to go on.
"""

import re

import devices
from scenario import EVENT_CHANNEL, XENSTORE

# What dom0/relay.c tells of the stream that it cuts
RELAY_LOG = "/tmp/relay.log"
# As long as it beats, it runs. Each beat is a process, and those are slow here.
HEART = "n=0; while :; do n=$((n + 1)); echo $n >/tmp/beat; sleep 1; done"
MEMORY_MB = 128         # No more to be sent than needs be


def told(text):
    """The last lines of xl's that tell what went wrong."""
    return "\n".join(re.findall(
        r"(?m)^(?:Migration|migration sender|\*\*).*|.*(?:[Ee]rror|[Ff]ail).*", text)[-5:])


def kill_helper(host):
    """When the relay holds the stream, the sender's helper is killed."""
    host.run(f"until grep -qs ^cut: {RELAY_LOG}; do sleep 0.1; done", 100)
    host.run("for pid in $(pidof libxl-save-helper); do"
             " ! grep -q save-domain /proc/$pid/cmdline || kill -9 $pid; done")


def goes_on(guest):
    guest.run("read -r a </tmp/beat; b=$a; until [ $b -gt $a ]; do usleep 200000;"
              " read -r b </tmp/beat; done", 60)


class Pair:
    """A stock guest and one with the module, to which the same is done."""

    def __init__(self, lab):
        self.lab = lab
        self.stock = lab.create(lab.case.kind, "stock", memory=MEMORY_MB)
        self.guest = lab.guest("module", memory=MEMORY_MB)
        for guest in self.both:
            devices.script(guest, "heart", HEART)
            guest.wait("[ -s /tmp/beat ]")

    @property
    def both(self):
        return self.stock, self.guest

    def check(self, guest):
        """It can be suspended, resumed, and is asked as before."""
        self.lab.expect(f"{guest.name}: xl save -c asks through", guest.checkpoint().how,
                        XENSTORE if guest is self.stock else EVENT_CHANNEL)
        goes_on(guest)
