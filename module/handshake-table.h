/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of the handshake's transitions: the one source of them.
 *
 * What is not listed changes nothing. Include it with those of these macros
 * defined that are wanted; all end here. Whoever shows the machine in another form
 * is held against it by scripts/handshake (the comment of handshake.c, the words of
 * trace.h, design.rst and its picture, the copy in tools/xen-suspend-trace, proof/), and
 * handshake.c itself by kunit/handshake-table-test.c, in every state.
 *
 * HS_STATE(state, word, serves, as traced, in words)
 * HS_EVENT(event, function, in words)
 * HS_VERDICT(verdict, returned, in words)
 * HS_ROW(state, event, state after it, verdict)
 */
#ifndef HS_STATE
#define HS_STATE(state, word, serves, traced, text)
#endif
#ifndef HS_EVENT
#define HS_EVENT(event, function, text)
#endif
#ifndef HS_VERDICT
#define HS_VERDICT(verdict, returned, text)
#endif
#ifndef HS_ROW
#define HS_ROW(from, event, to, verdict)
#endif

/* The word, its port and number apart; and whether the attempt serves a request */
HS_STATE(disarmed, HS_DISARMED, false, "disarmed",
	 "no event channel, or not ours any more")
HS_STATE(armed, HS_ARMED, false, "armed",
	 "a notify is a request")
HS_STATE(requested, HS_ARMED | HS_REQUEST, false, "requested",
	 "a request has come")
HS_STATE(serving, HS_SUSPENDING | HS_REQUEST, true, "suspending+request",
	 "a suspend is under way that was made for a request")
HS_STATE(suspending, HS_SUSPENDING, false, "suspending",
	 "a suspend of somebody else is under way")
HS_STATE(joined, HS_SUSPENDING | HS_REQUEST, false, "suspending+request",
	 "likewise, and a request has come meanwhile")
HS_STATE(resuming, HS_RESUMING, false, "resuming",
	 "the hypercall has returned")
HS_STATE(remembered, HS_RESUMING | HS_REQUEST, false, "resuming+request",
	 "likewise, and a request has come since")

HS_EVENT(notify, hs_upcall, "a notify, by either port")
HS_EVENT(arm, hs_arm, "the port is open, not yet published")
HS_EVENT(disarm, hs_disarm, "the port is withdrawn")
HS_EVENT(begin, hs_begin, "the direct trigger")
HS_EVENT(absorb, hs_absorb, "``.prepare``, in xenwatch")
HS_EVENT(gate, hs_gate, "the gate, in time")
HS_EVENT(gate_late, hs_gate, "the gate, too late")
HS_EVENT(gate_deserted, hs_gate, "the gate, and no toolstack there")
HS_EVENT(crossed, hs_crossed, "the hypercall has returned")
HS_EVENT(end, hs_end, "over, same domain")
HS_EVENT(end_again, hs_end, "over, to be tried again")
HS_EVENT(end_restored, hs_end, "over, new domain")
HS_EVENT(drop, hs_drop, "too late, going down, deserted, or cannot be started")
HS_EVENT(drop_other, hs_drop, "likewise, but another request was meant")

HS_VERDICT(done, true, "")
HS_VERDICT(new, HS_NEW, "a new request")
HS_VERDICT(coalesced, HS_COALESCED, "counted as coalesced")
HS_VERDICT(spurious, HS_SPURIOUS, "counted as spurious")
HS_VERDICT(passed, 0, "it may pass")
HS_VERDICT(late, -ETIME, "refused: the kernel unwinds")
HS_VERDICT(deserted, -ECONNRESET, "refused: the kernel unwinds")
HS_VERDICT(dropped, true, "a failure, with its reason")
HS_VERDICT(failed, HS_FAILED, "a failure, with its reason")
HS_VERDICT(again, HS_AGAIN, "the request is kept")
HS_VERDICT(failed_other, HS_FAILED_OTHER, "no failure of a request")
HS_VERDICT(cancelled, HS_CANCELLED, "resumed in place")
HS_VERDICT(restored, HS_RESTORED, "resumed in a new domain; negotiated anew")

/*     from        event          to          verdict */
HS_ROW(disarmed,   notify,        disarmed,   spurious)
HS_ROW(disarmed,   arm,           armed,      done)
HS_ROW(disarmed,   disarm,        disarmed,   done)

HS_ROW(armed,      notify,        requested,  new)
HS_ROW(armed,      disarm,        disarmed,   done)
HS_ROW(armed,      absorb,        suspending, done)

HS_ROW(requested,  notify,        requested,  coalesced)
HS_ROW(requested,  begin,         serving,    done)
HS_ROW(requested,  absorb,        serving,    done)
HS_ROW(requested,  drop,          armed,      dropped)

HS_ROW(serving,    notify,        serving,    coalesced)
HS_ROW(serving,    gate,          serving,    passed)
HS_ROW(serving,    gate_late,     serving,    late)
HS_ROW(serving,    gate_deserted, serving,    deserted)
HS_ROW(serving,    crossed,       resuming,   done)
HS_ROW(serving,    end,           armed,      failed)
HS_ROW(serving,    end_again,     requested,  again)
HS_ROW(serving,    end_restored,  armed,      failed)

HS_ROW(suspending, notify,        joined,     new)
HS_ROW(suspending, gate,          suspending, passed)
HS_ROW(suspending, gate_late,     suspending, passed)
HS_ROW(suspending, gate_deserted, suspending, passed)
HS_ROW(suspending, crossed,       resuming,   done)
HS_ROW(suspending, end,           armed,      failed_other)
HS_ROW(suspending, end_again,     armed,      failed_other)
HS_ROW(suspending, end_restored,  armed,      failed_other)

HS_ROW(joined,     notify,        joined,     coalesced)
HS_ROW(joined,     gate,          joined,     passed)
HS_ROW(joined,     gate_late,     joined,     passed)
HS_ROW(joined,     gate_deserted, joined,     passed)
HS_ROW(joined,     crossed,       resuming,   done)
HS_ROW(joined,     end,           requested,  failed_other)
HS_ROW(joined,     end_again,     requested,  failed_other)
HS_ROW(joined,     end_restored,  requested,  failed_other)

HS_ROW(resuming,   notify,        remembered, new)
HS_ROW(resuming,   end,           armed,      cancelled)
HS_ROW(resuming,   end_again,     armed,      cancelled)
HS_ROW(resuming,   end_restored,  disarmed,   restored)

HS_ROW(remembered, notify,        remembered, coalesced)
HS_ROW(remembered, end,           requested,  cancelled)
HS_ROW(remembered, end_again,     requested,  cancelled)
HS_ROW(remembered, end_restored,  disarmed,   restored)

#undef HS_STATE
#undef HS_EVENT
#undef HS_VERDICT
#undef HS_ROW
