// SPDX-License-Identifier: GPL-2.0
/*
 * Trying a failed suspend again: after a pause that doubles from one try to the
 * next, up to four seconds, for as long as the toolstack waits. While it pauses
 * the guest runs; that is why it pauses at all: what stood in the way needs the
 * guest's tasks to run in order to go away.
 */
#include <linux/kernel.h>
#include <linux/time64.h>

#include "retry.h"

#define PAUSE_MOST_MS 4000
/* What a suspend needs that does not fail: without so much left, none is tried. */
#define ROOM_MS 1000

static unsigned int pause_ms(unsigned int first_ms, unsigned int tries)
{
	unsigned int most = max_t(unsigned int, first_ms, PAUSE_MOST_MS);
	unsigned int pause = first_ms;

	while (tries-- && pause < most)
		pause = min(pause * 2, most);
	return pause;
}

/**
 * retry_plan - a suspend has failed of something that may pass: try again?
 * @retry:	what was tried so far
 * @seq:	the request that it was made for
 * @first_ms:	the first pause, 0 never to try again
 * @left_ns:	how long the toolstack goes on waiting, U64_MAX for ever
 *
 * Context: the xenwatch thread.
 * Return: true if another try is worth it, after @retry->pause_ms.
 */
bool retry_plan(struct retry *retry, unsigned int seq, unsigned int first_ms,
		u64 left_ns)
{
	if (!retry->tries || retry->seq != seq) {
		retry->seq = seq;
		retry->tries = 0;
	}
	retry->pause_ms = pause_ms(first_ms, retry->tries++);
	return first_ms &&
	       ((u64)retry->pause_ms + ROOM_MS) * NSEC_PER_MSEC < left_ns;
}
