/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing moves any more: is all as it should be? */

/* A request would be answered, and a toolstack could bind what it reads. */
#define offers \
	(node >= 1 && node <= 2 && xport[node - 1] == UNBOUND && base == ARMED && \
	 irq[node - 1] && mapped[node - 1])
/* Without time, a toolstack waits for ever that was told nothing, or of no suspend. */
#define still_waits	(!TIME && node >= 1 && node <= 2 && owner_waits(node - 1))
#define ready_to_offer	(!still_waits && writable && !released && !goes && !asleep && !no_port && !stale[0] && !stale[1])

active proctype rest()
{
	atomic { timeout ->
		CLAIM("BROKEN all_comes_to_rest\n", !in_suspend && base != SUSPENDING && base != RESUMING);
		CLAIM("BROKEN no_notify_lost\n", owed[0] != ASKED && owed[1] != ASKED && !req);
#if !TIME && !FAILS && !KILLS && !XSERR && !CALLS1 && !STOCK
		CLAIM("BROKEN each_request_served\n", owed[0] != TOLD && owed[1] != TOLD);
#endif
		CLAIM("BROKEN no_stock_request_lost\n", owed[STOCKS] != ASKED || taken_from_stock);
#if UNLOAD
		CLAIM("BROKEN unload_ends\n", user_ended || (job_release && may_be_subscribed));
#endif
#if REBOOT
		CLAIM("BROKEN reboot_ends\n", user_ended);
		CLAIM("BROKEN reboot_ends\n", released && node == 0);
#endif
		CLAIM("BROKEN port_bindable_again\n", !ready_to_offer || offers || \
		      (assumed(NO_PART_BY_OTHER) && part_by_other))
	}
}
