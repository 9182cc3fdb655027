/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The xenwatch thread: manage.c, trigger.c's callbacks, do_suspend(), the PM
 * callbacks, the gate and what attempt.c makes of them. Its events come in any order,
 * and two of the same watch may be one.
 */
#define BY_US		0
#define BY_MANAGE	1

inline ask_for_a_look(restored)
{
	job_restored = job_restored || restored;
	job_resumed = job_resumed || !restored;
	wake()
}

/* hs_seq(hs_word()) */
inline watch_takes()
{
	watch_seq = true;
	written_watch = written && written_for;
	svc_watch = svc_seq
}

/* may_pass() of attempt.c, with all interrupts off */
inline may_pass(refuses)
{
	refuses = false;
	if
	:: stage == PREPARED ->
		hs_gate(ours, asker_none(by));
		if
		:: base == SUSPENDING && refused -> refuses = true
		:: else ->
			part_by_other = part_by_other || pend[1 - by];
			/* channel_clear_pending() */
			pend[0] = pend[0] && !mapped[0];
			pend[1] = pend[1] && !mapped[1];
			stage = GATED
		fi
	:: else
	fi
}

/* crossed() of attempt.c; what the tracepoint shows if it was no hypercall */
inline crossed(hypercall)
{
	if
	:: stage == GATED && !hypercall -> stage = PREPARED
	:: stage == GATED && hypercall ->
		hs_crossed();
		stage = CROSSED;
		CLAIM_KEPT
	:: else
	fi
}

/*
 * is_new_domain() of attempt.c, and channel_survived(). In a new domain another
 * frontend may have a port of the same number.
 */
#define survived \
	(open[offered] && mapped[offered] && (xport[offered] != CLOSED || another_has_it))
#define is_new_domain	((!open[offered] && restoring) || (open[offered] && !thawed && !survived))

active proctype xenwatch()
{
	bool ok, again, restored;

end:
	do
	:: atomic { up && ev_request ->
		ev_request--;
		in_callback = true;
		if
		:: is_requested && !asleep && !unwatched && !(written && written_for) ->
			watch_takes();
			again = late;	/* now, of serve() */
			goto serve
		:: else -> in_callback = false
		fi }
	:: atomic { up && ev_manage ->
		ev_manage = false;
		in_callback = true;
		if
		:: asks && !going_down ->
			/* A transaction: reads it, and writes "" */
			printf("manage.c| reads suspend from control/shutdown\n");
			stock_read = by_stock;
			control_emptied();
			ev_manage = false;
			by_manage = true;
			ours = false;
			goto suspend
		:: else -> in_callback = false
		fi }
	/* control_was_read() waits for who writes */
	:: atomic { up && ev_ours && !writing ->
		ev_ours = false;
		in_callback = true;
		if
		:: !unwatched && is_requested && written && written_for && !asks ->
			/* shutdown_changed(), control_was_read() */
			printf("xenwatch| manage.c has tried what we wrote, in vain\n");
			goto not_prepared
		:: !unwatched && is_requested && written && written_for && xserr ->
			xserr--;
			printf("xenstored| answers with an error whether manage.c has read it\n");
			in_callback = false
		:: else -> in_callback = false
		fi }
	od;

serve:
	atomic {
		if
		:: going || going_down ->
			printf("xenwatch| the guest goes down: the request is dropped\n");
			hs_drop(watch_seq, FOR_OTHER);
			goto over
		:: else
		fi
	}
	atomic {
		if
		:: again && watch_seq ->
			printf("xenwatch| it is too late: the request is dropped\n");
			hs_drop(watch_seq, FOR_LATE);
			goto over
		:: else
		fi
	}
	atomic {
		/* attempt_begin() */
		hs_begin(ok);
		if
		:: !ok -> goto out
		:: else ->
			stage = NONE;
			ours = true;
			by_manage = false;
			printf("xenwatch| calls do_suspend() for the request\n")
		fi
	}

suspend:
	/* Tasks of user space, then kernel threads */
	atomic {
		CLAIM("BROKEN none_after_false_restore\n", by_manage || !lied);
		in_suspend = true;
		thawed = false;
		restoring = false
	}
	if
	:: atomic { user_freezable && !in_transition -> user_frozen = true; freezing_threads = true }
	/* That takes seconds, and starting a suspend does not. */
	:: atomic { fails && !starting -> fails--;
		printf("kernel| a task does not freeze\n");
		goto failed_early }
#if REBOOT
	:: atomic { !user_freezable ->
		printf("kernel| the task that reboots does not freeze\n");
		goto failed_early }
#endif
	:: atomic { in_transition ->
		printf("kernel| the guest's own transition is in the way\n");
		goto failed_early }
	fi;
	atomic { at_rest -> frozen = true; freezing_threads = false }
	/* .prepare: attempt_prepare() */
	atomic {
		if
		:: device_gone -> goto devices
		:: base != SUSPENDING -> ours = is_requested && written && written_for
		:: else
		fi;
		stage = PREPARED
	}
	atomic {
		if
		:: base == ARMED && req -> printf("xenwatch| tasks are frozen, .prepare: manage.c's suspend serves the request\n")
		:: else -> printf("xenwatch| tasks are frozen, .prepare\n")
		fi;
		hs_absorb()
	}
	atomic { !writing -> give_up() }
devices:
	atomic {
		if
		:: skip
		:: fails -> fails--;
			printf("kernel| a device refuses to suspend\n");
			/* si.cancelled is not initialised */
			if
			:: thawed = true
			:: restoring = true;
				lied = lied || serves;
				printf("kernel| tells other devices of a restore that never was\n")
			fi;
			goto complete
		fi
	}
	/* xs_suspend() */
	atomic { !transaction }
	/* stop_machine(), xen_arch_suspend(); the gate is the first syscore callback */
	atomic {
		irqs_off = true;
		stood = false;
		ticks = false;
		if
		:: device_gone -> CLAIM_WANTED
		:: else ->
			may_pass(ok);
			if
			:: ok ->
				printf("gate| refuses the suspend\n");
				ticks = true;	/* restart_tick() */
				irqs_off = false;
				CLAIM("BROKEN guest_keeps_time\n", ticks);
				thawed = true;
				goto complete
			:: else ->
				printf("gate| lets the suspend pass\n");
				CLAIM_WANTED
			fi
		fi
	}
	atomic {
		if
		:: others ->
			others--;
			printf("kernel| another syscore callback refuses\n");
			crossed(false);
			ticks = true;
			irqs_off = false;
			thawed = true;
			goto complete
		:: shutdown();
			printf("Xen| the guest is suspended\n")
		fi
	}
	/* It stands still, until a toolstack resumes or restores it. */
	atomic { up ->
		printf("Xen| the guest runs again\n");
		crossed(true);
		ticks = true;
		irqs_off = false;
		thawed = same;
		restoring = !same
	}
complete:
	if
	:: device_gone -> goto thaw
	:: else
	fi;
	/* .complete: attempt_complete(), end() */
	atomic {
		restored = stage == CROSSED && is_new_domain;
		if
		:: restored -> open[0] = false; open[1] = false	/* channel_lost() */
		:: else
		fi
	}
	goto end_attempt;
completed:
	atomic {
		stage = COMPLETED
	}
thaw:
	atomic {
		frozen = false;
		user_frozen = false;
		printf("xenwatch| the suspend is over, tasks are thawed\n")
	}
failed_early:
	atomic {
		in_suspend = false;
		if
		:: stock_read && owed[STOCKS] == ASKED -> owed[STOCKS] = TOLD
		:: else
		fi;
		stock_read = false;
		/* attempt_end(), if .complete has not done it */
		if
		:: !by_manage && base == SUSPENDING -> watch_takes(); restored = false
		:: else -> stage = NONE; goto out
		fi
	}

	/* end() of attempt.c: the plan, then the exchange, then who is told */
end_attempt:
	atomic {
		again = false;
		if
		:: base == SUSPENDING && serves ->
			/* plan() */
			if
			:: !restoring && !refused && !going && !late -> again = true; retry_seq = true
			/* with retry_ms=0, or no time left for another try */
			:: TIME || restoring || refused || going || late
			fi
		:: else
		fi
	}
	atomic {
		/* hs_end() */
		if
		:: base == SUSPENDING && serves && again ->
			base = ARMED;
			job_retry = true;
			printf("xenwatch| the suspend has failed, and is to be tried again\n")
		:: base == SUSPENDING && serves && !again ->
			base = ARMED;
			req = false;
			tell_all();
			printf("xenwatch| the suspend has failed: armed again\n")
		:: base == SUSPENDING && !serves ->
			base = ARMED;
			if
			:: req -> printf("xenwatch| somebody else's suspend has failed, and a request is pending\n")
			:: else -> printf("xenwatch| somebody else's suspend has failed\n")
			fi
		:: base == RESUMING && restored ->
			base = DISARMED;
			req = false;
			tell_all();
			suspended_since = true;
			printf("xenwatch| restored in a new domain: disarmed\n")
		:: base == RESUMING && !restored ->
			base = ARMED;
			remembered = remembered || req;
			suspended_since = true;
			if
			:: req -> printf("xenwatch| resumed in the same domain, and a request has come since: remembered\n")
			:: else -> printf("xenwatch| resumed in the same domain: armed\n")
			fi
		:: else -> suspended_since = suspended_since || stage == CROSSED
		fi;
		CLAIM_KEPT
	}
	atomic {
		ours = false;
		ask_for_a_look(restored);
		if
		:: in_suspend -> goto completed
		:: else -> stage = NONE
		fi;
		if
		:: is_requested && watch_seq -> goto out
		:: else -> goto over
		fi
	}

not_prepared:
	/* attempt_not_prepared(): plan(), and the drop if there is to be no other try */
	atomic {
		watch_takes();
		if
		:: is_requested && watch_seq && !going && !late -> again = true; retry_seq = true
		:: again = false
		fi
	}
	atomic {
		if
		:: again
		:: else ->
			printf("xenwatch| the request has failed: dropped\n");
			hs_drop(watch_seq, FOR_FAILED)
		fi
	}
	/* control_answered(), which waits for who writes */
	atomic { !writing ->
		if
		:: written && written_watch -> control_forget()
		:: else
		fi
	}
	atomic {
		job_retry = job_retry || again;
		ask_for_a_look(false);
		goto out
	}
	/* What has been written for it meanwhile */
over:
	atomic { !writing -> control_clear() }
out:
	atomic {
		watch_seq = false;
		written_watch = false;
		svc_watch = false;
		in_callback = false;
		goto end
	}
}
