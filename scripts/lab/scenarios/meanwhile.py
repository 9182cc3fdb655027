# SPDX-License-Identifier: GPL-2.0
"""insmod while xl save -c is under way, at several moments: both end well."""

from background import Background
from guest import read_debug
from scenario import EVENT_CHANNEL, XENSTORE

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
        xl = Background(guest.host, f"stamp xl -vvv save -c {guest.name} {guest.saved}")
        lab.host.run(f"usleep {delay}")
        guest.load()
        status, text = xl.wait()
        lab.host.run(f"rm -f {guest.saved}")
        lab.expect("xl's exit status", status, 0)
        how = read_debug(text).how
        lab.step(f"xl asked through {how}")
        asked.add(how)
        lab.armed(guest)
        # The stock one may have been over before insmod was.
        found = lab.counters(guest, "requests", "suspends", "failures", "stock_suspends")
        lab.report.show(str(found))
        lab.expect("requests, suspends, failures",
                   [found[name] for name in ("requests", "suspends", "failures")],
                   [1, 1, 0] if how == EVENT_CHANNEL else [0, 0, 0])
        lab.expect("stock suspends", found["stock_suspends"] <= (how == XENSTORE), True)
        lab.checkpoint(guest)
        lab.step("xl save and restore: a new domain, where the module may go")
        guest.save()
        guest.restore()
        guest.unload()
    lab.step(f"xl asked through: {', '.join(sorted(asked))}")
