/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UTIL_H
#define UTIL_H

#include <stdint.h>

/* Say why, with the program's name before it, and exit with 1. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* CLOCK_MONOTONIC */
uint64_t now_us(void);

/* One moment, by the clock and by the processor's counter. */
struct moment {
	uint64_t us, tsc;
};

struct moment now(void);

#endif
