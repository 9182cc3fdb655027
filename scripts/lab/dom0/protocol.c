// SPDX-License-Identifier: GPL-2.0
/*
 * Both ways to ask a guest to suspend, as libxl does (libxl_dom_suspend.c,
 * xg_suspend.c) and no more.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenguest.h>
#include <xenstore.h>
#include <xen/hvm/params.h>

#include "protocol.h"
#include "util.h"

static unsigned int domid;
static xc_interface *xch;
static struct xs_handle *store;
static xenevtchn_handle *events;
static int channel = -1;		/* our end of the guest's port */

const char * const state_name[] = {
	"running", "suspended", "shut down", "gone"
};

void open_domain(unsigned int id)
{
	domid = id;
	xch = xc_interface_open(NULL, NULL, 0);
	store = xs_open(0);
	if (!xch || !store)
		die("no Xen or no xenstore: %s", strerror(errno));
}

enum state state(void)
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

unsigned int s_state(void)
{
	uint64_t value = 0;

	if (xc_hvm_param_get(xch, domid, HVM_PARAM_ACPI_S_STATE, &value))
		die("no ACPI S-state: %s", strerror(errno));
	return value;
}

bool suspended(void)
{
	enum state s = state();

	if (s == RUNNING)
		return false;
	if (s != SUSPENDED)
		die("the domain is %s", state_name[s]);
	return true;
}

/*
 * One at a time: xc_domain_resume() reads the vCPU's registers and writes them
 * back, which would rewind a guest that another toolstack has resumed in
 * between.
 */
void resume(void)
{
	int lock = open("/run/toolstack-resume", O_CREAT | O_RDWR | O_CLOEXEC,
			0600);

	if (lock < 0 || flock(lock, LOCK_EX))
		die("/run/toolstack-resume: %s", strerror(errno));
	if (state() == SUSPENDED) {
		if (xc_domain_resume(xch, domid, 1))
			die("xc_domain_resume: %s", strerror(errno));
		if (!xs_resume_domain(store, domid))
			die("xs_resume_domain: %s", strerror(errno));
	}
	close(lock);
}

/* --- the event channel --- */

bool await_event(uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { xenevtchn_fd(events), POLLIN, 0 };
		uint64_t t = now_us();
		int ms = t < deadline ? (deadline - t) / 1000 : 0;
		xenevtchn_port_or_error_t port;

		if (poll(&p, 1, ms) <= 0)
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

void bind_channel(bool subscribe)
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
	if (subscribe && xc_domain_subscribe_for_suspend(xch, domid, port))
		die("cannot subscribe to port %d: %s", port, strerror(errno));
	printf("port=%d bound%s\n", port, subscribe ? " and subscribed" : "");
	/* A channel is pending right after binding: not an answer. */
	await_event(now_us() + 1000000);
}

void notify(void)
{
	if (xenevtchn_notify(events, channel))
		die("xenevtchn_notify: %s", strerror(errno));
}

static bool await_evtchn(uint64_t deadline, struct moment *told)
{
	do {
		if (!await_event(deadline))
			return false;
	} while (!suspended());
	*told = now();
	return true;
}

const struct protocol by_event_channel = { "evtchn", notify, await_evtchn };

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

static void shutdown_path(char path[], size_t size)
{
	snprintf(path, size, "/local/domain/%u/control/shutdown", domid);
}

static void ask_xenstore(void)
{
	char path[64];

	shutdown_path(path, sizeof(path));
	if (!xs_write(store, XBT_NULL, path, "suspend", 7))
		die("%s: %s", path, strerror(errno));
}

/*
 * As libxl, it waits for @releaseDomain only when the acknowledgement's watch is
 * gone: that round trip is the protocol's. The one at the end is not.
 */
static bool await_xenstore(uint64_t deadline, struct moment *told)
{
	char path[64], *value;
	bool acked, fired;

	shutdown_path(path, sizeof(path));
	if (!xs_watch(store, path, "ack"))
		die("xs_watch: %s", strerror(errno));
	do {
		fired = await_watch("ack", deadline);
		value = xs_read(store, XBT_NULL, path, NULL);
		acked = !value || strcmp(value, "suspend");
		free(value);
	} while (!acked && fired);
	xs_unwatch(store, path, "ack");
	if (!acked) {
		xs_write(store, XBT_NULL, path, "", 0);
		return false;
	}
	if (!xs_watch(store, "@releaseDomain", "release"))
		die("xs_watch: %s", strerror(errno));
	do {
		fired = await_watch("release", deadline);
	} while (fired && !suspended());
	*told = now();
	xs_unwatch(store, "@releaseDomain", "release");
	return fired;
}

const struct protocol by_xenstore = { "xenstore", ask_xenstore, await_xenstore };
