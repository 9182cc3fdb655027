/* SPDX-License-Identifier: GPL-2.0 */
/* What toolstack's two files share: the options, and both protocols. */
#ifndef TOOLSTACK_H
#define TOOLSTACK_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenguest.h>
#include <xenstore.h>

struct options {
	const char *protocol;
	long count, gap_ms, timeout, hold, flood, seconds;
	uint64_t at_ms;
	bool no_subscribe, die, resume;
};

enum state { RUNNING, SUSPENDED, SHUT_DOWN, GONE };

extern struct options opt;
extern unsigned int domid;
extern xc_interface *xch;
extern struct xs_handle *store;
extern const char * const state_name[];

/* toolstack.c */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void stop_flood(void);
uint64_t now_us(void);

/* protocol.c */
enum state state(void);
bool suspended(void);
void resume(void);
void bind_channel(void);
void notify(void);
bool await_event(uint64_t deadline);
bool suspend_evtchn(uint64_t deadline);
bool suspend_xenstore(uint64_t deadline);

#endif
