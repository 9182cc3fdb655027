/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROOF_LINUX_MATH64_H
#define PROOF_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64(u64 dividend, unsigned int divisor)
{
	return dividend / divisor;
}

#endif
