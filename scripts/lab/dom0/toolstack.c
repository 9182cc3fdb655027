// SPDX-License-Identifier: GPL-2.0
/*
 * toolstack - ask a guest to suspend, as a toolstack does, and time it.
 *
 * Does what libxl does (libxl_dom_suspend.c, xg_suspend.c) and no more, so
 * that it can also do what libxl never would: ask twice, subscribe and leave,
 * die in the middle. The guest is resumed in place after every suspend.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenguest.h>
#include <xenstore.h>

#define MAX_SAMPLES 100000
#define MAX_FLOOD 64

static const char usage[] =
"usage: toolstack COMMAND DOMID [OPTION]...\n"
"  suspend    suspend and resume, one line of microseconds for each\n"
"  notify     send notifies only; whoever sends the last does not wait\n"
"  subscribe  bind and subscribe to the guest's port, then leave\n"
"  resume     resume a suspended domain in place (as a cancelled save does)\n"
"  state      print running, suspended, shut down or gone\n"
"options:\n"
"  --protocol evtchn|xenstore   how to ask (evtchn)\n"
"  --count N                    how often (1)\n"
"  --gap-ms M                   pause between two (0)\n"
"  --timeout S                  patience for one suspend (60, as libxl)\n"
"  --hold S                     stay subscribed for so long (0)\n"
"  --resume                     notify: resume the domain whenever it suspends\n"
"  --seconds S                  notify: as fast as possible, for so long\n"
"  --no-subscribe               notify without telling the hypervisor\n"
"  --die-after-notify           SIGKILL itself right after the request\n"
"  --flood-clients K            K clients hammer xenstored meanwhile\n";

static struct {
	const char *protocol;
	long count, gap_ms, timeout, hold, flood, seconds;
	bool no_subscribe, die, resume;
} opt = { .protocol = "evtchn", .count = 1, .timeout = 60 };

static unsigned int domid;
static xc_interface *xch;
static struct xs_handle *store;
static xenevtchn_handle *events;
static int channel = -1;		/* our end of the guest's port */
static pid_t flooders[MAX_FLOOD];

enum state { RUNNING, SUSPENDED, SHUT_DOWN, GONE };
static const char * const state_name[] = {
	"running", "suspended", "shut down", "gone"
};

static void stop_flood(void)
{
	for (int i = 0; i < opt.flood; i++)
		if (flooders[i] > 0)
			kill(flooders[i], SIGKILL);
}

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list args;

	stop_flood();
	fflush(stdout);
	va_start(args, format);
	fputs("toolstack: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000) + t.tv_nsec / 1000;
}

static enum state state(void)
{
	xc_domaininfo_t info;
	int reason;

	if (xc_domain_getinfolist(xch, domid, 1, &info) != 1 ||
	    info.domain != domid)
		return GONE;
	if (!(info.flags & XEN_DOMINF_shutdown))
		return RUNNING;
	reason = (info.flags >> XEN_DOMINF_shutdownshift) &
		 XEN_DOMINF_shutdownmask;
	return reason == SHUTDOWN_suspend ? SUSPENDED : SHUT_DOWN;
}

/* True once suspended; another end of the domain is an error. */
static bool suspended(void)
{
	enum state s = state();

	if (s == RUNNING)
		return false;
	if (s != SUSPENDED)
		die("the domain is %s", state_name[s]);
	return true;
}

static void resume(void)
{
	if (xc_domain_resume(xch, domid, 1))
		die("xc_domain_resume: %s", strerror(errno));
	if (!xs_resume_domain(store, domid))
		die("xs_resume_domain: %s", strerror(errno));
}

/*
 * Both protocols return true when told that the domain is suspended, false
 * when the time is over: like libxl, nobody looks whether it is all the same.
 */

/* --- the event channel --- */

static void gap(void)
{
	if (opt.gap_ms)		/* even usleep(0) would take its time */
		usleep(opt.gap_ms * 1000);
}

/* Wait for our port; false when the time is over. */
static bool await_event(uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { xenevtchn_fd(events), POLLIN, 0 };
		uint64_t t = now_us();
		xenevtchn_port_or_error_t port;

		if (t >= deadline || poll(&p, 1, (deadline - t) / 1000) <= 0)
			return false;
		port = xenevtchn_pending(events);
		if (port < 0)
			die("xenevtchn_pending: %s", strerror(errno));
		if (port != channel)
			continue;
		xenevtchn_unmask(events, port);
		return true;
	}
}

static void bind_channel(void)
{
	int port = xs_suspend_evtchn_port(domid);

	if (port < 0)
		die("the guest offers no event channel");
	events = xenevtchn_open(NULL, 0);
	if (!events)
		die("xenevtchn_open: %s", strerror(errno));
	channel = xenevtchn_bind_interdomain(events, domid, port);
	if (channel < 0)
		die("cannot bind port %d: %s", port, strerror(errno));
	if (!opt.no_subscribe &&
	    xc_domain_subscribe_for_suspend(xch, domid, port))
		die("cannot subscribe to port %d: %s", port, strerror(errno));
	printf("port=%d bound%s\n", port,
	       opt.no_subscribe ? "" : " and subscribed");
	/* A channel is pending right after binding: not an answer. */
	await_event(now_us() + 1000000);
}

static void notify(void)
{
	if (xenevtchn_notify(events, channel))
		die("xenevtchn_notify: %s", strerror(errno));
	if (opt.die) {
		fflush(stdout);
		stop_flood();
		raise(SIGKILL);
	}
}

static bool suspend_evtchn(uint64_t deadline)
{
	notify();
	do {
		if (!await_event(deadline))
			return false;
	} while (!suspended());
	return true;
}

/* --- the xenstore protocol --- */

/* Wait for a watch event with this token; false when the time is over. */
static bool await_watch(const char *token, uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { xs_fileno(store), POLLIN, 0 };
		char **event = xs_check_watch(store);
		uint64_t t = now_us();
		bool ours;

		if (event) {
			ours = !strcmp(event[XS_WATCH_TOKEN], token);
			free(event);
			if (ours)
				return true;
		} else if (t >= deadline ||
			   poll(&p, 1, (deadline - t) / 1000 + 1) <= 0) {
			return false;
		}
	}
}

static bool suspend_xenstore(uint64_t deadline)
{
	char path[64], *value;
	bool acked, told;

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	if (!xs_write(store, XBT_NULL, path, "suspend", 7))
		die("%s: %s", path, strerror(errno));
	if (opt.die) {
		stop_flood();
		raise(SIGKILL);
	}
	if (!xs_watch(store, path, "ack"))
		die("xs_watch: %s", strerror(errno));
	do {
		told = await_watch("ack", deadline);
		value = xs_read(store, XBT_NULL, path, NULL);
		acked = !value || strcmp(value, "suspend");
		free(value);
	} while (!acked && told);
	xs_unwatch(store, path, "ack");
	if (!acked) {
		xs_write(store, XBT_NULL, path, "", 0);
		return false;
	}
	if (!xs_watch(store, "@releaseDomain", "release"))
		die("xs_watch: %s", strerror(errno));
	do {
		told = await_watch("release", deadline);
	} while (told && !suspended());
	xs_unwatch(store, "@releaseDomain", "release");
	return told;
}

/* --- clients that keep xenstored busy, each in a directory of its own --- */

static void flood(int number)
{
	struct xs_handle *own = xs_open(0);
	char path[64], value[32];

	snprintf(path, sizeof(path), "/lab/flood/%d/value", number);
	for (unsigned int i = 0; own; i++) {
		snprintf(value, sizeof(value), "%u", i);
		xs_write(own, XBT_NULL, path, value, strlen(value));
		free(xs_read(own, XBT_NULL, path, NULL));
	}
	_exit(1);
}

static void start_flood(void)
{
	pid_t parent = getpid();

	for (int i = 0; i < opt.flood; i++) {
		flooders[i] = fork();
		if (flooders[i] < 0)
			die("fork: %s", strerror(errno));
		if (!flooders[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				flood(i);
			_exit(1);
		}
	}
	if (opt.flood)
		usleep(200000);		/* until they are under way */
}

/* --- commands --- */

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int do_suspend(void)
{
	static uint64_t sample[MAX_SAMPLES];
	bool evtchn = !strcmp(opt.protocol, "evtchn");
	long n;

	if (opt.count > MAX_SAMPLES)
		die("at most %d samples", MAX_SAMPLES);
	if (evtchn)
		bind_channel();
	start_flood();
	for (n = 0; n < opt.count; n++) {
		uint64_t start = now_us();
		uint64_t deadline = start + opt.timeout * UINT64_C(1000000);

		if (!(evtchn ? suspend_evtchn : suspend_xenstore)(deadline))
			die("sample %ld: told of no suspend in %ld s; the domain is %s",
			    n + 1, opt.timeout, state_name[state()]);
		sample[n] = now_us() - start;
		printf("sample=%ld us=%" PRIu64 "\n", n + 1, sample[n]);
		resume();
		gap();
	}
	stop_flood();
	qsort(sample, n, sizeof(sample[0]), ascending);
	if (n)
		printf("protocol=%s count=%ld min_us=%" PRIu64 " p50_us=%" PRIu64
		       " max_us=%" PRIu64 "\n", opt.protocol, n, sample[0],
		       sample[n / 2], sample[n - 1]);
	return 0;
}

/* Resume the domain if it has suspended by @deadline; true if it had. */
static bool resume_if_told(uint64_t deadline)
{
	if (!await_event(deadline) || !suspended())
		return false;
	resume();
	return true;
}

/* In a process of its own, so that nothing else takes its time. */
static pid_t start_storm(void)
{
	uint64_t end = now_us() + opt.seconds * UINT64_C(1000000);
	pid_t child, parent = getpid();
	unsigned long sent = 0;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent && now_us() < end) {
		notify();
		sent++;
	}
	printf("notified=%lu\n", sent);
	fflush(stdout);
	_exit(0);
}

static int do_notify(void)
{
	long resumed = 0;

	bind_channel();
	if (opt.seconds) {
		pid_t child = start_storm();

		while (waitpid(child, NULL, WNOHANG) == 0)
			if (resume_if_told(now_us() + 100000))
				resumed++;
		opt.count = 0;
	}
	for (long i = 0; i < opt.count; i++) {
		notify();
		if (opt.resume && resume_if_told(now_us() + 1))
			resumed++;
		gap();
	}
	if (!opt.seconds)
		printf("notified=%ld\n", opt.count);
	fflush(stdout);
	if (opt.resume) {
		while (resume_if_told(now_us() + opt.timeout * 1000000))
			resumed++;
		printf("resumed=%ld\n", resumed);
	}
	sleep(opt.hold);
	return 0;
}

static int do_subscribe(void)
{
	bind_channel();
	fflush(stdout);
	sleep(opt.hold);
	return 0;
}

static int do_resume(void)
{
	resume();
	return 0;
}

static int do_state(void)
{
	puts(state_name[state()]);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} commands[] = {
	{ "suspend", do_suspend }, { "notify", do_notify },
	{ "subscribe", do_subscribe }, { "resume", do_resume },
	{ "state", do_state },
};

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "protocol", 1, 0, 'p' }, { "count", 1, 0, 'c' },
		{ "gap-ms", 1, 0, 'g' }, { "timeout", 1, 0, 't' },
		{ "hold", 1, 0, 'h' }, { "flood-clients", 1, 0, 'f' },
		{ "no-subscribe", 0, 0, 'n' }, { "die-after-notify", 0, 0, 'd' },
		{ "resume", 0, 0, 'r' }, { "seconds", 1, 0, 's' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p': opt.protocol = optarg; break;
		case 'c': opt.count = atol(optarg); break;
		case 'g': opt.gap_ms = atol(optarg); break;
		case 't': opt.timeout = atol(optarg); break;
		case 'h': opt.hold = atol(optarg); break;
		case 'f': opt.flood = atol(optarg); break;
		case 'n': opt.no_subscribe = true; break;
		case 'd': opt.die = true; break;
		case 'r': opt.resume = true; break;
		case 's': opt.seconds = atol(optarg); opt.resume = true; break;
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (argc - optind != 2 || opt.count < 0 ||
	    opt.flood < 0 || opt.flood > MAX_FLOOD ||
	    (strcmp(opt.protocol, "evtchn") && strcmp(opt.protocol, "xenstore"))) {
		fputs(usage, stderr);
		exit(2);
	}
	domid = atoi(argv[optind + 1]);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[optind]))
			continue;
		xch = xc_interface_open(NULL, NULL, 0);
		store = xs_open(0);
		if (!xch || !store)
			die("no Xen or no xenstore: %s", strerror(errno));
		return commands[i].run();
	}
	fputs(usage, stderr);
	return 2;
}
