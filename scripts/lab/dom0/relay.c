// SPDX-License-Identifier: GPL-2.0
/*
 * relay LOG [OPTION]... COMMAND [ARGUMENT]...
 *
 * Stands between the two ends of a migration: runs the receiver, copies the
 * stream to it and its answers back, and cuts the connection at a moment that is
 * a condition, not a time. LOG tells what was done.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol.h"
#include "util.h"

static const char usage[] =
"usage: relay LOG [OPTION]... COMMAND [ARGUMENT]...\n"
"when it cuts, before it passes on what shows that:\n"
"  --text TEXT        either end says so\n"
"  --bytes N          so many bytes of the stream have passed\n"
"  --suspended DOMID  the domain is suspended\n"
"  --more N           with that: and N bytes have passed since\n"
"how (gone):\n"
"  --how gone         it is not there any more, for both ends\n"
"  --how kill         the receiver is killed\n"
"  --how reset        the sender's TCP connection is reset\n"
"  --how hold         nothing passes any more, until the sender has gone\n"
"  --listen PORT      the sender comes by TCP\n";

enum how { LEAVE, KILL, RESET, HOLD };
static const char * const how_name[] = { "gone", "kill", "reset", "hold" };

static struct {
	const char *text;
	uint64_t bytes, more;
	unsigned int domid;
	enum how how;
	int port;
} opt;

/* One direction; tail is what a text that is looked for may begin with. */
struct way {
	int from, to;
	uint64_t passed;
	char tail[64];
	size_t kept;
};

static struct way forth = { .from = 0 }, back = { .to = 1 };
static FILE *told;
static pid_t receiver;
static uint64_t suspended_at;		/* bytes that had passed by then */
static bool seen;

static void accept_sender(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(opt.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, fd;

	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(server, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(server, 1))
		die("port %d: %s", opt.port, strerror(errno));
	fprintf(told, "listens\n");
	fd = accept(server, NULL, NULL);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		die("port %d: %s", opt.port, strerror(errno));
	close(fd);
	close(server);
}

static void start(char **command)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	receiver = fork();
	if (receiver < 0)
		die("fork: %s", strerror(errno));
	if (!receiver) {
		/* A group of its own, to be killed as one */
		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execvp(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	close(in[0]);
	close(out[1]);
	forth.to = in[1];
	back.from = out[0];
}

static void finish(void) __attribute__((noreturn));

static void finish(void)
{
	fprintf(told, "passed %" PRIu64 " bytes, %" PRIu64 " back\n",
		forth.passed, back.passed);
	close(forth.to);
	close(back.from);
	close(0);
	close(1);
	while (waitpid(receiver, NULL, 0) < 0 && errno == EINTR)
		;
	fprintf(told, "ended\n");
	exit(0);
}

/* Nothing is read any more: only the sender's end is waited for. */
static void hold(void)
{
	struct pollfd p = { 0, 0, 0 };

	while (poll(&p, 1, -1) != 1)
		;
}

static void cut(void) __attribute__((noreturn));

static void cut(void)
{
	const struct linger at_once = { 1, 0 };

	fprintf(told, "cut: %s\n", how_name[opt.how]);
	if (opt.how == KILL)
		kill(-receiver, SIGKILL);
	if (opt.how == RESET && setsockopt(0, SOL_SOCKET, SO_LINGER, &at_once,
					   sizeof(at_once)))
		die("SO_LINGER: %s", strerror(errno));
	if (opt.how == HOLD)
		hold();
	finish();
}

static void pass(struct way *way, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(way->to, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			finish();
		way->passed += done;
		data += done;
		size -= done;
	}
}

/* Whether the text is in what came last and this. */
static bool says(struct way *way, const char *data, size_t size)
{
	size_t length = opt.text ? strlen(opt.text) : 0;
	static char both[64 + 65536];
	size_t whole = way->kept + size;
	bool found;

	if (!length)
		return false;
	memcpy(both, way->tail, way->kept);
	memcpy(both + way->kept, data, size);
	found = memmem(both, whole, opt.text, length);
	way->kept = whole < length - 1 ? whole : length - 1;
	memcpy(way->tail, both + whole - way->kept, way->kept);
	return found;
}

/* Cut now if the domain is suspended, and as much has passed since as wanted. */
static void look(void)
{
	if (!opt.domid)
		return;
	if (!seen && state() == SUSPENDED) {
		seen = true;
		suspended_at = forth.passed;
		fprintf(told, "suspended\n");
	}
	if (seen && forth.passed - suspended_at >= opt.more)
		cut();
}

/* How many of these bytes may pass before it cuts */
static size_t allowed(const struct way *way, size_t size)
{
	uint64_t left = size;

	if (way == &forth && opt.bytes)
		left = opt.bytes - forth.passed;
	if (way == &forth && seen)
		left = suspended_at + opt.more - forth.passed;
	return left < size ? left : size;
}

/* False at the end of that way. */
static bool copy(struct way *way)
{
	static char data[65536];
	ssize_t got = read(way->from, data, sizeof(data));

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0)
		return false;
	look();
	if (says(way, data, got))
		cut();
	pass(way, data, allowed(way, got));
	look();
	if (way == &forth && opt.bytes && forth.passed >= opt.bytes)
		cut();
	return true;
}

static enum how how(const char *name)
{
	for (size_t i = 0; i < sizeof(how_name) / sizeof(how_name[0]); i++)
		if (!strcmp(how_name[i], name))
			return i;
	die("how: %s?", name);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "text", 1, 0, 't' }, { "bytes", 1, 0, 'b' },
		{ "suspended", 1, 0, 's' }, { "more", 1, 0, 'm' },
		{ "how", 1, 0, 'h' }, { "listen", 1, 0, 'l' }, { 0 }
	};
	int c;

	/* "+": what is the command's is left alone. */
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 't': opt.text = optarg; break;
		case 'b': opt.bytes = strtoull(optarg, NULL, 10); break;
		case 's': opt.domid = atoi(optarg); break;
		case 'm': opt.more = strtoull(optarg, NULL, 10); break;
		case 'h': opt.how = how(optarg); break;
		case 'l': opt.port = atoi(optarg); break;
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (opt.text && strlen(opt.text) > sizeof(forth.tail))
		die("--text: too long");
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	told = fopen(argv[1], "we");
	if (!told)
		die("%s: %s", argv[1], strerror(errno));
	setvbuf(told, NULL, _IOLBF, 0);
	parse(argc - 1, argv + 1);
	signal(SIGPIPE, SIG_IGN);
	if (opt.domid)
		open_domain(opt.domid);
	if (opt.port)
		accept_sender();
	start(argv + 1 + optind);
	for (;;) {
		struct pollfd p[] = { { forth.from, POLLIN, 0 },
				      { back.from, POLLIN, 0 } };

		if (poll(p, 2, 10) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		look();
		if (p[1].revents && !copy(&back))
			finish();
		if (p[0].revents && !copy(&forth)) {
			/* The receiver may still have something to say. */
			close(forth.to);
			forth.from = -1;
		}
	}
}
