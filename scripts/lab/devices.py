# SPDX-License-Identifier: GPL-2.0
"""Disks and network cards: the kernels' own front- and backends, with a RAM disk
in dom0 behind the one, and dom0's network stack behind the other."""

BACKING, DISK = "/dev/ram0", "/dev/xvda"
SPEC = f"phy:{BACKING},xvda,w"
DOM0, GUEST = "10.1.0.1", "10.1.0.2"
SETTINGS = (f'disk = ["{SPEC}"]', 'vif = ["script=vif"]')
# One chunk of the disk after the other; what it holds is read past the page cache.
BLOCK, COUNT, CHUNKS = 65536, 8, 8
WRITER = f"""
n=0
lose() {{ echo "round $n: $1" >/tmp/lost; exit 1; }}
while [ ! -e /tmp/stop ]; do
  n=$((n + 1)) at=$((n % {CHUNKS} * {COUNT}))
  yes "round $n" | head -c {BLOCK * COUNT} >/tmp/data
  dd if=/tmp/data of={DISK} bs={BLOCK} seek=$at conv=notrunc,fsync 2>/tmp/dd || lose write
  echo 3 >/proc/sys/vm/drop_caches
  dd if={DISK} bs={BLOCK} skip=$at count={COUNT} iflag=direct 2>/tmp/dd >/tmp/read || lose read
  cmp /tmp/data /tmp/read || lose differs
  echo $n >/tmp/new && mv /tmp/new /tmp/rounds
done
touch /tmp/stopped
"""
PORT = 9000
SENDER = f"""
i=0
while [ ! -e /tmp/stop ]; do i=$((i + 1)); echo $i; usleep 10000; done |
tee /tmp/sent | nc {DOM0} {PORT}
"""


def backends(host):
    """dom0's drivers, which most scenarios do without."""
    host.run(f"[ -e {BACKING} ] || for driver in /lib/xen-backends/*.ko; do insmod $driver; done")


def frontends(guest):
    guest.run("for driver in /xen-*front.ko; do insmod $driver || exit; done")


def attached(guest):
    guest.wait(f"[ -b {DISK} ]")


def connected(guest):
    guest.run(f"ip addr add {GUEST}/24 dev eth0 && ip link set eth0 up")
    guest.wait(f"ping -c 1 -W 1 {DOM0} >/dev/null")


def script(guest, name, text):
    """Start a script in the guest; what it prints is nobody's."""
    guest.run(f"cat >/tmp/{name} <<'@'\n{text}\n@")
    guest.run(f"sh /tmp/{name} >/dev/null 2>&1 &")


class Traffic:
    """A guest that writes, reads back and sends all the time."""

    def __init__(self, lab, guest):
        self.lab, self.guest = lab, guest
        # One that nobody called would keep the port.
        lab.host.run("[ ! -e /tmp/receiver ] || kill $(cat /tmp/receiver) 2>/dev/null;"
                     f" socat -u TCP-LISTEN:{PORT},reuseaddr OPEN:/tmp/received,creat,trunc"
                     " >/dev/null 2>&1 & echo $! >/tmp/receiver")
        script(guest, "writer", WRITER)
        script(guest, "sender", SENDER)
        self.goes_on()

    def goes_on(self):
        """From now on two more rounds of the disk, and more that arrives."""
        self.guest.run("n() { cat /tmp/rounds 2>/dev/null || echo 0; }; a=$(n);"
                       " until [ -e /tmp/lost ] || [ $(n) -ge $((a + 2)) ];"
                       " do sleep 0.1; done", 60)
        self.lab.host.run("size() { stat -c %s /tmp/received 2>/dev/null || echo 0; }; a=$(size);"
                          " until [ $(size) -gt $a ]; do sleep 0.1; done", 60)
        self.lab.expect("lost on the disk", self.lost(), "")

    def lost(self):
        return self.guest.run("cat /tmp/lost 2>/dev/null || true")

    def end(self):
        """Stop; what dom0 has of it is what the guest has."""
        self.guest.run("touch /tmp/stop")
        self.guest.wait("[ -e /tmp/stopped ] || [ -e /tmp/lost ]", 60)
        self.lab.host.run("until ! kill -0 $(cat /tmp/receiver) 2>/dev/null;"
                          " do sleep 0.1; done; rm /tmp/receiver", 60)
        self.lab.expect("lost on the disk", self.lost(), "")
        here, there = "md5sum </tmp/received", "md5sum </tmp/sent"
        self.lab.expect("received, as sent", self.lab.host.run(here), self.guest.run(there))
        whole = f"bs={BLOCK} count={COUNT * CHUNKS} 2>/dev/null | md5sum"
        drop = "echo 3 >/proc/sys/vm/drop_caches; "
        self.lab.expect("dom0's disk, as the guest's",
                        self.lab.host.run(f"{drop}dd if={BACKING} {whole}"),
                        self.guest.run(f"{drop}dd if={DISK} {whole}"))
        rounds, lines = self.guest.run("cat /tmp/rounds; wc -l </tmp/sent").split()
        self.lab.step(f"{rounds} rounds of {BLOCK * COUNT >> 10} KiB written and read,"
                      f" {lines} lines sent, none lost")


PROBE = f"""
yes before | head -c {BLOCK} | cmp - /tmp/was && yes after | head -c {BLOCK} >/tmp/new &&
dd if={DISK} of=/tmp/old bs={BLOCK} count=1 iflag=direct && cmp /tmp/was /tmp/old &&
dd if=/tmp/new of={DISK} bs={BLOCK} seek=1 conv=notrunc,fsync &&
dd if={DISK} of=/tmp/back bs={BLOCK} skip=1 count=1 iflag=direct && cmp /tmp/new /tmp/back &&
echo works >/tmp/probed || echo fails >/tmp/probed
"""


def fill(guest):
    """What probe() is to find again."""
    guest.run(f"yes before | head -c {BLOCK} >/tmp/was &&"
              f" dd if=/tmp/was of={DISK} bs={BLOCK} conv=notrunc,fsync")


def probe(guest, tenths=150):
    """Whether the disk has what was on it, and takes more: works, fails or hangs."""
    guest.run("rm -f /tmp/probed")
    script(guest, "probe", PROBE)
    guest.run(f"left={tenths}; until [ -s /tmp/probed ] || [ $left = 0 ]; do"
              " left=$((left - 1)); usleep 100000; done", tenths // 10 + 30)
    return guest.run("cat /tmp/probed 2>/dev/null || echo hangs")
