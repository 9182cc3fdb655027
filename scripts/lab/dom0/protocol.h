/* SPDX-License-Identifier: GPL-2.0 */
/* Both ways to ask a guest to suspend; the domain is one of a process. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "util.h"

enum state { RUNNING, SUSPENDED, SHUT_DOWN, GONE };
extern const char * const state_name[];

/* First of all: connect to Xen and to xenstore. */
void open_domain(unsigned int id);
enum state state(void);
/* An HVM guest's own sleep: 3 is ACPI S3, 0 none. */
unsigned int s_state(void);
/* True once suspended; another end of the domain is an error. */
bool suspended(void);
/* Resume in place, unless somebody else has. */
void resume(void);

/* The guest's port; needed by whatever asks or waits by the event channel. */
void bind_channel(bool subscribe);
void notify(void);
/* Wait for our port, or only look if the time is over already. */
bool await_event(uint64_t deadline);

/*
 * await() returns true when told that the domain is suspended, false when the
 * time is over: like libxl, nobody looks whether it is all the same. @told is
 * when it knew: what a protocol then tidies up may be another round trip, and
 * is no part of what is measured.
 */
struct protocol {
	const char *name;
	void (*ask)(void);
	bool (*await)(uint64_t deadline, struct moment *told);
};

extern const struct protocol by_event_channel, by_xenstore;

#endif
