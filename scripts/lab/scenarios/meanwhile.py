# SPDX-License-Identifier: GPL-2.0
"""insmod while xl save -c is under way, at several moments: both end well."""

NAME = "meanwhile"
KINDS = ("pv", "pvh")
MOMENTS = 5


def run(lab):
    guest = lab.create(lab.case.kind)
    asked = set()
    for moment in range(MOMENTS):
        # xl reads the node early on: its first few hundred milliseconds count.
        delay = 100_000 * moment
        lab.step(f"xl save -c; insmod {delay // 1000} ms later")
        lab.host.run(f"(stamp xl -vvv save -c {guest.name} {guest.saved} >/tmp/xl.out 2>&1"
                     " </dev/null; echo \"status $?\" >>/tmp/xl.out) &")
        lab.host.run(f"usleep {delay}")
        guest.load()
        lab.host.run("until grep -q ^status /tmp/xl.out; do sleep 0.1; done", 70)
        text = lab.host.run(f"grep -E 'issuing|has suspended|^status' /tmp/xl.out;"
                            f" rm -f {guest.saved}")
        lab.report.show(text)
        lab.expect("xl's exit status", text.splitlines()[-1], "status 0")
        asked.add(text.split(" via ")[1].splitlines()[0])
        lab.armed(guest)
        lab.checkpoint(guest)
        lab.step("xl save and restore: a new domain, where the module may go")
        guest.save()
        guest.restore()
        guest.unload()
    lab.step(f"xl asked through: {', '.join(sorted(asked))}")
