# SPDX-License-Identifier: GPL-2.0
"""Request → suspended with the channel in the kernel itself, beside stock and the module.

All three with the kernel of scripts/upstream/guest.config, and so without what
distributions have in theirs: figures of another page are not to be compared. First the
whole time, with nothing traced; then with the stages traced (timeline.py).
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "upstream"))

import kernel                           # noqa: E402
from guests import InTree               # noqa: E402

import kernels                          # noqa: E402
import stats                            # noqa: E402
import suspends                         # noqa: E402
import timeline                         # noqa: E402
from guest import Guest                 # noqa: E402

NAME = "bench-in-tree"
KINDS = ("pv", "pvh")
LIMIT = 900
ALONE = True
FLAVOUR = "figures"
MODES = (("stock", kernel.STOCK, "xenstore"), ("direct", kernel.STOCK, "evtchn"),
         ("in-tree", kernel.SERIES, "evtchn"), ("freezer", kernel.FREEZER, "evtchn"))
# Modes whose kernel has the channel
IN_TREE = ("in-tree", "freezer")


def guest_kernel(_flavour, sources):
    """Debian's source as it is, with the module for it; the same with each series."""
    stock, *others = (kernel.Kernel(name, debug=False)
                      for name in (kernel.STOCK, kernel.SERIES, kernel.FREEZER))
    return [(stock, [kernels.build_module(stock.release, sources, stock.objects)]),
            *((other, []) for other in others)]


def created(lab, mode, flavour):
    """A guest of that kernel: the host's archive has both."""
    kind = InTree if mode in IN_TREE else Guest

    def make(host, name, what, _flavour, **options):
        return kind(host, name, what, flavour, **options)

    make.MADE_BY = Guest.MADE_BY
    # The guest's counter is the machine's: Xen neither emulates nor scales it.
    guest = lab.create(lab.case.kind, mode, make=make, settings=['tsc_mode = "native"'])
    if mode in IN_TREE:
        guest.published()
    elif mode == "direct":
        lab.expect("trigger", lab.load(guest, "toolstack-node")["trigger"], "direct")
    return guest


def run(lab):
    guests = [(mode, created(lab, mode, flavour), protocol) for mode, flavour, protocol in MODES]
    whole, stages = ({mode: [] for mode, _, _ in MODES} for _ in range(2))
    for number in range(suspends.plan["rounds"]):
        for mode, guest, protocol in guests:
            whole[mode].append(suspends.batch(lab, guest, protocol, 0))
        lab.step(f"round {number + 1} of {suspends.plan['rounds']}")
    lab.step(suspends.told(whole))
    for _, guest, _ in guests:
        timeline.start(guest)
    for _ in range(timeline.ROUNDS):
        for mode, guest, protocol in guests:
            stages[mode].append(timeline.measure(lab, guest, protocol, 0))
    for mode, batches in stages.items():
        lines = stats.flat(batches)
        lab.expect(f"{mode}: timelines with do_suspend(), of {len(lines)}",
                   sum(1 for line in lines if "do_suspend" in line), len(lines))
        lab.keep("in-tree", guest=lab.case.kind, mode=mode, us=whole[mode])
        lab.keep("in-tree timeline", guest=lab.case.kind, mode=mode, us=batches)
