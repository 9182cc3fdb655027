# SPDX-License-Identifier: GPL-2.0
"""The story for Prometheus, in its text format, for node_exporter's textfile collector.

What is not known is not there; 0 is a measured 0. The names are in the man page, and
promtool's lint is among the tests.
"""

from .story import WORKING

# File in sysfs: (name, help)
COUNTERS = {
    "requests": ("requests_total", "Suspends asked for through the event channel."),
    "suspends": ("requests_suspended_total", "Requests that led to the suspend hypercall."),
    "cancelled": ("requests_resumed_in_place_total",
                  "Of those suspended, the ones that went on in the same domain."),
    "failures": ("requests_failed_total", "Requests that led to no suspend."),
    "retries": ("attempts_retried_total", "Failed attempts that were followed by another one."),
    "coalesced": ("notifies_merged_total", "Notifies that belonged to a request under way."),
    "spurious": ("notifies_ignored_total", "Notifies that came when nothing was offered."),
    "negotiations": ("negotiations_total", "How often the offer of the toolstack was found out."),
    "replacements": ("ports_replaced_total", "Ports replaced that a toolstack had not given back."),
    "stock_suspends": ("stock_suspends_total", "Suspends asked for through xenstore."),
}
FAILED = {
    "failed": ("attempts_failed_total", "Failed attempts to serve a request, by reason."),
    "stock_failed": ("stock_attempts_failed_total",
                     "Failed suspends that were asked for through xenstore, by reason."),
}
# Key: (name, help)
TIMES = {
    "last_signal_us": ("last_signal_duration_seconds",
                       "Of the last request served: from the request until the suspend began."),
    "last_suspend_us": ("last_suspend_duration_seconds",
                        "Of the last request served: from the request to the hypercall."),
}
# Column of the latency file: (name, help)
HISTOGRAMS = {
    "signal": ("signal_duration_seconds", "From a request until its suspend began."),
    "suspend": ("suspend_duration_seconds", "From a request to the suspend hypercall."),
}


def label(text):
    return str(text or "").replace("\\", r"\\").replace('"', r'\"').replace("\n", " ")


class Page:
    def __init__(self):
        self.lines = []

    def metric(self, name, kind, text, samples):
        """One name, with [(suffix and labels, value)]; none if there are no samples."""
        if samples:
            self.lines += [f"# HELP xen_suspend_{name} {text}",
                           f"# TYPE xen_suspend_{name} {kind}",
                           *(f"xen_suspend_{name}{labels} {value}" for labels, value in samples)]

    def flag(self, name, text, value):
        self.metric(name, "gauge", text, [("", int(bool(value)))])


def buckets(rows, column):
    """The samples of a histogram, cumulative as Prometheus wants them; [] if a row is odd.

    The module keeps no sum of the times: NaN says so, and an average made of it is none.
    """
    samples, total = [], 0
    for row in rows:
        count, upper = row.get(column), row.get("us_to")
        if not isinstance(count, int) or not (isinstance(upper, int) or upper == "inf"):
            return []
        total += count
        bound = "+Inf" if upper == "inf" else repr(upper / 1e6)
        samples.append((f'_bucket{{le="{bound}"}}', total))
    if not samples or "+Inf" not in samples[-1][0]:
        return []
    return [*samples, ("_sum", "NaN"), ("_count", total)]


def loaded(page, found):
    page.flag("armed", "Whether a notify of the toolstack is a request.",
              found["state"] in WORKING)
    error = (found["last_error"] or {}).get("errno")
    if error:
        page.metric("last_error_errno", "gauge",
                    "The errno of the last error, as a positive number; absent if none.",
                    [("", -error)])
    page.flag("port_held", "Whether a port offered before is kept open for a toolstack.",
              found["held_event_channel"])
    page.metric("info", "gauge", "How it works, in the labels; always 1.",
                [(f'{{mode="{label(found["mode"])}",trigger="{label(found["trigger"])}",'
                  f'version="{label(found["version"])}"}}', 1)])
    for key, (name, text) in COUNTERS.items():
        if key in found["counters"]:
            page.metric(name, "counter", text, [("", found["counters"][key])])
    for key, (name, text) in FAILED.items():
        page.metric(name, "counter", text,
                    [(f'{{reason="{label(kind)}"}}', count)
                     for kind, count in found[key].items()])
    # 0 before the first; after it, a signal of 0 is one that came during a suspend.
    for key, (name, text) in TIMES.items():
        if found["last_suspend_us"] and found[key] is not None:
            page.metric(name, "gauge", text, [("", f"{found[key] / 1e6:.6f}")])
    for column, (name, text) in HISTOGRAMS.items():
        page.metric(name, "histogram", text, buckets(found["latency"] or [], column))


def prometheus(found):
    page = Page()
    page.flag("module_loaded", "Whether the module is loaded.", found["loaded"])
    if found["loaded"]:
        loaded(page, found)
    return "\n".join(page.lines) + "\n"
