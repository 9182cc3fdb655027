# SPDX-License-Identifier: GPL-2.0
"""xenopsd's layout and sequence: as stock, with the module in a mode that nobody uses."""

import re
import statistics

NAME = "xenopsd"
KINDS = ("pv", "pvh")
CONTROL = True
SUSPENDS = 20


def layout(guest):
    """What ocaml/xenopsd/xc/domain.ml, make, lays out: before the guest runs."""
    path, owner = f"/local/domain/{guest.domid}", f"n{guest.domid}"
    guest.host.run(
        f"xenstore-rm {path}/device/suspend; xenstore-rm {path}/control;"
        + "".join(f" xenstore-write {path}/{name} ''; xenstore-chmod {path}/{name} {owner};"
                  for name in ("device", "control", "data")))


def suspends(lab, guest, count=SUSPENDS):
    """As xenopsd asks (dom0/xenopsd.c)."""
    text = lab.host.run(f"xenopsd {guest.domid} {count}", 200)
    times = [int(us) / 1000 for us in re.findall(r"us=(\d+)", text)]
    lab.expect("suspended, and resumed in place", len(times), count)
    guest.run("true")
    return statistics.median(times)


def run(lab):
    guest = lab.create(lab.case.kind, prepare=layout)
    lab.layout(guest)
    before = suspends(lab, guest)
    lab.load(guest, "compat")
    median = suspends(lab, guest)
    lab.note(f"as xenopsd asks: request → suspended {before:.1f} ms (median)"
             + (", stock" if lab.control else f" before insmod, {median:.1f} ms after it"))
    if lab.control:
        return
    found = lab.counters(guest, "requests", "suspends", "failures", "stock_suspends")
    lab.expect("requests, suspends, failures, stock suspends", list(found.values()),
               [0, 0, 0, SUSPENDS])
    lab.status(guest, "compat")
    lab.step("nobody has subscribed, so the module may go, and leaves xenstore as it was")
    guest.unload()
    lab.expect("node", guest.node(), None)
    suspends(lab, guest)
