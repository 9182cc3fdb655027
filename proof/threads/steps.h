/* SPDX-License-Identifier: GPL-2.0 */
/* Contexts that take turns, one access at a time, in every order there is. */
#ifndef PROOF_STEPS_H
#define PROOF_STEPS_H

#include <stdbool.h>

#define STEPS_CONTEXTS 4

/**
 * struct steps_counts - how much was explored
 * @complete:	orders of accesses, run to their end
 * @pruned:	begun, and found to be no different from one of those
 * @steps:	accesses made in all of them
 */
struct steps_counts {
	unsigned long complete;
	unsigned long pruned;
	unsigned long steps;
};

/* The context that runs, -1 before they begin and after they have ended. */
extern int steps_current;
extern struct steps_counts steps_counts;
/* Leave out what is the same as something else; false to see that this is so. */
extern bool steps_reduce;

/*
 * The context is about to make an access: others may come first. Two accesses of
 * one place of which one writes may not change places, all others may. ready: only
 * then; NULL for at any time.
 */
void steps_point(const void *place, bool writes, bool (*ready)(void));

/* The story is wanted of this run: it has been seen to end in what must not happen. */
extern bool steps_telling;

/* What the context has just done, for the story. */
#define steps_did(...) \
	do { \
		if (steps_telling) \
			steps_tell(__VA_ARGS__); \
	} while (0)
__attribute__((format(printf, 1, 2)))
void steps_tell(const char *fmt, ...);

/* This must not happen: run that once more to tell the story, and end. */
__attribute__((format(printf, 1, 2), noreturn))
void steps_violated(const char *fmt, ...);

/* Every order of what the contexts do; reset() comes before each, finish() after. */
void steps_explore(int contexts, void (*reset)(void), void (*program)(int context),
		   void (*finish)(void));

#endif
