/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: documented in Documentation/ABI/testing/debugfs-xen-suspend. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_suspend

#if !defined(XEN_SUSPEND_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define XEN_SUSPEND_TRACE_H

#include <linux/math64.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "history.h"

TRACE_DEFINE_ENUM(STORY_DIRECT);
TRACE_DEFINE_ENUM(STORY_XENSTORE);
TRACE_DEFINE_ENUM(STORY_STOCK);

TRACE_DEFINE_ENUM(STORY_RESTORED);
TRACE_DEFINE_ENUM(STORY_CANCELLED);
TRACE_DEFINE_ENUM(STORY_FAILED);
TRACE_DEFINE_ENUM(STORY_DROPPED);
TRACE_DEFINE_ENUM(STORY_RETRYING);
TRACE_DEFINE_ENUM(STORY_STOCK_RESTORED);
TRACE_DEFINE_ENUM(STORY_STOCK_CANCELLED);
TRACE_DEFINE_ENUM(STORY_STOCK_FAILED);

#ifndef XEN_SUSPEND_TRACE_US
#define XEN_SUSPEND_TRACE_US
/* Microseconds, -1 if not known */
static inline s64 story_us(u64 ns)
{
	return ns == STORY_UNKNOWN ? -1 : (s64)div_u64(ns, NSEC_PER_USEC);
}
#endif

#define xen_suspend_by_words						\
	{ STORY_DIRECT, "direct" },					\
	{ STORY_XENSTORE, "xenstore" },					\
	{ STORY_STOCK, "stock" }

#define xen_suspend_outcome_words					\
	{ STORY_RESTORED, "restored" },					\
	{ STORY_CANCELLED, "cancelled" },				\
	{ STORY_FAILED, "failed" },					\
	{ STORY_DROPPED, "dropped" },					\
	{ STORY_RETRYING, "retrying" },					\
	{ STORY_STOCK_RESTORED, "stock-restored" },			\
	{ STORY_STOCK_CANCELLED, "stock-cancelled" },			\
	{ STORY_STOCK_FAILED, "stock-failed" }

/* HS_BASE_MASK and HS_REQUEST of the word; see handshake-table.h */
#define xen_suspend_state_words						\
	{ 0, "disarmed" },						\
	{ 1, "armed" },							\
	{ 5, "requested" },						\
	{ 2, "suspending" },						\
	{ 6, "suspending+request" },					\
	{ 3, "resuming" },						\
	{ 7, "resuming+request" }

/* The service thread has found out what the toolstack offers. */
TRACE_EVENT(negotiated,
	TP_PROTO(const char *mode, unsigned int port, int err),
	TP_ARGS(mode, port, err),
	TP_STRUCT__entry(
		__string(mode, mode)
		__field(unsigned int, port)
		__field(int, err)
	),
	TP_fast_assign(
		xen_suspend_assign_str(mode, mode);
		__entry->port = port;
		__entry->err = err;
	),
	TP_printk("mode=%s port=%u err=%d",
		  __get_str(mode), __entry->port, __entry->err)
);

/*
 * A notify that is a new request, in the upcall itself: one for each count of
 * "requests", also when a suspend of somebody else serves it before the service
 * thread runs. Enabled, it goes into a lockless buffer; disabled, it is a jump
 * that is not there.
 */
TRACE_EVENT(request,
	TP_PROTO(unsigned int port, u64 time_ns),
	TP_ARGS(port, time_ns),
	TP_STRUCT__entry(
		__field(unsigned int, port)
		__field(u64, time_ns)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->time_ns = time_ns;
	),
	TP_printk("port=%u time_ns=%llu", __entry->port, __entry->time_ns)
);

/*
 * A transition of the state machine, and what the gate has said: handshake-table.h
 * has all that there are. A notify that changes nothing is left out, and so
 * a storm of them is. Who comes next may have written its own first.
 */
TRACE_EVENT(handshake,
	TP_PROTO(const char *event, unsigned int from, unsigned int to,
		 unsigned int request, unsigned int by),
	TP_ARGS(event, from, to, request, by),
	TP_STRUCT__entry(
		__string(event, event)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(unsigned int, request)
		__field(unsigned int, by)
	),
	TP_fast_assign(
		xen_suspend_assign_str(event, event);
		__entry->from = from;
		__entry->to = to;
		__entry->request = request;
		__entry->by = by;
	),
	TP_printk("event=%s from=%s to=%s request=%u by=%u",
		  __get_str(event),
		  __print_symbolic(__entry->from, xen_suspend_state_words),
		  __print_symbolic(__entry->to, xen_suspend_state_words),
		  __entry->request, __entry->by)
);

DECLARE_EVENT_CLASS(xen_suspend_attempt,
	TP_PROTO(enum story_by by),
	TP_ARGS(by),
	TP_STRUCT__entry(
		__field(int, by)
	),
	TP_fast_assign(
		__entry->by = by;
	),
	TP_printk("by=%s",
		  __print_symbolic(__entry->by, xen_suspend_by_words))
);

/* An attempt begins; one that is not ours, when it is first seen. */
DEFINE_EVENT(xen_suspend_attempt, begin,
	TP_PROTO(enum story_by by),
	TP_ARGS(by)
);

/* All tasks are frozen. */
DEFINE_EVENT(xen_suspend_attempt, frozen,
	TP_PROTO(enum story_by by),
	TP_ARGS(by)
);

/*
 * An attempt is over, or a request dropped. Times in microseconds as in the
 * history, -1 if not known.
 */
TRACE_EVENT(end,
	TP_PROTO(const struct story_entry *story),
	TP_ARGS(story),
	TP_STRUCT__entry(
		__field(int, outcome)
		__field(int, err)
		__field(unsigned int, attempts)
		__field(s64, signal_us)
		__field(s64, suspend_us)
		__field(s64, total_us)
		__string(reason, story->reason)
	),
	TP_fast_assign(
		__entry->outcome = story->outcome;
		__entry->err = story->err;
		__entry->attempts = story->attempts;
		__entry->signal_us = story_us(story->signal_ns);
		__entry->suspend_us = story_us(story->suspend_ns);
		__entry->total_us = story_us(story->total_ns);
		xen_suspend_assign_str(reason, story->reason);
	),
	TP_printk("outcome=%s err=%d attempts=%u signal_us=%lld suspend_us=%lld total_us=%lld reason=%s",
		  __print_symbolic(__entry->outcome, xen_suspend_outcome_words),
		  __entry->err, __entry->attempts, __entry->signal_us,
		  __entry->suspend_us, __entry->total_us, __get_str(reason))
);

#endif

/* Kbuild has this directory among the include paths. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
