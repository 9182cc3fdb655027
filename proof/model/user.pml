/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one task of user space that does something with the module: rmmod, a reboot,
 * or the guest's own sleep. And the administrator of the host.
 */
bool user_ended;

#if UNLOAD
active proctype rmmod()
{
	atomic { looked && !user_frozen ->
		if
		:: pinned ->
			printf("rmmod| is refused: EBUSY\n");
			goto ended
		:: else ->
			printf("rmmod| begins to unload the module\n");
			unloading = true
		fi
	}
	/* release_for_unload() */
	atomic { !user_frozen -> job_release = true; wake() }
	if
	:: atomic { released && !user_frozen }
#if UNLOAD == 2
	:: atomic { !released && !user_frozen ->
		printf("rmmod| is interrupted: unloads by force\n");
		job_force = true;
		wake() };
		atomic { released && !user_frozen }
#endif
	fi;
	/* trigger_exit(), service_unwatch(): a worker waits for xenwatch */
	atomic { !in_callback && !user_frozen ->
		unwatched = true;
		ev_request = 0;
		ev_ours = false
	}
	atomic { !user_frozen -> device_gone = true }
	/* service_stop(): kthread_stop() does not freeze */
	atomic { !user_frozen ->
		user_freezable = false;
		stop_service = true
	}
	atomic { service_ended ->
		user_freezable = true;
		printf("rmmod| has unloaded the module\n")
	}
ended:
	atomic { user_ended = true }
}
#endif

#if REBOOT
active proctype reboot()
{
	atomic { looked && !user_frozen ->
		printf("reboot| the guest begins to go down\n");
		user_freezable = false;
		going = true
	}
	atomic { going_down = true }
	/* .shutdown: release_for_shutdown() */
	atomic {
		job_release = true;
		job_force = true;
		wake()
	}
	if
	:: atomic { released -> printf("reboot| the port is withdrawn and closed\n") }
	:: atomic { !released && in_suspend && up ->
		printf("reboot| five seconds are over: a suspend is under way\n") }
	fi;
	atomic { user_ended = true }
}
#endif

#if SLEEP
/* s2idle, or a transition that ends by itself: a hibernation snapshot, pm_test */
active proctype sleeper()
{
	byte times = SLEEP;
	bool idle, ok;

again:
	/* A task that has begun this is not frozen by anybody else. */
	atomic { times && !user_frozen ->
		times--;
		user_freezable = false;
		asleep = true;
		if
		:: idle = true; printf("sleeper| the guest begins to go to sleep (s2idle)\n")
		:: idle = false; printf("sleeper| the guest begins a transition of its own (hibernation)\n")
		fi
	}
	atomic {
		if
		:: in_suspend -> goto post	/* its freezer fails */
		:: else -> in_transition = true; freezing_threads = true
		fi
	}
	atomic { at_rest -> frozen = true; freezing_threads = false }
	/* .prepare, in this task: channel_sleeps() */
	atomic { wakes = idle }
	atomic {
		if
		:: wakes && is_requested -> wakeup = true
		:: else
		fi
	}
	if
	:: atomic { !idle -> may_pass(ok) };
		atomic { crossed(false) }
	:: atomic { idle && wakeup -> printf("sleeper| a request wakes the guest\n") }
	fi;
	/* .complete, in this task */
	atomic {
		wakes = false;
		wakeup = false;
		frozen = false;
		in_transition = false
	}
post:
	atomic {
		asleep = false;
		user_freezable = true;
		job_awake = true;
		wake();
		printf("sleeper| the guest is awake\n");
		goto again
	}
}
#endif

#if LAYOUT
active proctype administrator()
{
	byte changes = LAYOUT;
end:
	do
	:: atomic { changes && !goes ->
		changes--;
		if
		:: writable = !writable;
			printf("administrator| changes who may write the node\n")
		:: node = OTHER; printf("administrator| writes something else into the node\n")
		:: node = 0; printf("administrator| empties the node\n")
		:: node = ABSENT; writable = false; printf("administrator| removes the node\n")
		fi;
		/* Our watch on device: from before the first look */
		job_look = true;
		wake() }
	od
}
#endif
