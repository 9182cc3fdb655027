// SPDX-License-Identifier: GPL-2.0
/*
 * xenopsd DOMID COUNT
 *
 * Suspends the domain and resumes it in place as xenopsd does (XAPI's toolstack:
 * XCP-ng, XenServer), which never reads the suspend event channel's node. Each
 * step names the function of github.com/xapi-project/xen-api it is taken from.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "protocol.h"
#include "util.h"

/* ocaml/xenopsd/lib/xenopsd.ml: vm_suspend_ack_timeout, vm_suspend_timeout */
#define ACK_TIMEOUT_S 30
#define SUSPEND_TIMEOUT_S 1200

static struct xs_handle *store;
static char domain[32], request[64];

/* ocaml/xenopsd/xc/domain.ml: shutdown */
static void ask(void)
{
	bool committed;

	do {
		xs_transaction_t t = xs_transaction_start(store);
		unsigned int len;
		void *value = xs_read(store, t, domain, &len);

		if (!value)
			die("%s: %s", domain, strerror(errno));
		free(value);
		/* "Delete the node if it already exists." */
		xs_rm(store, t, request);
		if (!xs_write(store, t, request, "suspend", 7))
			die("%s: %s", request, strerror(errno));
		committed = xs_transaction_end(store, t, false);
		if (!committed && errno != EAGAIN)
			die("the transaction's end: %s", strerror(errno));
	} while (!committed);
}

/* Wait until it is so; looked at whenever a watch fires. False: it never was. */
static bool await(bool (*is_so)(void), uint64_t deadline)
{
	uint64_t t;

	while (!is_so()) {
		struct pollfd p = { xs_fileno(store), POLLIN, 0 };
		char **event = xs_check_watch(store);

		t = now_us();
		if (!event && t >= deadline)
			return false;
		if (!event)
			poll(&p, 1, (deadline - t) / 1000 + 1);
		free(event);
	}
	return true;
}

/* ocaml/xenopsd/xc/domain.ml: shutdown_wait_for_ack, Watch.value_to_become */
static bool acknowledged(void)
{
	unsigned int len;
	char *value = xs_read(store, XBT_NULL, request, &len);
	bool empty = value && !*value;

	if (!value)
		die("%s has disappeared", request);
	free(value);
	return empty;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: xenopsd DOMID COUNT");
	open_domain(atoi(argv[1]));
	store = xs_open(0);
	if (!store)
		die("no xenstore: %s", strerror(errno));
	snprintf(domain, sizeof(domain), "/local/domain/%d", atoi(argv[1]));
	snprintf(request, sizeof(request), "%s/control/shutdown", domain);
	/* ocaml/xenopsd/xc/xenops_server_xen.ml: wait_shutdown waits for an event of
	 * the domain, which comes of this watch.
	 */
	if (!xs_watch(store, request, "ack") ||
	    !xs_watch(store, "@releaseDomain", "release"))
		die("xs_watch: %s", strerror(errno));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long n = atol(argv[2]); n; n--) {
		uint64_t start = now_us();

		/* ocaml/xenopsd/xc/xenops_server_xen.ml: save_vm */
		ask();
		if (!await(acknowledged, start + ACK_TIMEOUT_S * 1000000ULL))
			die("failed to acknowledge the suspend request");
		if (!await(suspended, now_us() + SUSPEND_TIMEOUT_S * 1000000ULL))
			die("failed to suspend");
		printf("sample us=%llu\n", (unsigned long long)(now_us() - start));
		/* ocaml/xenopsd/xc/domain.ml: resume */
		resume();
	}
	return 0;
}
