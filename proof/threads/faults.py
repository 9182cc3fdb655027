# SPDX-License-Identifier: GPL-2.0
"""Faults for handshake.c: what each check must find if it is to be believed.

As in scripts/kunit/mutants.py a fault is a text, which is in the file once, and what
it becomes. Those are for KUnit; these are about who comes in between.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    name: str
    text: str
    becomes: str


_UPCALL = ("		/* If the exchange fails, nobody has looked. */\n"
           "		WRITE_ONCE(port->request_ns, now_ns);\n"
           "	} while (!hs_move(hs, &word, hs_next_request(word, by), \"notify\"));\n")
_UPCALL_EXCHANGE = "	} while (!hs_move(hs, &word, hs_next_request(word, by), \"notify\"));\n"


def _not_atomic(name, condition, becomes):
    """An operation that writes the word without looking whether it is still the same."""
    return Fault(f"{name} without an exchange",
                 f"{condition}	}} while (!hs_move(hs, &word, {becomes}, \"{name}\"));\n",
                 f"{condition}	}} while (0);\n	atomic_set(&hs->word, {becomes});\n")


def _look_once(name, condition, becomes):
    """An operation that, after an exchange that failed, does not look again."""
    end = f"	}} while (!hs_move(hs, &word, {becomes}, \"{name}\"));\n"
    return Fault(f"{name} looks once only", "	do {\n" + condition + end,
                 condition + "	do {\n" + end)


_BUSY = ("		if (hs_base(word) != HS_ARMED || (word & HS_REQUEST))\n"
         "			return false;\n")
_NOT_REQUESTED = "		if (!hs_is_requested(word))\n			return false;\n"
_NOT_ARMED = "		if (hs_base(word) != HS_ARMED)\n			return;\n"
_NOT_THAT = "		if (!hs_is_pending(word, seq))\n			return false;\n"
_DROP_END = "	} while (!hs_move(hs, &word, word & ~HS_REQUEST, \"drop\"));\n"
_REMEMBER = ("		/* Before anybody can find the request pending in ARMED. */\n"
             "		if (outcome == HS_CANCELLED && (word & HS_REQUEST))\n"
             "			WRITE_ONCE(hs->remembered, hs_seq(word));\n")
_END_END = "	} while (!hs_move(hs, &word, next, hs_ends[outcome]));\n"

# For the interleaver: each has to violate a rule. Not here are hs_arm() and
# hs_crossed() without an exchange, which violate none: nobody else leaves DISARMED, and
# nobody else changes the word in stop_machine().
FAULTS = (
    Fault("upcall without an exchange", _UPCALL_EXCHANGE,
          "	} while (0);\n	atomic_set(&hs->word, hs_next_request(word, by));\n"),
    Fault("upcall does not try again", _UPCALL_EXCHANGE,
          "	} while (!hs_move(hs, &word, hs_next_request(word, by), \"notify\") && 0);\n"),
    Fault("upcall writes its time after the exchange", _UPCALL,
          _UPCALL_EXCHANGE + "	WRITE_ONCE(port->request_ns, now_ns);\n"),
    Fault("upcall writes its time whatever is pending",
          "		if (word & HS_REQUEST) {\n", "		WRITE_ONCE(port->request_ns, now_ns);\n"
          "		if (word & HS_REQUEST) {\n"),
    Fault("upcalls share a time", "		WRITE_ONCE(port->request_ns, now_ns);\n",
          "		WRITE_ONCE(hs->ports[0].request_ns, now_ns);\n"),
    Fault("upcalls count for each other", "	struct hs_port *port = &hs->ports[by];",
          "	struct hs_port *port = &hs->ports[!by];"),
    Fault("a request has the number of the last",
          "	unsigned int next = (unsigned int)word + (1U << HS_SEQ_SHIFT);",
          "	unsigned int next = (unsigned int)word;"),
    _not_atomic("disarm", _BUSY, "hs_with_base(word, HS_DISARMED)"),
    _not_atomic("begin", _NOT_REQUESTED, "hs_with_base(word, HS_SUSPENDING)"),
    _not_atomic("absorb", _NOT_ARMED, "hs_with_base(word, HS_SUSPENDING)"),
    Fault("end without an exchange", _END_END, "	} while (0);\n	atomic_set(&hs->word, next);\n"),
    Fault("drop without an exchange", _DROP_END,
          "	} while (0);\n	atomic_set(&hs->word, word & ~HS_REQUEST);\n"),
    Fault("disarm looks at the base alone", "hs_base(word) != HS_ARMED || (word & HS_REQUEST))",
          "hs_base(word) != HS_ARMED)"),
    _look_once("begin", _NOT_REQUESTED, "hs_with_base(word, HS_SUSPENDING)"),
    _look_once("absorb", _NOT_ARMED, "hs_with_base(word, HS_SUSPENDING)"),
    _look_once("drop", _NOT_THAT, "word & ~HS_REQUEST"),
    Fault("drop takes any request", "		if (!hs_is_pending(word, seq))",
          "		if (!hs_is_requested(word))"),
    Fault("end notes a remembered request too late", _REMEMBER + _END_END,
          _END_END + "	if (outcome == HS_CANCELLED && (word & HS_REQUEST))\n"
          "		WRITE_ONCE(hs->remembered, hs_seq(word));\n"),
    Fault("crossed leaves the request pending", "hs_with_base(word & ~HS_REQUEST, HS_RESUMING)",
          "hs_with_base(word, HS_RESUMING)"),
    Fault("absorb notes a request that it has not taken",
          "	hs_attempt_start(hs, word, start_ns);",
          "	hs_attempt_start(hs, atomic_read(&hs->word), start_ns);"),
    Fault("failures are counted without an atomic",
          _DROP_END + "	atomic_long_inc(&hs->failures);",
          _DROP_END + "	WRITE_ONCE(hs->failures.counter, READ_ONCE(hs->failures.counter) + 1);"),
)

# For ThreadSanitizer: accesses that are not marked any more, and the function that
# its report has to name. Only what happens all the time: what is written once in a
# while (hs->remembered) a run may miss.
RACES = (
    (Fault("the time of a request", "		WRITE_ONCE(port->request_ns, now_ns);\n",
           "		port->request_ns = now_ns;\n"), "hs_upcall"),
    (Fault("a counter of the upcall", "			WRITE_ONCE(port->coalesced, port->coalesced + 1);",
           "			port->coalesced++;"), "hs_upcall"),
    (Fault("a time for sysfs", "	WRITE_ONCE(hs->last_suspend_us, div_u64(attempt->suspend_ns, NSEC_PER_USEC));",
           "	hs->last_suspend_us = div_u64(attempt->suspend_ns, NSEC_PER_USEC);"), "hs_count"),
)
