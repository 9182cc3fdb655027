# SPDX-License-Identifier: GPL-2.0
"""The mutants: small faults, and the test that is to find each.

For each file of module/: (text in it, what it becomes, a test that must fail). The
text must be in the file exactly once and the test in a suite; mutate --check says
so where that is not true any more.
"""

from . import kernel, port, pure, suspend, whole, xen

MUTANTS = [(name, *fault) for group in (pure, xen, kernel, suspend, port, whole)
           for name, faults in group.FAULTS.items() for fault in faults]

# For KCSAN, to see that it finds anything: accesses that are not marked any more,
# and a function that its report has to name. It samples: what happens a thousand
# times in a run it may miss, what happens a million times it does not.
RACES = [
    ("handshake.c", "			WRITE_ONCE(port->coalesced, port->coalesced + 1);",
     "			port->coalesced++;", "hs_upcall"),
    ("handshake.h", "READ_ONCE(hs->ports[0].coalesced) +\n	       READ_ONCE(hs->ports[1].coalesced)",
     "hs->ports[0].coalesced + hs->ports[1].coalesced", "coalesced_show"),
]
