// SPDX-License-Identifier: GPL-2.0
/*
 * guest-run DOMID LOG SECONDS COMMAND
 *
 * Runs a shell command inside a guest, prints its output and exits with its
 * status. The command is typed on the guest's console (the pty xenconsoled
 * made for it); the answer is read from xenconsoled's log, between two
 * markers of this run, because what others read from the pty is gone.
 *
 * Exits with 124 when the time is over, 125 when there is no such guest.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

enum { TIMED_OUT = 124, NO_GUEST = 125 };

static struct xs_handle *store;

static void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("guest-run: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A guest that is gone answers no more: say so at once. */
static void check_alive(int domid)
{
	char path[64], *value;

	snprintf(path, sizeof(path), "/local/domain/%d/domid", domid);
	value = xs_read(store, XBT_NULL, path, NULL);
	if (!value)
		die(NO_GUEST, "domain %d is gone", domid);
	free(value);
}

/* The console's pty; after a restore xenconsoled may need a moment. */
static int open_console(int domid, double deadline)
{
	struct termios raw;
	char path[64];
	int fd = -1;

	snprintf(path, sizeof(path), "/local/domain/%d/console/tty", domid);
	do {
		char *tty = xs_read(store, XBT_NULL, path, NULL);

		check_alive(domid);

		if (tty && *tty)
			fd = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
		free(tty);
		if (fd < 0)
			usleep(10000);
	} while (fd < 0 && now() < deadline);
	if (fd < 0)
		die(NO_GUEST, "domain %d has no console", domid);
	if (!tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

/* Nobody else reads the pty now: keep it from filling up. */
static void drain(int console)
{
	char scratch[4096];

	while (read(console, scratch, sizeof(scratch)) > 0)
		;
}

static void type(int console, const char *text, double deadline)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t done = write(console, text, left);

		if (done > 0) {
			text += done;
			left -= done;
			continue;
		}
		if (done < 0 && errno != EAGAIN)
			die(NO_GUEST, "console: %s", strerror(errno));
		if (now() > deadline)
			die(TIMED_OUT, "the guest does not read its console");
		drain(console);
		usleep(2000);
	}
}

int main(int argc, char **argv)
{
	char begin[64], end[64], *text = NULL, *line, *first, *last = NULL;
	size_t len = 0, room = 0;
	double deadline, next_check;
	int console, log, domid;

	if (argc != 5) {
		fprintf(stderr, "usage: guest-run DOMID LOG SECONDS COMMAND\n");
		return 2;
	}
	deadline = now() + atof(argv[3]);
	next_check = now() + 0.5;
	domid = atoi(argv[1]);
	store = xs_open(0);
	if (!store)
		die(NO_GUEST, "no xenstore: %s", strerror(errno));
	console = open_console(domid, deadline);
	log = open(argv[2], O_RDONLY);
	if (log < 0)
		die(NO_GUEST, "%s: %s", argv[2], strerror(errno));
	lseek(log, 0, SEEK_END);

	snprintf(begin, sizeof(begin), "@begin-%d@\n", getpid());
	snprintf(end, sizeof(end), "@end-%d:", getpid());
	if (asprintf(&line, "printf '@begin-%%d@\\n' %d\n{ %s\n} </dev/null 2>&1; "
		     "printf '\\n@end-%%d:%%d@\\n' %d $?\n",
		     getpid(), argv[4], getpid()) < 0)
		die(1, "no memory");
	drain(console);
	type(console, line, deadline);

	for (;;) {
		ssize_t got;

		if (room - len < 4096) {
			room += 65536;
			text = realloc(text, room);
			if (!text)
				die(1, "no memory");
		}
		got = read(log, text + len, room - len - 1);
		if (got > 0) {
			len += got;
			text[len] = 0;
			first = strstr(text, begin);
			last = first ? strstr(first, end) : NULL;
			if (last && strchr(last, '\n'))
				break;
			continue;
		}
		if (now() > deadline) {
			fwrite(text, 1, len, stdout);
			fflush(stdout);
			die(TIMED_OUT, "no answer in %s s", argv[3]);
		}
		if (now() > next_check) {
			check_alive(domid);
			next_check = now() + 0.5;
		}
		drain(console);
		usleep(3000);
	}
	drain(console);
	first += strlen(begin);
	/* The line break before the marker is the marker's own. */
	if (last > first)
		fwrite(first, 1, last - first - 1, stdout);
	return atoi(last + strlen(end));
}
