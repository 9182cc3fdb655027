# SPDX-License-Identifier: GPL-2.0
"""Faults put into the model, and the property that finds each.

Each is (what is wrong, [(file, text, what it becomes), ...], configuration, property).
The text is in the file once. Those that the project has had say where they were mended.
"""

# Another port is not offered before the suspend
AHEAD = ("service.pml", "		:: gives_back || !published ||", "		:: true || !published ||")

FAULTS = {
    # handshake.c
    "request-outlives-hypercall": (
        "the hypercall does not clear the request that it has served",
        [("handshake.pml", "		was_served = req;\n		req = false\n", "		was_served = req\n")],
        "healthy", "no_notify_lost"),
    "disarm-forgets-request": (
        "hs_disarm() does not look whether a request is pending",
        [("service.pml", "		:: base == ARMED && !req -> base = DISARMED\n		:: else -> job_look",
          "		:: base == ARMED -> base = DISARMED\n		:: else -> job_look")],
        "unload", "none_unloaded_while_subscribed"),
    "drop-any-request": (
        "hs_drop() gives up whatever request is pending, not the one meant",
        [("handshake.pml", "	:: is_requested && cur ->", "	:: is_requested ->")],
        "one", "no_refusal_in_time"),
    "two-threads-one-word": (
        "hs_end() writes the word back without looking whether a notify has come since",
        [("xenwatch.pml", "			base = ARMED;\n			remembered = remembered || req;",
          "			base = ARMED;\n			req = false;")],
        "healthy", "no_notify_lost"),
    # The gate
    "gate-without-deadline": (
        "the gate does not look at the deadline",
        [("handshake.pml", "		:: ours && late ->", "		:: false ->")],
        "one", "none_after_giving_up"),
    "gate-without-peer": (
        "the gate does not ask whether the toolstack is still there (had: 2a0ffe8)",
        [("handshake.pml", "		:: ours && !late && deserted ->", "		:: false ->")],
        "killed", "none_after_going"),
    "gate-asks-one-port": (
        "the gate asks for the request's port only, not for the port offered ahead (had: edec4b1)",
        [("guest.pml", "(slot_free(p) && !another_asks(p))", "slot_free(p)")],
        "killed", "no_refusal_in_time"),
    "thread-asks-one-port": (
        "so does the service thread, before it tries a request again (had: edec4b1)",
        [("guest.pml", "(slot_bound(p) || another_asks(p))", "slot_bound(p)")],
        "killed-again", "no_refusal_in_time"),
    "gate-asks-who-has-bound": (
        "who has bound the port offered ahead, and has not asked, counts as one who waits",
        [("guest.pml", "(p != offered && asked_by[offered] && slot_bound(offered))",
          "(p != offered && slot_bound(offered))")],
        "killed", "none_after_going"),
    "gate-for-stock": (
        "the gate refuses what the toolstack asked for through control/shutdown",
        [("handshake.pml", "		:: ours && late ->", "		:: late ->")],
        "stock", "no_stock_suspend_refused"),
    "pending-not-cleared": (
        "events pending at the gate are not cleared",
        [("xenwatch.pml", "			pend[0] = pend[0] && !mapped[0];\n			pend[1] = pend[1] && !mapped[1];\n",
          "")],
        "healthy", "one_request_one_suspend"),
    "irq-kept-by-kernel": (
        "without IRQF_NO_SUSPEND the kernel keeps a notify over the suspend",
        [("xenwatch.pml", "			pend[0] = pend[0] && !mapped[0];\n			pend[1] = pend[1] && !mapped[1];\n",
          ""),
         ("guest.pml", "	:: atomic { up && !irqs_off && pend[0]",
          "	:: atomic { up && !irqs_off && stage != PREPARED && pend[0]"),
         ("guest.pml", "	:: atomic { up && !irqs_off && pend[1]",
          "	:: atomic { up && !irqs_off && stage != PREPARED && pend[1]")],
        "healthy", "one_request_one_suspend"),
    "tick-not-restarted": (
        "the gate refuses, and CPU 0's tick stays stopped (had: 7216afa)",
        [("xenwatch.pml", "				ticks = true;	/* restart_tick() */\n", "")],
        "one", "guest_keeps_time"),
    # attempt.c, power.c
    "own-sleep-absorbs": (
        "the guest's own transitions are taken for xenwatch's (had: 11704b9)",
        [("user.pml", "	atomic { wakes = idle }", "	atomic {\n		wakes = idle;\n		if\n		:: !idle -> hs_absorb(); stage = GATED\n"
          "		:: else\n		fi\n	}\n"),
         ("user.pml", "		atomic { crossed(false) }", "		atomic { crossed(true); base = ARMED }")],
        "asleep", "no_notify_lost"),
    "judged-by-callback": (
        "a .thaw is taken for a suspend that was resumed in place (had: 11704b9)",
        [("xenwatch.pml", "		restored = stage",
          "		if\n		:: thawed && base == SUSPENDING -> req = false; base = RESUMING\n"
          "		:: else\n		fi;\n		restored = stage")],
        "failures", "no_notify_lost"),
    "judged-by-xen-alone": (
        "in a new domain, another frontend's port of that number is taken for ours",
        [("xenwatch.pml", "(open[offered] && mapped[offered] && (xport", "(open[offered] && (xport")],
        "one", "port_bindable_again"),
    "retry-after-false-restore": (
        "a suspend is tried again after devices were told of a restore (had: 11704b9)",
        [("xenwatch.pml", "			:: !restoring && !refused", "			:: !refused")],
        "failures", "none_after_false_restore"),
    # trigger.c, control.c
    "text-left-behind": (
        "what was written into control/shutdown is not taken back (had: 11704b9)",
        [("xenwatch.pml", "	atomic { !writing -> give_up() }\ndevices:", "devices:")],
        "stock-text", "none_unasked"),
    "taken-back-late": (
        "what was written is taken back in .complete, not in .prepare",
        [("xenwatch.pml", "	atomic { !writing -> give_up() }\ndevices:", "devices:"),
         ("xenwatch.pml", "		stage = COMPLETED\n", "		stage = COMPLETED;\n		if\n"
          "		:: written && asks -> control_emptied()\n		:: else\n		fi;\n"
          "		written = false;\n		written_for = false\n")],
        "stock-text", "no_stock_request_lost"),
    "fallback-without-watch": (
        "the direct trigger's fallback has no watch behind it (had: 11704b9)",
        [("xen.pml", "	ev_ours = ev_ours || written", "	ev_ours = ev_ours || (written && !DIRECT)")],
        "failures", "told_at_once"),
    "noted-after-write": (
        "what is asked for is noted after it is written (had: 11704b9)",
        [("service.pml", "		written = true;\n		written_for = svc_seq;\n		written_watch = svc_watch\n", "		skip\n"),
         ("service.pml", "		writing = false;\n		starting = false;\n		if\n		:: !fresh -> goto ahead\n",
          "		starting = false\n	}\n	atomic {\n		written = !fresh;\n		written_for = !fresh && svc_seq;\n"
          "		written_watch = !fresh && svc_watch;\n		writing = false;\n		if\n		:: !fresh -> goto ahead\n")],
        "xenstore-fails", "told_at_once"),
    "expires-once": (
        "what manage.c had read when the toolstack gave up never expires (had: a6b4752)",
        [("service.pml", "(was_read && !in_callback && !ev_ours && !ev_manage)", "false")],
        "xenstore", "no_notify_lost"),
    "no-mutex": (
        "control_was_read() does not wait for who is just writing",
        [("xenwatch.pml", "ev_ours && !writing ->", "ev_ours ->")],
        "xenstore", "none_after_giving_up"),
    "forgotten-before-the-end": (
        "attempt_not_prepared() forgets what was written, and then ends the request (had: 0a3706c)",
        [("xenwatch.pml", "	atomic {\n		watch_takes();\n		if\n", "	atomic {\n		control_forget();\n		watch_takes();\n		if\n"),
         ("xenwatch.pml", "		:: written && written_watch -> control_forget()\n", "		:: false\n")],
        "sleep-text", "none_unasked"),
    "ended-with-its-text": (
        "an earlier request's event ends the request, and what was written for it stays",
        [("xenwatch.pml", "over:\n	atomic { !writing -> control_clear() }", "over:\n	skip")],
        "sleep-no-event", "none_unasked"),
    "written-without-a-look": (
        "control_write() does not look whether the request is still pending",
        [("service.pml", "		:: is_requested && svc_seq -> writing = true\n", "		:: true -> writing = true\n"),
         ("service.pml", "		:: else -> starting = false; goto ahead\n		fi\n	}\n	atomic {\n		written = true",
          "		fi\n	}\n	atomic {\n		written = true")],
        "sleep-text", "none_unasked"),
    "looks-after-the-write": (
        "it looks only after the write: manage.c may have read it by then (had: 0a3706c)",
        [("service.pml", "		:: is_requested && svc_seq -> writing = true\n", "		:: true -> writing = true\n"),
         ("service.pml", "		:: else -> starting = false; goto ahead\n		fi\n	}\n	atomic {\n		written = true",
          "		fi\n	}\n	atomic {\n		written = true"),
         ("service.pml", "		:: !fresh -> goto ahead\n		:: else\n		fi\n	}\n",
          "		:: !fresh && req && svc_seq -> goto ahead\n		:: else\n		fi\n	}\n"
          "	atomic {\n		if\n		:: !fresh -> give_up(); goto ahead\n		:: else\n		fi\n	}\n")],
        "sleep-text", "none_unasked"),
    "retry-drops-what-is-read": (
        "a retry drops a request as deserted though manage.c has read its text (had: 0a3706c)",
        [("service.pml", "		:: !wanted_still -> control_revoke(fresh)\n", "		:: false\n")],
        "sleep-text", "none_unasked"),
    "force-drops-what-is-read": (
        "a forced release drops a request though manage.c has read its text (had: ac5abe4)",
        [("service.pml", "		:: news -> news = false; goto sleep\n", "		:: news -> news = false; control_forget()\n")],
        "unload-text", "none_unasked"),
    # service.c, jobs.c, lifecycle.c
    "lost-wakeup": (
        "the thread looks for work before it says that it goes to sleep",
        [("service.pml", "	atomic { running = false }\n	atomic {\n		if\n		:: has_work -> running = true\n"
          "		:: else\n		fi\n	}\n",
          "	atomic {\n		if\n		:: has_work -> goto loop\n		:: else\n		fi\n	}\n"
          "	atomic { running = false }\n")],
        "healthy", "no_notify_lost"),
    "frozen-within-a-job": (
        "the thread can be frozen in the middle of a negotiation",
        [("service.pml", "	atomic {\n		if\n		:: !fresh\n", "	at_rest = true;\n"
          "	atomic { !frozen && !freezing_threads -> at_rest = false };\n"
          "	atomic {\n		if\n		:: !fresh\n")],
        "one", "node_holds_open_port"),
    "sleep-goes-on": (
        "a request does not wake a guest that sleeps by its own will (had: 11704b9)",
        [("guest.pml", "	wakeup = wakeup || wakes\n", "	skip\n")],
        "asleep", "no_notify_lost"),
    "sleep-looks-before": (
        "a request that came before the guest sleeps is not looked for",
        [("user.pml", "		:: wakes && is_requested -> wakeup = true", "		:: false -> wakeup = true")],
        "asleep", "no_notify_lost"),
    "turned-away-for-good": (
        "what was turned away because the guest slept is not started when it is awake",
        [("service.pml", "job_awake = false; kicked = false\n", "job_awake = false\n")],
        "asleep", "no_notify_lost"),
    # offer.c, channel.c, negotiate.c
    "published-before-armed": (
        "the port is published before a notify would be a request",
        [("service.pml", "		:: base == DISARMED -> base = ARMED\n", "		:: false -> base = ARMED\n"),
         ("service.pml", "			:: !fresh || published -> looked = true; goto release\n",
          "			:: !fresh || published -> looked = true; goto arms\n"),
         ("service.pml", "release:\n	if\n",
          "	goto release;\narms:\n	atomic {\n		if\n		:: base == DISARMED -> base = ARMED\n"
          "		:: else\n		fi\n	}\nrelease:\n	if\n")],
        "healthy", "no_notify_lost"),
    "never-another-port": (
        "a port that is not given back stays the one that is offered (had: 11704b9)",
        [("service.pml", "		replace = is_held;", "		replace = false;"), AHEAD],
        "healthy", "port_bindable_again"),
    "held-port-kept": (
        "the older port is never closed",
        [("service.pml", "!(req && by != offered) -> fresh = true", "!(req && by != offered) -> fresh = false")],
        "one", "port_bindable_again"),
    "replaced-too-soon": (
        "a new domain's first failure is taken for a resume (had: d368da6)",
        [("service.pml", "			suspended_since = false;\n			replace = false;", "			replace = false;"),
         AHEAD],
        "one", "not_replaced_too_soon"),
    "closed-before-withdrawn": (
        "a port whose publication failed is closed, though the node may hold it (had: 4ac5044)",
        [("service.pml", "			if\n			:: withdraw()\n			:: xserr -> xserr--; looked = true; goto release\n			fi",
          "			skip")],
        "layout", "node_holds_open_port"),
    "transaction-left-open": (
        "a transaction is not ended after an error (had: e569f94)",
        [("service.pml", "			unsure = offered + 1;\n			negotiate_again = true;\n",
          "			unsure = offered + 1;\n			negotiate_again = true;\n			transaction = true;\n")],
        "layout", "all_comes_to_rest"),
    "not-ahead": (
        "another port is offered only after the resume: a call that follows at once fails",
        [AHEAD], "thrice", "next_call_can_bind"),
    "coalesced-not-counted": (
        "a notify that is part of the other's request does not say who uses which port",
        [("handshake.pml", "			asked_by[p] = true\n", "			skip\n")],
        "healthy", "port_bindable_again"),
    "first-look-deaf": (
        "what changes in the node during the first look is not looked at",
        [("user.pml", "		job_look = true;", "		job_look = job_look || looked;")],
        "given-back", "port_bindable_again"),
    "given-back-kept": (
        "a port that is bound when it is published again is not replaced",
        [("service.pml", "			:: news && !replace -> replace = is_held;", "			:: news && !replace -> replace = false;")],
        "given-back", "port_bindable_again"),
    # release.c, watch.c
    "closed-under-a-toolstack": (
        "rmmod does not look again whether somebody has read the node before",
        [("service.pml", "		:: in_use -> job_look = true; goto sleep\n", "		:: false -> goto sleep\n")],
        "unload", "none_closed_in_use"),
    "not-published-again": (
        "rmmod withdraws, finds the port in use, and leaves it withdrawn (had: 7cf4cf9)",
        [("service.pml", "		:: in_use -> job_look = true; goto sleep\n", "		:: in_use -> goto sleep\n"),
         ("service.pml", "		:: else -> job_look = true; goto sleep\n", "		:: else -> goto sleep\n")],
        "unload-waits", "port_bindable_again"),
    "unloaded-while-subscribed": (
        "a toolstack that has left is taken for one that was never there (had: 6fd2319)",
        [("service.pml", "			may_be_subscribed = true;\n			pinned = pinned || !unloading\n", "			skip\n"),
         ("service.pml", "(any_request || any_bound)", "any_bound")],
        "unload", "none_unloaded_while_subscribed"),
    "force-publishes-again": (
        "a forced release under a suspend publishes again, for ever (had: 11704b9)",
        [("service.pml", "		:: goes -> looked = true; goto release\n", "		:: released -> goto release\n"),
         ("service.pml", "		:: base != DISARMED -> goto sleep\n", "		:: base != DISARMED -> job_look = true; goto sleep\n")],
        "reboot", "no_livelock"),
    "rmmod-does-not-freeze": (
        "rmmod waits for xenwatch, and xenwatch for the freezer (had: 37d8022)",
        [("user.pml", "	/* trigger_exit(), service_unwatch(): a worker waits for xenwatch */\n",
          "	atomic { user_freezable = false };\n"),
         ("user.pml", "		ev_ours = false\n	}\n", "		ev_ours = false;\n		user_freezable = true\n	}\n")],
        "unload-stock", "all_comes_to_rest"),
    "release-given-up": (
        "rmmod's release is not tried again after an error of xenstored",
        [("service.pml", "			:: withdraw()\n			:: xserr -> xserr--; goto sleep",
          "			:: withdraw()\n			:: xserr -> xserr--; job_release = false; goto sleep")],
        "unload-waits", "unload_ends"),
    "force-not-polled": (
        "the thread does not look again by itself whether a forced release is possible",
        [("service.pml", "(job_force && !released && (base == ARMED || base == DISARMED) &&", "(false &&")],
        "reboot", "reboot_ends"),
    "shutdown-freezes": (
        "a shutdown freezes while it waits, with locks of devices held (had: 11704b9)",
        [("user.pml", "		user_freezable = false;\n		going = true\n", "		going = true\n"),
         ("user.pml", "	:: atomic { released -> printf(\"reboot|",
          "	:: atomic { released && !user_frozen -> printf(\"reboot|"),
         ("user.pml", "	:: atomic { !released && in_suspend && up ->",
          "	:: atomic { !user_frozen && !released && in_suspend && up ->"),
         ("xenwatch.pml", "	/* xs_suspend() */\n", "	atomic { !going_down || released };\n")],
        "reboot", "all_comes_to_rest"),
    # Requests of others
    "resuming-forgets": (
        "a request that comes as the guest resumes is not kept, but given up",
        [("xenwatch.pml", "			base = ARMED;\n			remembered = remembered || req;",
          "			base = ARMED;\n			tell_all();\n			req = false;")],
        "thrice", "each_request_served"),
    "always-taken-back": (
        "the end of each suspend takes suspend back, even if nothing of ours was written",
        [("xenwatch.pml", "		stage = COMPLETED\n", "		stage = COMPLETED;\n		if\n"
          "		:: asks -> control_emptied()\n		:: else\n		fi\n")],
        "stock", "no_stock_request_lost"),
}
