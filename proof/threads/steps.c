// SPDX-License-Identifier: GPL-2.0
/*
 * Every interleaving, by running again and again.
 *
 * Each context has a stack of its own, and stops before each access that another
 * might see. A run is a list of choices: who goes on. It is run to its end; then
 * the last choice that has an alternative is changed, and all is run again from
 * the beginning up to there, and on (stateless model checking).
 *
 * Sleep sets (Godefroid) leave out runs that differ from another only in the order
 * of accesses that do not touch each other: once all that follows a choice was
 * explored, that context sleeps in the alternatives until somebody makes an
 * access that its own depends on.
 *
 * Contexts are made by makecontext() once, and switched by _setjmp() and _longjmp(),
 * which make no system call, as swapcontext() does for the mask of signals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "steps.h"

#define STACK_SIZE 65536
/* Far more than any run has that comes to an end. */
#define MOST_STEPS 2000
#define LINE 96

struct context {
	ucontext_t made;
	bool is_made;
	jmp_buf first, state;
	const void *place;
	bool writes;
	bool (*ready)(void);
	bool ended;
	char stack[STACK_SIZE];
};

/* One choice of the run: who went on, and who need not be tried any more. */
struct node {
	int choice;
	unsigned int enabled;
	unsigned int sleeping;
	unsigned int tried;
};

int steps_current = -1;
bool steps_reduce = true;
bool steps_telling;
struct steps_counts steps_counts;

static struct context contexts[STEPS_CONTEXTS];
static int context_count;
static jmp_buf outside, again;
static bool exploring;
static bool beginning;
static struct node path[MOST_STEPS];
static int path_length, depth;
static unsigned int sleeping;
static bool complete;
static void (*the_program)(int context);

static char story[MOST_STEPS][LINE];
static int story_length;

void steps_tell(const char *fmt, ...)
{
	va_list args;

	if (story_length == MOST_STEPS)
		return;
	va_start(args, fmt);
	vsnprintf(story[story_length++], LINE, fmt, args);
	va_end(args);
}

void steps_violated(const char *fmt, ...)
{
	va_list args;
	int i;

	if (exploring && !steps_telling) {
		steps_telling = true;
		_longjmp(again, 1);
	}
	for (i = 0; i < story_length; i++)
		printf("    %s\n", story[i]);
	printf("violated: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static bool depends(const struct context *a, const struct context *b)
{
	return a->place == b->place && (a->writes || b->writes);
}

static unsigned int who_is_enabled(void)
{
	unsigned int enabled = 0;
	int i;

	for (i = 0; i < context_count; i++)
		if (!contexts[i].ended && (!contexts[i].ready || contexts[i].ready()))
			enabled |= 1U << i;
	return enabled;
}

static bool all_ended(void)
{
	int i;

	for (i = 0; i < context_count; i++)
		if (!contexts[i].ended)
			return false;
	return true;
}

/* Return: the context that goes on, or -1 if this run ends here. */
static int choose(void)
{
	unsigned int enabled = who_is_enabled(), left;
	struct node *node = &path[depth];
	int i;

	if (!enabled) {
		complete = all_ended();
		if (!complete)
			steps_violated("nobody can go on");
		return -1;
	}
	if (depth == MOST_STEPS - 1)
		steps_violated("it does not end");
	if (depth == path_length) {
		left = enabled & ~sleeping;
		if (!left)
			return -1;
		*node = (struct node){ .enabled = enabled, .sleeping = sleeping };
		/* Whoever runs, if possible: that costs no switch. */
		node->choice = steps_current >= 0 && (left & (1U << steps_current)) ?
			       steps_current : __builtin_ctz(left);
		path_length++;
	}
	sleeping = node->sleeping | node->tried;
	for (i = 0; i < context_count; i++)
		if (!steps_reduce || depends(&contexts[i], &contexts[node->choice]))
			sleeping &= ~(1U << i);
	sleeping &= ~(1U << node->choice);
	depth++;
	steps_counts.steps++;
	return node->choice;
}

/* Return: in the same context, when it is its turn. */
static void go_on(void)
{
	int from = steps_current, to = choose();

	if (to == from)
		return;
	steps_current = to;
	if (!_setjmp(from < 0 ? outside : contexts[from].state))
		_longjmp(to < 0 ? outside : contexts[to].state, 1);
}

void steps_point(const void *place, bool writes, bool (*ready)(void))
{
	struct context *context;

	if (steps_current < 0)
		return;
	context = &contexts[steps_current];
	context->place = place;
	context->writes = writes;
	context->ready = ready;
	if (!beginning)
		go_on();
	else if (!_setjmp(context->state))
		_longjmp(outside, 1);
}

/* Each run begins here anew; what is left of the last one on the stack is forgotten. */
static void run_context(int number)
{
	_setjmp(contexts[number].first);
	the_program(number);
	contexts[number].ended = true;
	contexts[number].place = NULL;
	if (beginning)
		_longjmp(outside, 1);
	go_on();
}

static void begin(int number)
{
	struct context *context = &contexts[number];

	context->ended = false;
	steps_current = number;
	if (!_setjmp(outside)) {
		if (context->is_made)
			_longjmp(context->first, 1);
		context->is_made = true;
		getcontext(&context->made);
		context->made.uc_stack.ss_sp = context->stack;
		context->made.uc_stack.ss_size = STACK_SIZE;
		context->made.uc_link = NULL;
		makecontext(&context->made, (void (*)(void))run_context, 1, number);
		setcontext(&context->made);
	}
	steps_current = -1;
}

static void run(void)
{
	int i;

	depth = 0;
	sleeping = 0;
	complete = false;
	beginning = true;
	for (i = 0; i < context_count; i++)
		begin(i);
	beginning = false;
	go_on();
	steps_current = -1;
}

/* Return: false if there is no other choice left anywhere. */
static bool next_path(void)
{
	while (path_length) {
		struct node *node = &path[path_length - 1];
		unsigned int left;

		node->tried |= 1U << node->choice;
		left = node->enabled & ~node->sleeping & ~node->tried;
		if (left) {
			node->choice = __builtin_ctz(left);
			return true;
		}
		path_length--;
	}
	return false;
}

void steps_explore(int count, void (*reset)(void), void (*program)(int context),
		   void (*finish)(void))
{
	context_count = count;
	the_program = program;
	path_length = 0;
	exploring = true;
	/* After a violation, with the same choices */
	_setjmp(again);
	do {
		story_length = 0;
		reset();
		run();
		if (complete) {
			steps_counts.complete++;
			finish();
		} else {
			steps_counts.pruned++;
		}
	} while (next_path());
	exploring = false;
}
