# SPDX-License-Identifier: GPL-2.0
"""Faults that no test on fakes finds, and the scenario on real Xen that does.

Of two kinds: what the tests set by themselves (defaults of parameters, who may write
them), and what only a program outside of the module reads (the text of tracepoints,
names in xenstore). As the mutants of scripts/kunit: (file of module/, text in it, what
it becomes, scenario).
"""

FAULTS = [
    # defaults
    ("main.c", ".patience = { .deadline_ms = 55000,", ".patience = { .deadline_ms = 1,",
     "pv-default"),
    ("main.c", ".retry_ms = 250 },", ".retry_ms = 0 },", "pv-retry"),
    ("main.c", ".offer = { .fresh_port_ms = 1 },", ".offer = { .fresh_port_ms = 0 },",
     "lives-on-short"),
    ("main.c", "static char *trigger = \"auto\";", "static char *trigger = \"xenstore\";",
     "pv-default"),
    ("main.c", "static unsigned int toolstack_domid;", "static unsigned int toolstack_domid = 1;",
     "pv-default"),
    # who may write them
    ("main.c", "patience.deadline_ms, uint,\n		   0644);",
     "patience.deadline_ms, uint,\n		   0444);", "pv-faults"),
    ("main.c", "patience.retry_ms, uint, 0644);", "patience.retry_ms, uint, 0444);", "pv-retry"),
    # tracepoints: words, numbers, units
    ("trace.h", "TRACE_DEFINE_ENUM(STORY_DIRECT);\n", "", "pv-trace"),
    ("trace.h", "TRACE_DEFINE_ENUM(STORY_CANCELLED);\n", "", "pv-trace"),
    ("trace.h", "	{ STORY_DIRECT, \"direct\" },", "	{ STORY_DIRECT, \"xenstore\" },", "pv-trace"),
    ("trace.h", "	{ STORY_STOCK, \"stock\" }", "	{ STORY_STOCK, \"direct\" }", "pv-trace"),
    ("trace.h", "	{ STORY_CANCELLED, \"cancelled\" },", "	{ STORY_CANCELLED, \"restored\" },",
     "pv-trace"),
    ("trace.h", "	{ STORY_RESTORED, \"restored\" },", "	{ STORY_RESTORED, \"cancelled\" },",
     "pv-trace"),
    ("trace.h", "(s64)div_u64(ns, NSEC_PER_USEC);", "(s64)ns;", "pv-trace"),
    ("trace.h", "return ns == STORY_UNKNOWN ? -1 :", "return ns == STORY_UNKNOWN ? 0 :",
     "pv-trace"),
    ("trace.h", "		__entry->suspend_us = story_us(story->suspend_ns);",
     "		__entry->suspend_us = story_us(story->signal_ns);", "pv-trace"),
    ("trace.h", "		__entry->total_us = story_us(story->total_ns);",
     "		__entry->total_us = story_us(story->suspend_ns);", "pv-trace"),
    ("trace.h", "	TP_printk(\"port=%u time_ns=%llu\", __entry->port, __entry->time_ns)",
     "	TP_printk(\"port=%llu time_ns=%u\", __entry->time_ns, __entry->port)", "pv-trace"),
    ("trace.h", "		__entry->err = story->err;", "		__entry->err = 0;", "pv-trace"),
    ("trace.h", "		__entry->attempts = story->attempts;", "		__entry->attempts = 0;",
     "pv-trace"),
    # what the toolstack reads
    ("report.h", "#define REPORT_NODE \"suspend-status\"", "#define REPORT_NODE \"suspend-state\"",
     "monitored"),
    ("report.h", "#define REPORT_DIR \"data\"", "#define REPORT_DIR \"device\"", "monitored"),
]
