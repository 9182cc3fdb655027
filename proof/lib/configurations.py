# SPDX-License-Identifier: GPL-2.0
"""The bounds within which the model is searched: what each configuration is for.

One model with everything in it at once has too many states. So each has one or two
toolstacks and one more thing that can happen, and each is searched to its end.
"""

# name: (what can happen, the bounds that differ from those in world.pml, in --fast?)
CONFIGURATIONS = {
    "healthy": ("two toolstacks, nothing fails, nobody is killed, no time is over",
                {"CALLS0": 2, "CALLS1": 1, "TIME": 0}, True),
    "one": ("a toolstack with three calls, killed anywhere, restores, failures, no memory",
            {"CALLS0": 3, "KILLS": 1, "FAILS": 1, "RESTORES": 1, "NOMEM": 1}, False),
    "two": ("two toolstacks at a time, one of them killed",
            {"CALLS0": 2, "CALLS1": 1, "KILLS": 1}, False),
    "xenstore": ("trigger=xenstore, and xenstored fails",
                 {"CALLS0": 2, "DIRECT": 0, "FAILS": 1, "KILLS": 1, "XSERR": 1}, False),
    "stock": ("control/shutdown at the same time",
              {"CALLS0": 2, "STOCK": 1, "FAILS": 1, "NOMEM": 1, "RESTORES": 1}, False),
    "unload": ("rmmod, interrupted or not",
               {"CALLS0": 2, "UNLOAD": 2, "KILLS": 1, "RESTORES": 1, "XSERR": 1}, False),
    "unload-stock": ("rmmod while control/shutdown is used",
                     {"CALLS0": 1, "STOCK": 1, "UNLOAD": 2, "FAILS": 1}, True),
    "reboot": ("the guest goes down",
               {"CALLS0": 2, "REBOOT": 1, "KILLS": 1, "FAILS": 1}, True),
    "sleep": ("the guest's own sleeps",
              {"CALLS0": 2, "SLEEP": 2, "FAILS": 1, "NOMEM": 1}, True),
    "layout": ("the administrator changes the node",
               {"CALLS0": 2, "LAYOUT": 2, "XSERR": 1, "KILLS": 1}, True),
}
