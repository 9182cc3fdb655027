/* SPDX-License-Identifier: GPL-2.0 */
/*
 * service.c, and what its thread calls: trigger.c, offer.c, negotiate.c, release.c.
 */
#define jobs_to_do	(job_look || job_restored || job_resumed || job_awake || job_retry)
#define has_work	(is_new || jobs_to_do)

/* Does the port that a toolstack may still bring back wait for its own minute? */
#define owner_waits(p)	(owner[p] != NOBODY && st[owner[p]] == WAIT)

/* in_use() of release.c, which takes note of what it has seen */
#define is_used		(any_request || any_bound)
#define in_use		(base != DISARMED && (is_used || req || may_be_subscribed))
#define note_use()	may_be_subscribed = may_be_subscribed || (base != DISARMED && is_used)

/* manage.c is about to suspend the guest, or to fail, for the pending request */
#define was_read	(written && written_for && !asks)

/* A minute later the xenwatch thread is through with what manage.c has read. */
#define is_long_over	(was_read && !in_callback && !ev_ours && !ev_manage)

/* When a timeout of next_timeout() would find something to do */
#define due \
	((!goes && replace && !(patient && owner_waits(offered))) || \
	 (!goes && negotiate_again) || \
	 (is_requested && retrying && !asleep) || \
	 (is_requested && late && (!expired || is_long_over)) || \
	 (job_release && !released && !job_force && \
	  (!in_use || (is_used && !may_be_subscribed))) || \
	 (job_force && !released && (base == ARMED || base == DISARMED) && \
	  (published || unsure || !was_read)))

inline send_or_write(cur)
{
	if
	:: DIRECT && have_event ->
		have_event = false;
		starting = false;
		ev_request++;
		printf("service| sends the xenwatch thread an event of its own making\n");
		goto ahead
	:: else
	fi
}

/* hs_seq(word) */
inline svc_takes()
{
	svc_seq = true;
	svc_watch = watch_seq
}

inline deserted(p)
{
	starting = false;
	printf("service| nobody has port %d bound any more: the request is dropped\n", p + 1);
	hs_drop(svc_seq, FOR_DESERTED)
}

inline publish(p)
{
	if
	:: node == p + 1 ->
		news = published != p + 1;
		published = p + 1;
		unsure = 0
	:: node != p + 1 && writable ->
		printf("service| publishes port %d\n", p + 1);
		node = p + 1;
		news = true;
		published = p + 1;
		unsure = 0;
		CLAIM_NODE
	:: else ->
		printf("service| may not write the node\n");
		news = true;
		published = 0;
		unsure = 0
	fi
}

/* replace(): a port, then negotiate_replace(), which is a plain write */
inline replace_it()
{
	atomic {
		if
		:: irq[1 - offered] -> fresh = false	/* EBUSY */
		:: !irq[1 - offered] ->
			printf("service| port %d is not given back: opens another one\n", offered + 1);
			open_port(1 - offered);
			fresh = true
		:: !irq[1 - offered] && nomem ->
			nomem--;
			no_port = true;
			printf("service| Xen has no other port\n");
			fresh = false
		fi
	}
	atomic {
		if
		:: !fresh
		:: fresh && writable ->
			node = offered + 1;
			published = offered + 1;
			printf("service| writes port %d into the node\n", offered + 1);
			CLAIM_NODE
		:: fresh && !writable ->
			unsure = offered + 1;
			job_look = true
		:: fresh && xserr -> /* with the write done, or not done */
			xserr--;
			unsure = offered + 1;
			job_look = true;
			printf("service| xenstored answers with an error\n");
			if
			:: writable -> node = offered + 1; CLAIM_NODE
			:: true
			fi
		fi;
		fresh = false
	}
}

inline withdraw()
{
	printf("service| withdraws the port from the node\n");
	if
	:: node && (node == published || node == unsure) -> node = 0
	:: else
	fi;
	published = 0;
	unsure = 0
}

active proctype service()
{
	bit b;
	bool wanted_still, fresh, news;

loop:
	/* serve_request() */
	atomic {
		svc_seq = false;
		svc_watch = false;
		if
		:: is_new ->
			kicked = true;
			starting = true;
			retrying = false;
			svc_takes();
			b = by;
			wanted_still = !remembered;
			if
			:: remembered -> printf("service| finds the request, which came as the guest resumed\n")
			:: else -> printf("service| finds the request\n")
			fi;
			if
			:: wanted_still ->
				send_or_write(svc_seq);
				goto write
			:: else
			fi
		:: is_requested && !is_new && retrying && !asleep ->
			retrying = false;
			starting = true;
			svc_takes();
			b = by;
			wanted_still = false;
			printf("service| tries the request again\n")
		:: else -> goto work
		fi
	}
	atomic {
		/* still_wanted(): hypercalls; control_revoke(): what is read is left to the gate */
		wanted_still = wanted_still || asker_bound(b);
		fresh = false;
		if
		:: !wanted_still -> control_revoke(fresh)
		:: else
		fi;
		if
		:: wanted_still || fresh -> send_or_write(svc_seq); goto write
		:: !(wanted_still || fresh) && assumed(NO_JOINER) -> deserted(b); goto work
		:: !(wanted_still || fresh) && !assumed(NO_JOINER)
		fi
	}
	atomic { deserted(b) };
	goto work;
write:
	/* trigger_write(), attempt_asked(), control_write(), which looks at the word */
	atomic {
		if
		/* Found again as the guest has woken up */
		:: written && written_for && svc_seq -> starting = false; goto ahead
		:: !(written && written_for && svc_seq) && going ->
			starting = false;
			hs_drop(svc_seq, FOR_OTHER);
			goto ahead
		:: else
		fi;
		if
		:: is_requested && svc_seq -> writing = true
		:: else -> starting = false; goto ahead
		fi
	}
	atomic {
		written = true;
		written_for = svc_seq;
		written_watch = svc_watch
	}
	atomic {
		if
		:: asks = true;
			by_us = true;
			control_changed();
			fresh = false;
			printf("service| writes suspend into control/shutdown\n")
		:: xserr ->
			xserr--;
			fresh = true;
			printf("service| cannot write control/shutdown: the request has failed\n");
			control_forget()
		fi;
		writing = false;
		starting = false;
		if
		:: !fresh -> goto ahead
		:: else
		fi
	}
	atomic { hs_drop(svc_seq, FOR_OTHER) }
ahead:
	/* offer_ahead() */
	atomic {
		fresh = false;
		trusted = gives_back;
		if
		:: gives_back || !published || b != offered || !slot_bound(b) -> goto work
		:: else
		fi
	}
	atomic {
		if
		:: held_open ->
			printf("service| closes port %d: its toolstack's subscription is gone\n", 2 - offered);
			close_port(1 - offered)
		:: else
		fi
	}
	replace_it();
work:
	/* trigger_refill() and expire_request() */
	atomic {
		if
		:: DIRECT && !have_event && nomem -> nomem--
		:: DIRECT && !have_event -> have_event = true
		:: else
		fi;
		if
		:: is_requested && !expired && late ->
			expired = true;
			svc_takes()
		:: is_requested && expired && late && is_long_over ->
			CLAIM("BROKEN told_at_once\n", XSERR);
			svc_takes();
			control_forget();
			goto too_late
		:: else -> goto jobs
		fi
	}
	/* trigger_expire(): a transaction if it was written, then the drop */
	atomic {
		control_revoke(fresh);
		if
		:: fresh -> goto jobs
		:: else
		fi
	}
too_late:
	atomic {
		printf("service| drops the request: it is too late\n");
		hs_drop(svc_seq, FOR_LATE)
	}
jobs:
	atomic {
		svc_seq = false;
		svc_watch = false;
		if
		:: job_awake -> job_awake = false; kicked = false
		:: else
		fi;
		if
		:: job_retry ->
			job_retry = false;
			retrying = retrying || (kicked && retry_seq)
		:: else
		fi;
		if
		:: job_restored ->
			/* offer_new_domain(), release_new_domain() */
			printf("service| a new domain: forgets all that was agreed\n");
			job_restored = false;
			close_slot(0);
			close_slot(1);
			published = 0;
			unsure = 0;
			suspended_since = false;
			replace = false;
			negotiate_again = false;
			pinned = false;
			may_be_subscribed = false;
			any_request = false;
			job_look = true
		:: else
		fi;
		if
		:: !job_resumed || goes -> job_resumed = false; goto due_jobs
		:: else -> job_resumed = false
		fi
	}
	/* release_resumed() */
	atomic {
		if
		:: is_used ->
			may_be_subscribed = true;
			pinned = pinned || !unloading
		:: else
		fi
	}
	/* offer_resumed(): learn() */
	atomic {
		if
		:: to_learn -> gives_back = !slot_bound(by); to_learn = false
		:: else
		fi
	}
	atomic {
		if
		:: held_open && asked_by[offered] && !(req && by != offered) -> fresh = true
		:: else -> fresh = false
		fi
	}
	atomic {
		if
		:: fresh ->
			printf("service| closes port %d, which another has succeeded\n", 2 - offered);
			close_port(1 - offered)
		:: else
		fi;
		replace = is_held;
		bound_published = false;
		patient = !suspended_since;
		suspended_since = false
	}
due_jobs:
	/* offer_when_due() */
	atomic {
		if
		:: !goes && replace && !(patient && owner_waits(offered)) ->
			replace = false;
			if
			:: base == ARMED && !req && is_held ->
				CLAIM("BROKEN not_replaced_too_soon\n", !owner_waits(offered) || resumed_here || bound_published)
			:: else -> goto due_look
			fi
		:: else -> goto due_look
		fi
	}
	replace_it();
due_look:
	atomic {
		job_look = job_look || (negotiate_again && !goes);
		if
		:: !job_look -> goto release
		:: else -> job_look = false
		fi;
		if
		:: goes -> looked = true; goto release
		:: else
		fi
	}
	/* offer_look(): publish() */
	atomic {
		fresh = !open[offered];
		if
		:: fresh -> open_port(offered)
		:: else
		fi
	}
	atomic {
		/* hs_arm() */
		if
		:: base == DISARMED -> base = ARMED
		:: else
		fi
	}
	atomic {
		if
		:: negotiate_again = false;
			publish(offered);
			if
			:: news && !replace -> replace = is_held; bound_published = replace; patient = false
			:: else
			fi;
			news = false;
			if
			:: !fresh || published -> looked = true; goto release
			:: else
			fi
		:: xserr && looked -> /* with the write done, or not done */
			xserr--;
			unsure = offered + 1;
			negotiate_again = true;
			printf("service| xenstored answers with an error\n");
			if
			:: writable -> node = offered + 1; CLAIM_NODE
			:: true
			fi;
			if
			:: !fresh -> looked = true; goto release
			:: else
			fi
		fi
	}
	/* close_unpublished() */
	atomic {
		if
		:: published || unsure ->
			if
			:: withdraw()
			:: xserr -> xserr--; looked = true; goto release
			fi
		:: else
		fi
	}
	atomic {
		looked = true;
		if
		:: base == ARMED && !req -> base = DISARMED
		:: else
		fi;
		if
		:: base == DISARMED -> close_slot(0); close_slot(1)
		:: else
		fi
	}
release:
	if
	:: atomic { !job_release || released -> goto sleep }
	:: atomic { job_release && !released && job_force -> svc_takes(); goto by_force }
	:: atomic { job_release && !released && !job_force ->
		/* release_gently(): in_use() */
		note_use();
		if
		:: in_use -> goto sleep
		:: else
		fi }
	fi;
	atomic {
		if
		:: published || unsure ->
			if
			:: withdraw()
			:: xserr -> xserr--; goto sleep
			fi
		:: else
		fi
	}
	atomic {
		note_use();
		if
		:: in_use -> job_look = true; goto sleep
		:: else
		fi
	}
	atomic {
		/* hs_disarm() */
		if
		:: base == DISARMED
		:: base == ARMED && !req -> base = DISARMED
		:: else -> job_look = true; goto sleep
		fi
	}
	atomic {
		printf("service| closes the port\n");
		close_port(0);
		close_port(1);
		goto gone
	}
by_force:
	atomic {
		if
		:: published || unsure ->
			if
			:: withdraw(); fresh = true
			:: xserr -> xserr--; fresh = false
			fi
		:: else -> fresh = true
		fi
	}
	atomic {
		control_revoke(news);
		if
		:: news -> news = false; goto sleep
		:: else
		fi
	}
	atomic { hs_drop(svc_seq, FOR_OTHER) }
	atomic {
		if
		:: base == ARMED && !req -> base = DISARMED
		:: else
		fi;
		if
		:: base != DISARMED -> goto sleep
		:: else
		fi
	}
	atomic {
		printf("service| closes the port, by force\n");
		if
		:: fresh -> close_port(0); close_port(1)
		:: else -> /* channel_abandon() */
			printf("service| leaves it open, unanswered: the node may hold it\n");
			irq[0] = false; irq[1] = false;
			open[0] = false; open[1] = false;
			owed[0] = (owed[0] == ASKED -> TOLD : owed[0]);
			owed[1] = (owed[1] == ASKED -> TOLD : owed[1])
		fi
	}
gone:
	atomic {
		CLAIM("BROKEN none_unloaded_while_subscribed\n", job_force || !asked_here);
		pinned = false;
		may_be_subscribed = false;
		released = true
	}
sleep:
	atomic { running = false }
	atomic {
		if
		:: has_work -> running = true
		:: else
		fi
	}
	/* It sleeps, and may be frozen there; frozen, it does not wake up. */
	at_rest = true;
end:
	atomic { !frozen && !freezing_threads && (running || due || stop_service) ->
		at_rest = false;
		running = true;
		if
		:: stop_service -> goto stopped
		:: else -> goto loop
		fi
	}
stopped:
	atomic {
		at_rest = true;
		service_ended = true
	}
}
