/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The suspend event channel's protocol as a whole: the guest, Xen, xenstore and
 * the toolstacks. Documentation/proof.rst says what is proved of it, under which
 * assumptions, and what is left out. proof/lib/configurations.py has the bounds.
 *
 * One step of a process is one thing that others can see: an exchange of the
 * handshake's word, a hypercall, a write or a transaction of xenstore, a bit of
 * work asked for. Functions have the names that they have in module/.
 *
 * Everything is bounded by budgets, each used up as it is used, so that every run
 * comes to rest; rest.pml then looks whether all is as it should be.
 */

/* Budgets: how often each of these may happen in one run */
#ifndef CALLS0
#define CALLS0 2		/* calls of the first toolstack (save, suspend, checkpoint) */
#endif
#ifndef CALLS1
#define CALLS1 0		/* of the second, at the same time */
#endif
#ifndef STOCK
#define STOCK 0			/* of a toolstack that uses control/shutdown */
#endif
#ifndef KILLS
#define KILLS 0			/* toolstacks killed */
#endif
#ifndef FAILS
#define FAILS 0			/* tasks or devices that refuse to suspend */
#endif
#ifndef RESTORES
#define RESTORES 0		/* restores into a new domain */
#endif
#ifndef NOMEM
#define NOMEM 0			/* no event at hand for the direct trigger; no port left */
#endif
#ifndef XSERR
#define XSERR 0			/* answers of xenstored that are errors */
#endif
#ifndef LAYOUT
#define LAYOUT 0		/* changes of the node by the administrator */
#endif
#ifndef OTHERS
#define OTHERS 0		/* another syscore callback refuses after the gate */
#endif

/*
 * What the module or the protocol cannot cope with, and which is assumed not to happen.
 * proof/parts/limits takes each assumption away, and shows what happens then.
 */
#ifndef ASSUMED
#define ASSUMED 63
#endif
#define assumed(what)	(ASSUMED & what)
#define NO_TEXT_OF_BOTH	1	/* two do not write suspend into control/shutdown at once */
#define NO_PART_BY_OTHER 2	/* nor ask by both ports within the same instant */
#define NO_NOTIFY_ASTRIDE 4	/* no notify to a domain that stands still */
#define NO_HEIR		8	/* nobody binds a killed toolstack's port at once */
#define NO_SURPRISE	16	/* who has given its port back does so again */
#define NO_JOINER	32	/* nobody asks between the look whether anybody is there and the drop */

/* What else there is */
#ifndef DIRECT
#define DIRECT 1		/* the trigger: 1 direct, 0 xenstore */
#endif
#ifndef TIME
#define TIME 1			/* 55 s and 60 s may pass */
#endif
#ifndef LIVES_ON
#define LIVES_ON 1		/* toolstacks that do not give the port back */
#endif
#ifndef UNLOAD
#define UNLOAD 0		/* rmmod; 2: it may be killed while it waits */
#endif
#ifndef REBOOT
#define REBOOT 0		/* the guest goes down */
#endif
#ifndef SLEEP
#define SLEEP 0			/* the guest's own power transitions: how many */
#endif

#define NOBODY 7

#include "state.pml"
#include "claims.pml"
#include "xen.pml"
#include "handshake.pml"
#include "guest.pml"
#include "service.pml"
#include "xenwatch.pml"
#include "user.pml"
#include "toolstack.pml"
#include "rest.pml"
