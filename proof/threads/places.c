// SPDX-License-Identifier: GPL-2.0
/*
 * Who may touch what: the comments of struct handshake, of struct hs_port and of
 * struct hs_attempt, as a check of every access.
 */
#include <stdio.h>

#include "rules.h"

static enum rules_role roles[STEPS_CONTEXTS];

void rules_role(int actor, enum rules_role role)
{
	roles[actor] = role;
}

static enum rules_role role(void)
{
	return steps_current < 0 ? ROLE_BEFORE : roles[steps_current];
}

const char *rules_place(const void *where)
{
	static char name[64];
	size_t at = (const char *)where - (const char *)&rules_hs;
	size_t by = (at - offsetof(struct handshake, ports)) / sizeof(struct hs_port);

	if (where == &rules_hs.word)
		return "the word";
	if (by < HS_PORTS) {
		snprintf(name, sizeof(name), "port %zu's %s", by,
			 where == &rules_hs.ports[by].request_ns ? "request_ns" :
			 where == &rules_hs.ports[by].requests ? "requests" :
			 where == &rules_hs.ports[by].coalesced ? "coalesced" : "spurious");
		return name;
	}
	if (where == &rules_hs.remembered)
		return "remembered";
	if (where == &rules_hs.failures)
		return "failures";
	return at >= offsetof(struct handshake, remembered) ? "a counter" : "the attempt";
}

const char *rules_actor(void)
{
	static const char * const names[] = { "upcall 0", "upcall 1", "service ", "xenwatch",
					      "before  " };

	return names[role()];
}

/* Return: others may see it. What belongs to one context alone must be left to it. */
bool rules_is_shared(const void *where, bool writes)
{
	enum rules_role me = role();
	const char *at = where, *start = (const char *)&rules_hs;
	size_t by = (at - start - offsetof(struct handshake, ports)) / sizeof(struct hs_port);
	bool xenwatch = me == ROLE_XENWATCH || me == ROLE_BEFORE;

	if (where == &rules_hs.word || where == &rules_hs.failures)
		return true;
	if (by < HS_PORTS && at >= start + offsetof(struct handshake, ports)) {
		bool its = me == ROLE_BEFORE || me == ROLE_UPCALL_0 + by;

		if (where == &rules_hs.ports[by].request_ns && (its || !writes))
			return true;
		if (!its)
			steps_violated("%s touches %s", rules_actor(), rules_place(where));
		return false;
	}
	if (where == &rules_hs.remembered && (xenwatch || !writes))
		return true;
	if (!xenwatch)
		steps_violated("%s touches %s", rules_actor(), rules_place(where));
	return false;
}
