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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "protocol.h"
#include "util.h"

#define MAX_SAMPLES 100000

static const char usage[] =
"usage: toolstack COMMAND DOMID [OPTION]...\n"
"  suspend    suspend and resume, one line of microseconds for each\n"
"  notify     send notifies only; whoever sends the last does not wait\n"
"  subscribe  bind and subscribe to the guest's port, then leave\n"
"  resume     resume a suspended domain in place (as a cancelled save does)\n"
"  state      print running, suspended, shut down or gone\n"
"  s-state    print an HVM guest's ACPI S-state: 3 if it is asleep\n"
"options:\n"
"  --protocol evtchn|xenstore   how to ask (evtchn)\n"
"  --count N                    how often (1)\n"
"  --gap-ms M                   pause between two (0)\n"
"  --timeout S                  patience for one suspend (60, as libxl)\n"
"  --hold S                     stay subscribed for so long (0)\n"
"  --resume                     notify: resume the domain whenever it suspends\n"
"  --seconds S                  notify: as fast as possible, for so long;\n"
"                               suspend: no longer than that\n"
"  --at-ms T                    suspend: begin at that time of CLOCK_MONOTONIC\n"
"  --no-subscribe               notify without telling the hypervisor\n"
"  --die-after-notify           SIGKILL itself right after the request\n"
"  --flood-clients K            K clients hammer xenstored meanwhile\n";

static struct {
	const struct protocol *protocol;
	long count, gap_ms, timeout, hold, flood, seconds;
	uint64_t at_ms;
	bool no_subscribe, die, resume;
} opt = { .protocol = &by_event_channel, .count = 1, .timeout = 60 };

static void gap(void)
{
	if (opt.gap_ms)		/* even usleep(0) would take its time */
		usleep(opt.gap_ms * 1000);
}

/* Several of these are to begin at once: one that comes late says so. */
static void sleep_until(uint64_t ms)
{
	struct timespec at = { ms / 1000, ms % 1000 * 1000000 };
	uint64_t us = now_us();

	if (us > ms * 1000)
		printf("late_us=%" PRIu64 "\n", us - ms * 1000);
	/* An absolute time: what is left may be over before it is slept for. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* --- clients that keep xenstored busy, each in a directory of its own --- */

static void flood(int number, int under_way)
{
	struct xs_handle *own = xs_open(0);
	char path[64], value[32];

	snprintf(path, sizeof(path), "/lab/flood/%d/value", number);
	for (unsigned int i = 0; own; i++) {
		snprintf(value, sizeof(value), "%u", i);
		xs_write(own, XBT_NULL, path, value, strlen(value));
		free(xs_read(own, XBT_NULL, path, NULL));
		if (!i && (write(under_way, "", 1) != 1 || close(under_way)))
			break;
	}
	_exit(1);
}

static void start_flood(void)
{
	pid_t child, parent = getpid();
	int under_way[2];
	char byte;

	if (!opt.flood)
		return;
	if (pipe(under_way))
		die("pipe: %s", strerror(errno));
	for (int i = 0; i < opt.flood; i++) {
		child = fork();
		if (child < 0)
			die("fork: %s", strerror(errno));
		if (!child) {
			close(under_way[0]);
			/* However this process ends, they end with it. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				flood(i, under_way[1]);
			_exit(1);
		}
	}
	close(under_way[1]);
	/* Each has had its first answers before anything is measured. */
	for (int i = 0; i < opt.flood; i++)
		if (read(under_way[0], &byte, 1) != 1)
			die("a client of the flood has ended");
	close(under_way[0]);
}

/* --- commands --- */

static void die_if_told(void)
{
	if (opt.die)
		raise(SIGKILL);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int do_suspend(void)
{
	static uint64_t sample[MAX_SAMPLES];
	uint64_t begun;
	long n;

	if (opt.count > MAX_SAMPLES)
		die("at most %d samples", MAX_SAMPLES);
	if (opt.protocol == &by_event_channel)
		bind_channel(!opt.no_subscribe);
	start_flood();
	if (opt.at_ms)
		sleep_until(opt.at_ms);
	begun = now_us();
	for (n = 0; n < opt.count; n++) {
		struct moment start = now(), told;
		uint64_t deadline = start.us + opt.timeout * UINT64_C(1000000);

		opt.protocol->ask();
		die_if_told();
		if (!opt.protocol->await(deadline, &told))
			die("sample %ld: told of no suspend in %ld s; the domain is %s",
			    n + 1, opt.timeout, state_name[state()]);
		sample[n] = told.us - start.us;
		printf("sample=%ld us=%" PRIu64 " tsc=%" PRIu64 "-%" PRIu64 "\n",
		       n + 1, sample[n], start.tsc, told.tsc);
		resume();
		gap();
		if (opt.seconds &&
		    now_us() - begun >= opt.seconds * UINT64_C(1000000)) {
			n++;
			break;
		}
	}
	printf("elapsed_us=%" PRIu64 "\n", now_us() - begun);
	qsort(sample, n, sizeof(sample[0]), ascending);
	if (n)
		printf("protocol=%s count=%ld min_us=%" PRIu64 " p50_us=%" PRIu64
		       " max_us=%" PRIu64 "\n", opt.protocol->name, n, sample[0],
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
	_exit(0);
}

static int do_notify(void)
{
	long resumed = 0;

	bind_channel(!opt.no_subscribe);
	if (opt.seconds) {
		pid_t child = start_storm();

		while (waitpid(child, NULL, WNOHANG) == 0)
			if (resume_if_told(now_us() + 100000))
				resumed++;
		opt.count = 0;
	}
	for (long i = 0; i < opt.count; i++) {
		notify();
		die_if_told();
		if (opt.resume && resume_if_told(now_us()))
			resumed++;
		gap();
	}
	if (!opt.seconds)
		printf("notified=%ld\n", opt.count);
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
	bind_channel(!opt.no_subscribe);
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

static int do_s_state(void)
{
	printf("%u\n", s_state());
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} commands[] = {
	{ "suspend", do_suspend }, { "notify", do_notify },
	{ "subscribe", do_subscribe }, { "resume", do_resume },
	{ "state", do_state }, { "s-state", do_s_state },
};

/* NULL if there is none of that name. */
static const struct protocol *protocol(const char *name)
{
	if (!strcmp(name, by_xenstore.name))
		return &by_xenstore;
	return strcmp(name, by_event_channel.name) ? NULL : &by_event_channel;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "protocol", 1, 0, 'p' }, { "count", 1, 0, 'c' },
		{ "gap-ms", 1, 0, 'g' }, { "timeout", 1, 0, 't' },
		{ "hold", 1, 0, 'h' }, { "flood-clients", 1, 0, 'f' },
		{ "no-subscribe", 0, 0, 'n' }, { "die-after-notify", 0, 0, 'd' },
		{ "resume", 0, 0, 'r' }, { "seconds", 1, 0, 's' },
		{ "at-ms", 1, 0, 'a' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p': opt.protocol = protocol(optarg); break;
		case 'c': opt.count = atol(optarg); break;
		case 'g': opt.gap_ms = atol(optarg); break;
		case 't': opt.timeout = atol(optarg); break;
		case 'h': opt.hold = atol(optarg); break;
		case 'f': opt.flood = atol(optarg); break;
		case 'n': opt.no_subscribe = true; break;
		case 'd': opt.die = true; break;
		case 'r': opt.resume = true; break;
		case 's': opt.seconds = atol(optarg); opt.resume = true; break;
		case 'a': opt.at_ms = strtoull(optarg, NULL, 10); break;
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (argc - optind != 2 || opt.count < 0 || opt.flood < 0 ||
	    !opt.protocol) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[optind]))
			continue;
		/* Others wait for what it prints. */
		setvbuf(stdout, NULL, _IOLBF, 0);
		open_domain(atoi(argv[optind + 1]));
		return commands[i].run();
	}
	fputs(usage, stderr);
	return 2;
}
