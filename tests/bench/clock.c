// SPDX-License-Identifier: GPL-2.0
/*
 * protocol.c with a Xen in which each request to xenstored, and each look at the
 * domain, takes a millisecond of a clock of its own: prints what happened when.
 *
 *	clock evtchn|xenstore
 *
 * With -DTOOLSTACK it is that Xen alone, for all of toolstack.c. TICK_US is what
 * each look at the clock takes.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "util.h"

#define ROUND_TRIP 1000

static uint64_t clock_us = 1000000, tick_us;
static const char *watched;		/* the token whose watch is to fire next */
static int ready[2];			/* a pipe that always has something to read */

uint64_t now_us(void)
{
	return clock_us += tick_us;
}

struct moment now(void)
{
	uint64_t us = now_us();

	return (struct moment){ us, us };
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	exit(1);
}

static void took(const char *what, const char *path)
{
	clock_us += ROUND_TRIP;
	printf("%llu %s %s\n", (unsigned long long)clock_us, what, path);
}

/* --- Xen --- */

xc_interface *xc_interface_open(void *logger, void *dombuild, unsigned int flags)
{
	(void)logger; (void)dombuild; (void)flags;
	return (xc_interface *)ready;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
			  xc_domaininfo_t *info)
{
	(void)xch; (void)max;
	info->domain = first;
	info->flags = XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
	took("state", "domain");
	return 1;
}

int xc_hvm_param_get(xc_interface *xch, uint32_t domid, uint32_t param, uint64_t *value)
{
	(void)xch; (void)domid; (void)param;
	*value = 0;
	took("param", "domain");
	return 0;
}

int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast)
{
	(void)xch; (void)domid; (void)fast;
	return 0;
}

int xc_domain_subscribe_for_suspend(xc_interface *xch, uint32_t domid, uint32_t port)
{
	(void)xch; (void)domid; (void)port;
	return 0;
}

int xs_suspend_evtchn_port(int domid)
{
	(void)domid;
	return 8;
}

xenevtchn_handle *xenevtchn_open(void *logger, unsigned int flags)
{
	(void)logger; (void)flags;
	return (xenevtchn_handle *)ready;
}

int xenevtchn_fd(xenevtchn_handle *handle)
{
	(void)handle;
	return ready[0];
}

int xenevtchn_bind_interdomain(xenevtchn_handle *handle, uint32_t domid, uint32_t port)
{
	(void)handle; (void)domid;
	return port;
}

int xenevtchn_pending(xenevtchn_handle *handle)
{
	(void)handle;
	return 8;
}

int xenevtchn_unmask(xenevtchn_handle *handle, uint32_t port)
{
	(void)handle; (void)port;
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *handle, uint32_t port)
{
	(void)handle; (void)port;
	return 0;
}

/* --- xenstored: what is watched fires at once, and the guest has acknowledged --- */

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)ready;
}

bool xs_watch(struct xs_handle *handle, const char *path, const char *token)
{
	(void)handle;
	watched = token;
	took("watch", path);
	return true;
}

bool xs_unwatch(struct xs_handle *handle, const char *path, const char *token)
{
	(void)handle; (void)token;
	watched = NULL;
	took("unwatch", path);
	return true;
}

char **xs_check_watch(struct xs_handle *handle)
{
	char **event;

	(void)handle;
	if (!watched)
		return NULL;
	event = malloc(2 * sizeof(*event));
	event[XS_WATCH_TOKEN] = (char *)watched;
	return event;
}

int xs_fileno(struct xs_handle *handle)
{
	(void)handle;
	return ready[0];
}

void *xs_read(struct xs_handle *handle, uint32_t transaction, const char *path,
	      unsigned int *len)
{
	(void)handle; (void)transaction; (void)len;
	took("read", path);
	return strdup("");
}

bool xs_write(struct xs_handle *handle, uint32_t transaction, const char *path,
	      const void *data, unsigned int len)
{
	(void)handle; (void)transaction; (void)data; (void)len;
	took("write", path);
	return true;
}

bool xs_resume_domain(struct xs_handle *handle, unsigned int domid)
{
	(void)handle; (void)domid;
	return true;
}

__attribute__((constructor)) static void set_up(void)
{
	const char *tick = getenv("TICK_US");

	tick_us = tick ? strtoull(tick, NULL, 10) : 0;
	if (pipe(ready) || write(ready[1], "", 1) != 1)
		exit(1);
}

#ifndef TOOLSTACK
int main(int argc, char **argv)
{
	const struct protocol *protocol = argc > 1 && !strcmp(argv[1], "xenstore")
					  ? &by_xenstore : &by_event_channel;
	struct moment told = { 0, 0 };

	open_domain(1);
	if (protocol == &by_event_channel)
		bind_channel(true);
	protocol->ask();
	if (!protocol->await(clock_us + 1000000, &told))
		return 1;
	printf("told=%llu\n", (unsigned long long)told.us);
	return 0;
}
#endif
