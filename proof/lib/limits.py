# SPDX-License-Identifier: GPL-2.0
"""What the module or the protocol cannot cope with: known, assumed not to happen.

Each is (what, the bit of ASSUMED in world.pml, bounds, the property that breaks without
the assumption). Where the module can be mended, it says how; then the model follows.
"""

LIMITS = {
    "text-of-both": (
        "a stock toolstack and the module have written the same text into control/shutdown: "
        "what is taken back is of both, and "
        "the stock toolstack's suspend is refused as too late",
        1, {"CALLS0": 1, "STOCK": 1, "FAILS": 1, "NOMEM": 1}, "no_stock_suspend_refused"),
    "part-by-other": (
        "two toolstacks at a time, and the notify of the one that keeps the newer port is "
        "cleared at the gate, with the other's request: its port is not replaced",
        2, {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, "port_bindable_again"),
    "notify-astride": (
        "a notify sent to a domain that stands still is taken for a new request: two "
        "toolstacks at a time",
        4, {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, "one_request_one_suspend"),
    "heir": (
        "a toolstack is killed, and the next one has bound the same port before the gate: "
        "the guest cannot tell them apart, and suspends before it is asked",
        8, {"CALLS0": 1, "CALLS1": 1, "KILLS": 1}, "none_after_going"),
    "surprise": (
        "a toolstack has given its port back before, keeps it this time, and calls again "
        "before tasks are thawed: that one call fails",
        16, {"CALLS0": 3, "TIME": 0}, "next_call_can_bind"),
    "joiner": (
        "a toolstack is killed, and the next one binds the same port and asks between the "
        "service thread's last look and the drop: its notify is part of what is dropped",
        32, {"CALLS0": 2, "KILLS": 1, "FAILS": 1}, "no_refusal_in_time"),
    "another-syscore": (
        "another syscore callback refuses after the gate has cleared what was pending",
        0, {"CALLS0": 1, "STOCK": 1, "OTHERS": 1}, "no_notify_lost"),
}
ALL = sum(bit for _, bit, _, _ in LIMITS.values())
