/* SPDX-License-Identifier: GPL-2.0 */
/* Included by trace.h, of which nothing else is. */
