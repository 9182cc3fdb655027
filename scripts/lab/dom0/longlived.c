// SPDX-License-Identifier: GPL-2.0
/*
 * longlived NAME [--pause-ms M] [--wait S]
 *
 * A toolstack that lives on, as libvirtd does: one process with one libxl
 * context suspends, resumes, saves and restores the domain called NAME, by the
 * lines that it reads:
 *
 *   suspend [N]      libxl_domain_suspend_only() and a resume in place, N times
 *   save FILE        libxl_domain_suspend(), then the domain is destroyed
 *   restore FILE     the domain that was saved, made anew
 *   quit
 *
 * Each is answered with lines "WHAT: OK, T ms" or "WHAT: failed (ERROR), T ms".
 * libxl keeps the guest's port that it has bound for suspend_only(). With --wait
 * each suspend is followed by a wait, for at most S seconds, for the guest's
 * node to name another ("ready"); a stock guest's is empty.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libxl.h>
#include <libxl_utils.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>
#include <xentoollog.h>

#include "util.h"

static libxl_ctx *ctx;
static struct xs_handle *store;
static uint32_t domid;
static long pause_ms, patience_s;
static libxl_domain_config config;	/* of the domain that was saved */

static double ms_since(uint64_t start)
{
	return (now_us() - start) / 1e3;
}

static bool report(const char *what, int error, uint64_t start)
{
	printf("%s: ", what);
	if (error)
		printf("failed (%d)", error);
	else
		printf("OK");
	printf(", %.0f ms\n", ms_since(start));
	return !error;
}

static void node_path(char path[], size_t size)
{
	snprintf(path, size,
		 "/local/domain/%u/device/suspend/event-channel", domid);
}

/* What the guest's node says, to be freed; "" if it is absent. */
static char *node(void)
{
	char path[64], *value;

	node_path(path, sizeof(path));
	value = xs_read(store, XBT_NULL, path, NULL);
	return value ? value : strdup("");
}

/* Whether the next call has a port, or needs none, if this one took @held. */
static bool ready_after(const char *held)
{
	char *port = node();
	bool ready = !*held || (*port && strcmp(port, held));

	free(port);
	return ready;
}

static void await_ready(const char *held)
{
	uint64_t start = now_us();
	double left = patience_s * 1e3;
	bool ready = false;
	char path[64];

	node_path(path, sizeof(path));
	if (!xs_watch(store, path, "node"))
		die("%s: %s", path, strerror(errno));
	while (!ready && left > 0) {
		struct pollfd p = { xs_fileno(store), POLLIN, 0 };
		char **event = xs_check_watch(store);

		/* The first one comes at once. */
		if (event)
			ready = ready_after(held);
		else
			poll(&p, 1, left);
		free(event);
		left = patience_s * 1e3 - ms_since(start);
	}
	xs_unwatch(store, path, "node");
	printf("%s, %.0f ms\n", ready ? "ready: OK" : "ready: failed (same port)",
	       ms_since(start));
}

/* As libvirt does, also if the port is still the same. */
static void suspend(long count)
{
	for (long i = 0; i < count; i++) {
		uint64_t start;
		char *held;
		int error;

		if (i && pause_ms)
			usleep(pause_ms * 1000);
		held = node();
		start = now_us();
		error = libxl_domain_suspend_only(ctx, domid, NULL);
		if (report("suspend", error, start)) {
			start = now_us();
			error = libxl_domain_resume(ctx, domid, 1, NULL);
			report("resume", error, start);
		}
		if (!error && patience_s)
			await_ready(held);
		free(held);
		if (error)
			return;
	}
}

static void save(const char *file)
{
	int fd = open(file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t start = now_us();
	int error;

	if (fd < 0)
		die("%s: %s", file, strerror(errno));
	libxl_domain_config_dispose(&config);
	libxl_domain_config_init(&config);
	error = libxl_retrieve_domain_configuration(ctx, domid, &config, NULL);
	if (!error)
		error = libxl_domain_suspend(ctx, domid, fd, 0, NULL);
	close(fd);
	if (error) {
		report("save", error, start);
		libxl_domain_resume(ctx, domid, 1, NULL);
		return;
	}
	report("save", libxl_domain_destroy(ctx, domid, NULL), start);
}

static void restore(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), error;
	libxl_domain_restore_params params;
	uint64_t start = now_us();

	if (fd < 0)
		die("%s: %s", file, strerror(errno));
	libxl_domain_restore_params_init(&params);
	params.stream_version = 2;
	error = libxl_domain_create_restore(ctx, &config, &domid, fd, -1,
					    &params, NULL, NULL);
	libxl_domain_restore_params_dispose(&params);
	close(fd);
	if (!error)
		error = libxl_domain_unpause(ctx, domid, NULL);
	report("restore", error, start);
}

/* Returns false at the end. */
static bool obey(char *line, const char *name)
{
	char *what = strtok(line, " \n"), *rest = strtok(NULL, " \n");

	if (!what || !strcmp(what, "quit"))
		return false;
	/* Others may have saved and restored it meanwhile. */
	if (strcmp(what, "restore") && libxl_name_to_domid(ctx, name, &domid))
		printf("%s: no such domain\n", what);
	else if (!strcmp(what, "suspend"))
		suspend(rest ? atol(rest) : 1);
	else if (!strcmp(what, "save") && rest)
		save(rest);
	else if (!strcmp(what, "restore") && rest)
		restore(rest);
	else
		printf("%s: not understood\n", what);
	printf("done\n");
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pause-ms", 1, 0, 'p' }, { "wait", 1, 0, 'w' }, { 0 }
	};
	xentoollog_logger_stdiostream *log;
	char line[256];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p')
			pause_ms = atol(optarg);
		else if (c == 'w')
			patience_s = atol(optarg);
		else
			return 2;
	}
	if (argc - optind != 1) {
		fprintf(stderr, "usage: longlived NAME [--pause-ms M] [--wait S]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	log = xtl_createlogger_stdiostream(stdout, XTL_ERROR, 0);
	store = xs_open(0);
	if (!log || !store ||
	    libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, (xentoollog_logger *)log))
		die("no libxl or no xenstore: %s", strerror(errno));
	libxl_domain_config_init(&config);
	while (fgets(line, sizeof(line), stdin) && obey(line, argv[optind]))
		;
	libxl_domain_config_dispose(&config);
	libxl_ctx_free(ctx);
	xs_close(store);
	return 0;
}
