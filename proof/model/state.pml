/* SPDX-License-Identifier: GPL-2.0 */
/* Who stands where: the toolstacks, and what the guest's contexts share. */

/* A toolstack */
#define IDLE	0
#define HAS_READ 1	/* the node */
#define BINDS	2	/* has bound the port, and is about to subscribe */
#define BINDED	3	/* has subscribed: it may copy memory for a long time now */
#define WAIT	4	/* has notified */
#define HAS	5	/* the guest is suspended, and it is this one's to go on with */
#define FREES	6	/* is about to unbind, or not to */

byte st[2];
bit port[2];
bool stale[2];			/* has bound a port that the node did not hold any more */
bool rival[2];			/* another one has asked since it has bound */
byte calls[2];
byte kills = KILLS, restores = RESTORES;
byte stock;			/* the third one: IDLE, WAIT or HAS */
byte stock_calls = STOCK;

/* struct channel */
bool open[2];			/* the slot has a port */
bool irq[2];			/* and an IRQ, which outlives the port in a restore */
bool mapped[2];			/* the kernel maps the port to that IRQ */
bit offered;
bool may_be_subscribed;		/* channel.subscribed */

/* struct negotiation */
byte published, unsure;		/* ports, counted from 1 */

/* struct offer */
bool replace, patient, negotiate_again;
bool gives_back;		/* the toolstack is known to give its port back */
bool suspended_since;		/* offer.suspends is not what it was */

/* The rest of struct service, control and release */
bool retrying;
bool written;			/* control.written, for any request */
bool writing;			/* control.writing, the mutex */
bool pinned;
bool have_event = true;		/* trigger.event */
byte ev_request;		/* events of our own making on their way to xenwatch */

/* jobs */
bool job_look = true;
bool job_restored, job_resumed, job_awake, job_retry, job_release, job_force;
bool looked, released;		/* jobs.done */

/* The service thread's state: TASK_RUNNING? Is it where it may be frozen? */
bool running = true;
bool starting;			/* between finding a request and starting its suspend */
bool at_rest;
bool stop_service, service_ended;

bool going;			/* lifecycle.going_down */
bool going_down;		/* shutting_down of manage.c, set a moment later */
bool unloading;			/* rmmod is past the reference count */
bool unwatched;			/* our watches are given up */
bool device_gone;		/* and so are the device and the gate */
bool in_callback;		/* xenwatch runs a callback */
bool asleep;			/* lifecycle.asleep */
bool wakes;			/* channel.asleep: a request wakes the guest */
bool wakeup;			/* pm_system_wakeup() */

bool in_suspend;		/* do_suspend() runs */
bool by_manage;			/* manage.c has called it */
bool ticks = true;		/* CPU 0 has its timer */
bool transaction;		/* one of xenstore has not ended */
bool stood;			/* SCHEDOP_shutdown has been called */
bool another_has_it;		/* another frontend of a new domain, our port's number */
bool freezing_threads;		/* user space is frozen, kernel threads are being */
bool user_frozen, frozen;	/* tasks of user space are frozen; kernel threads, too */
bool in_transition;		/* a transition of the guest's own is under way */
bool user_freezable = true;	/* the user's task is where it can be frozen */

/* struct attempt */
#define NONE		0
#define PREPARED	1
#define GATED		2
#define CROSSED		3
#define COMPLETED	4
byte stage;
bool ours, thawed, restoring;

byte fails = FAILS, nomem = NOMEM, xserr = XSERR, others = OTHERS;

/* For properties: this domain has been resumed in place; Xen had no port left */
bool resumed_here, no_port;
/* A request has come in this domain; devices were told of a restore that never was */
bool asked_here, lied;

