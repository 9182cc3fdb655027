# SPDX-License-Identifier: GPL-2.0
"""What the module or the protocol cannot cope with: known, assumed not to happen.

Each is (what, the bit of ASSUMED in world.pml, bounds, the property that breaks without
the assumption). Where the module can be mended, it says how; then the model follows.
"""

LIMITS = {
    "stale-event": (
        "no memory for the direct trigger's next event while one of an earlier request is on "
        "its way: what is written into control/shutdown instead may be left there",
        1, {"CALLS0": 2, "FAILS": 1, "NOMEM": 1}, "none_unasked"),
    "text-of-both": (
        "a stock toolstack and the module have written the same text into control/shutdown: "
        "what is taken back is of both, and "
        "the stock toolstack's suspend is refused as too late",
        2, {"CALLS0": 1, "STOCK": 1, "FAILS": 1, "NOMEM": 1}, "no_stock_suspend_refused"),
    "part-by-other": (
        "two toolstacks at a time, and the one that keeps the newer port was served as part "
        "of the other's request: its port is not replaced",
        4, {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, "port_bindable_again"),
    "early-change": (
        "the node becomes writable during the first look: nobody looks again",
        8, {"CALLS0": 0, "LAYOUT": 2}, "port_bindable_again"),
    "quick-end": (
        "a request is dropped and its toolstack leaves in the middle of rmmod's look: Xen is "
        "still subscribed when the port is closed",
        16, {"CALLS0": 1, "UNLOAD": 1}, "none_unloaded_while_subscribed"),
    "notify-astride": (
        "a notify sent to a domain that stands still is taken for a new request: two "
        "toolstacks at a time",
        32, {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, "one_request_one_suspend"),
    "heir": (
        "a toolstack is killed, and the next one has bound the same port before the gate: "
        "the guest cannot tell them apart, and suspends before it is asked",
        64, {"CALLS0": 1, "CALLS1": 1, "KILLS": 1}, "none_after_going"),
    "written-twice": (
        "trigger=xenstore: a request that came in the guest's own sleep is written twice, and "
        "the second text is taken back as too late while manage.c acts on the first",
        0, {"CALLS0": 1, "SLEEP": 1, "DIRECT": 0}, "none_unasked"),
    "bound-port-published": (
        "the node is taken away while a toolstack keeps its port, and given back: that port "
        "is published, and not replaced before the next resume",
        128, {"CALLS0": 1, "LAYOUT": 2}, "port_bindable_again"),
    "another-syscore": (
        "another syscore callback refuses after the gate has cleared what was pending",
        0, {"CALLS0": 1, "STOCK": 1, "OTHERS": 1}, "no_notify_lost"),
}
