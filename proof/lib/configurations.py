# SPDX-License-Identifier: GPL-2.0
"""The bounds within which the model is searched: what each configuration is for.

One model with everything in it at once has too many states. So each has one or two
toolstacks and one more thing that can happen, and each is searched to its end.
"""

FAST = "what --fast searches, too"
FULL = "what it does not"
LONG = "nor it, and so long that it is worth a slow compilation"

# name: (what can happen, the bounds that differ from those in world.pml, one of these)
CONFIGURATIONS = {
    "healthy": ("two toolstacks; nothing fails, no time is over",
                {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, FULL),
    "one": ("one toolstack; restores, failures",
            {"CALLS0": 2, "RESTORES": 1, "FAILS": 1}, LONG),
    "thrice": ("one toolstack with three calls; no time is over",
               {"CALLS0": 3, "RESTORES": 1, "TIME": 0}, FAST),
    "killed": ("one toolstack, killed anywhere",
               {"CALLS0": 2, "KILLS": 1}, FAST),
    "killed-again": ("one toolstack, killed anywhere; a failure",
                     {"CALLS0": 2, "KILLS": 1, "FAILS": 1}, LONG),
    "failures": ("one toolstack; failures, no memory",
                 {"CALLS0": 1, "FAILS": 2, "NOMEM": 1}, FAST),
    "no-event": ("one toolstack; a failure, no memory",
                 {"CALLS0": 2, "FAILS": 1, "NOMEM": 1}, LONG),
    "two": ("two toolstacks at a time, one of them killed",
            {"CALLS0": 1, "CALLS1": 1, "KILLS": 1}, LONG),
    "xenstore": ("trigger=xenstore; errors of xenstored, a failure",
                 {"CALLS0": 2, "DIRECT": 0, "XSERR": 1, "FAILS": 1}, FULL),
    "xenstore-fails": ("trigger=xenstore; failures",
                       {"CALLS0": 1, "DIRECT": 0, "FAILS": 2, "KILLS": 1}, FAST),
    "stock": ("control/shutdown at the same time; restores",
              {"CALLS0": 1, "STOCK": 1, "RESTORES": 1}, FAST),
    "stock-text": ("control/shutdown at the same time, trigger=xenstore",
                   {"CALLS0": 1, "STOCK": 1, "DIRECT": 0}, FAST),
    "unload": ("rmmod, interrupted at last; restores, errors of xenstored",
               {"CALLS0": 1, "UNLOAD": 2, "RESTORES": 1, "XSERR": 1}, FAST),
    "unload-text": ("rmmod, interrupted at last, trigger=xenstore",
                    {"CALLS0": 1, "UNLOAD": 2, "DIRECT": 0}, FAST),
    "unload-waits": ("rmmod, never interrupted; errors of xenstored, a toolstack killed",
                     {"CALLS0": 1, "UNLOAD": 1, "XSERR": 1, "KILLS": 1}, FAST),
    "unload-restores": ("rmmod, never interrupted; restores",
                        {"CALLS0": 1, "UNLOAD": 1, "RESTORES": 1}, FAST),
    "unload-stock": ("rmmod while control/shutdown is used",
                     {"CALLS0": 1, "STOCK": 1, "UNLOAD": 1, "TIME": 0}, FAST),
    "reboot": ("the guest goes down; a toolstack killed, failures",
               {"CALLS0": 1, "REBOOT": 1, "KILLS": 1, "FAILS": 1}, FAST),
    "sleep": ("the guest's own sleeps",
              {"CALLS0": 1, "SLEEP": 2}, FULL),
    "asleep": ("the guest's own sleeps; no time is over",
               {"CALLS0": 2, "SLEEP": 1, "TIME": 0}, FAST),
    "sleep-text": ("the guest's own sleeps, trigger=xenstore",
                   {"CALLS0": 1, "SLEEP": 1, "DIRECT": 0}, FAST),
    "sleep-no-event": ("the guest's own sleeps, no memory",
                       {"CALLS0": 1, "SLEEP": 1, "NOMEM": 1}, FULL),
    "layout": ("the administrator changes the node; errors of xenstored, restores",
               {"CALLS0": 1, "LAYOUT": 1, "XSERR": 1, "RESTORES": 1, "LIVES_ON": 0}, FAST),
    "given-back": ("the node is taken away from a toolstack that keeps its port, and given back",
                   {"CALLS0": 1, "LAYOUT": 2}, FAST),
}

# What must have happened in some search, or nothing would have been proved of it; and
# the words of the model that show it.
HAPPENS = {
    "a suspend made directly": "xenwatch| calls do_suspend() for the request",
    "a suspend made by manage.c for a request": "manage.c's suspend serves the request",
    "a notify that is part of a pending request": "this notify, by port %d, is part of it",
    "a request that comes as the guest resumes": "and a request has come since: remembered",
    "such a request served": "finds the request, which came as the guest resumed",
    "such a request dropped": "nobody has port %d bound any more: the request is dropped",
    "a resume in the same domain": "resumed in the same domain: armed",
    "a restore in a new domain": "restored in a new domain: disarmed",
    "a negotiation anew": "a new domain: forgets all that was agreed",
    "a port that is not given back": "lives on, and keeps port",
    "another port for the next": "is not given back: opens another one",
    "the older port closed": "which another has succeeded",
    "a suspend tried again": "tries the request again",
    "a suspend refused at the gate": "gate| refuses the suspend",
    "a request dropped as too late": "drops the request: it is too late",
    "a toolstack that gives up": "has waited for a minute, and gives up",
    "a toolstack killed": "is killed",
    "a suspend that a stock toolstack asked for": "stock toolstack| resumes the guest",
    "text of ours taken back": "takes its text back",
    "a spurious notify": "finds the guest disarmed",
    "an unload that is refused": "is refused: EBUSY",
    "an unload": "has unloaded the module",
    "an unload by force": "unloads by force",
    "a reboot that withdraws": "the port is withdrawn and closed",
    "a guest woken by a request": "a request wakes the guest",
    "a transition of the guest's own": "a transition of its own (hibernation)",
    "a node that may not be written": "may not write the node",
    "an error of xenstored": "answers with an error",
}
