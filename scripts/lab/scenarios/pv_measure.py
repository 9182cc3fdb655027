# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-measure in dom0: a guest without the module, then with it."""

import re

NAME = "pv-measure"
HOST = "pv"
SAMPLES = 4


def measured(lab, guest):
    """{protocol: number of samples} of what it says at the end."""
    lab.step(f"xen-suspend-measure {guest.name}")
    text = lab.host.run(f"xen-suspend-measure --yes --count {SAMPLES} {guest.name}", 300)
    lab.report.show(text)
    report = text.partition("---- xen-suspend-measure")[2]
    lab.expect("the guest's type", re.search(r"^guest: (\w+), (\d+) MiB", report, re.M)[1], "pv")
    lab.note("; ".join(re.findall(r"^[\w-]+: \d+ samples, .*$", report, re.M)))
    return {how: int(count) for how, count in
            re.findall(r"^([\w-]+): (\d+) samples, ms: min [\d.]+, median", report, re.M)}


def run(lab):
    guest = lab.create("pv")
    lab.expect("without the module", measured(lab, guest), {"xenstore": SAMPLES - 1})
    lab.load(guest, "toolstack-node")
    lab.expect("with it", measured(lab, guest), {"event-channel": SAMPLES - 1})
    lab.armed(guest)
    lab.expect("cancelled", lab.counters(guest)["cancelled"], SAMPLES)
