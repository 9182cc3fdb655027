# SPDX-License-Identifier: GPL-2.0
"""1,000,000 notifies in a row, and 60 s of them as fast as they go: a shell in the guest still answers."""

NAME = "storm"
KINDS = ("pv", "pvh")
LIMIT = 900
NOTIFIES, SECONDS = 1_000_000, 60
# Four vCPUs that suspend all the time leave dom0 so little of the lab's two CPUs that
# a million takes a quarter of an hour.
FEWER = 150_000
# A process that sleeps for 10 ms at a time and writes down, in hundredths of a
# second, the longest that one of its rounds has taken.
HEARTBEAT = """
now() { read -r t _ </proc/uptime; echo "${t%.*}${t#*.}"; }
last=$(now) worst=0
while [ ! -e /tmp/stop ]; do
  t=$(now) gap=$((t - last)) last=$t
  if [ $gap -gt $worst ]; then worst=$gap; echo $worst >/tmp/worst; fi
  usleep 10000
done
"""


def storm(lab, guest, what, options, limit):
    lab.step(f"{what}, to a guest that is resumed whenever it suspends")
    before = lab.counters(guest)
    guest.run("rm -f /tmp/stop /tmp/worst; sh /tmp/heartbeat >/dev/null 2>&1 &")
    guest.wait("[ -s /tmp/worst ]")
    toolstack = lab.toolstack(guest, "notify", f"{options} --resume --timeout 3")
    guest.wait(f"[ $(cat {guest.SYSFS}/requests) -gt {before['requests']} ]", limit)
    lab.expect("its shell has seen it begin, and the storm goes on", toolstack.runs, True)
    text = lab.ended(toolstack, limit=limit)
    lab.armed(guest)
    guest.run("touch /tmp/stop")
    worst = int(guest.run("cat /tmp/worst")) * 10
    found = lab.since(guest, before)
    sent, resumed = (int(text.split(f"{word}=")[1].split()[0]) for word in ("notified", "resumed"))
    lab.expect("suspends and failures, of the requests",
               found["suspends"] + found["failures"], found["requests"])
    lab.expect("suspends, as often as the toolstack resumed", found["suspends"], resumed)
    # Bounded: each takes its time, and no notify asks for more than one.
    lab.expect("fewer suspends than notifies", found["suspends"] <= sent, True)
    lab.note(f"{what}: {sent} sent, {found['suspends']} suspends, {found['coalesced']} coalesced,"
             f" a heartbeat's worst gap {worst} ms")
    lab.checkpoint(guest)


def run(lab):
    guest = lab.guest()
    guest.run(f"cat >/tmp/heartbeat <<'@'\n{HEARTBEAT}\n@")
    count = NOTIFIES
    if lab.case.vcpus > 2:
        count = FEWER
        lab.reduced(f"{FEWER} notifies in the place of {NOTIFIES}")
    storm(lab, guest, f"{count} notifies in a row", f"--count {count}", 600)
    storm(lab, guest, f"notifies as fast as they go, for {SECONDS} s", f"--seconds {SECONDS}",
          SECONDS + 60)
