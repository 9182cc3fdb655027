# SPDX-License-Identifier: GPL-2.0
"""Where the time goes between request and suspended: both sides, by the same clock."""

import re

import stats

NAME = "bench-timeline"
KINDS = ("pv", "pvh")
ALONE = True
LIMIT = 500
ROUNDS, SAMPLES, GAP_MS, CLIENTS = 8, 13, 30, 8
TRACING = "/sys/kernel/tracing"
# Entered in this order by a suspend in the guest: function, what it begins.
STAGES = (
    ("channel_upcall", "upcall"),
    ("shutdown_handler", "watch call-back"),
    ("do_suspend", "do_suspend()"),
    ("freeze_processes", "freezing tasks of user space"),
    ("freeze_kernel_threads", "freezing kernel threads"),
    ("dpm_suspend_start", "devices"),
    ("xs_suspend", "xenbus stopped"),
    ("dpm_suspend_end", "devices, late"),
    ("stop_machine", "stop_machine()"),
    ("syscore_suspend", "syscore"),
    ("xen_arch_pre_suspend", "hypercall, toolstack woken"),
)


def start(guest):
    """Trace the stages, with the processor's own counter as the clock."""
    names = " ".join(name for name, _ in STAGES)
    guest.run(f"mount -t tracefs tracefs {TRACING} 2>/dev/null; cd {TRACING} &&"
              " echo x86-tsc >trace_clock && echo 4096 >buffer_size_kb &&"
              # Stock has no channel_upcall.
              f" for name in {names}; do echo $name >>set_ftrace_filter; done 2>/dev/null;"
              " echo function >current_tracer")


def ahead(lab, guest):
    """How far the guest's counter is ahead of dom0's: PVH guests begin at 0."""
    if guest.kind == "pv":
        return 0
    text = lab.host.run("xl dmesg -c >/dev/null; xl debug-keys v;"
                        f" until xl dmesg | sed '1,/>>> Domain {guest.domid} <<</d' |"
                        " grep tsc_offset; do sleep 0.1; done", 30)
    return int(re.search(r"tsc_offset = (0x[0-9a-f]+)", text)[1], 16)


def events(guest, offset):
    """[(tsc, function)] of all that was traced, by dom0's counter."""
    text = guest.run(f"cd {TRACING} && echo 0 >tracing_on && cat trace && echo >trace"
                     " && echo 1 >tracing_on", 100)
    return [((int(tsc) - offset) % (1 << 64), name)
            for tsc, name in re.findall(r"^ .*? (\d{6,}): (\w+) <-", text, re.M)]


def measure(lab, guest, protocol, clients):
    """One timeline a sample: {stage: microseconds since the request}."""
    guest.run(f"echo >{TRACING}/trace")
    text = lab.host.run(
        f"toolstack suspend {guest.domid} --protocol {protocol} --count {SAMPLES + 1}"
        f" --gap-ms {GAP_MS} --timeout 20 --flood-clients {clients}", 100)
    found, timelines = events(guest, ahead(lab, guest)), []
    for us, begin, end in re.findall(r"^sample=\d+ us=(\d+) tsc=(\d+)-(\d+)", text, re.M)[1:]:
        begin, end = int(begin), int(end)
        per_us = (end - begin) / int(us)
        line = {}
        for tsc, name in found:
            # The first of each: a watch fires once more when it is acknowledged.
            if begin <= tsc <= end and name not in line:
                line[name] = round((tsc - begin) / per_us)
        line["suspended"] = int(us)
        timelines.append(line)
    return timelines


def run(lab):
    kind = lab.case.kind
    # The guest's counter is the machine's: Xen neither emulates nor scales it.
    settings = ['tsc_mode = "native"']
    stock = lab.create(kind, "stock", settings=settings)
    guest = lab.create(kind, "module", settings=settings)
    lab.load(guest, "toolstack-node")
    for each in (stock, guest):
        start(each)
    found = {clients: {"stock": [], "direct": []} for clients in (0, CLIENTS)}
    for _ in range(ROUNDS):
        for clients, modes in found.items():
            modes["stock"].append(measure(lab, stock, "xenstore", clients))
            modes["direct"].append(measure(lab, guest, "evtchn", clients))
    for clients, modes in found.items():
        for mode, batches in modes.items():
            lines = stats.flat(batches)
            complete = sum(1 for line in lines if "do_suspend" in line)
            lab.expect(f"{clients} clients, {mode}: timelines with do_suspend(), of {len(lines)}",
                       complete, len(lines))
            lab.keep("timeline", guest=kind, clients=clients, mode=mode, us=batches)
