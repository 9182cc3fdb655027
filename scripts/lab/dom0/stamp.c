// SPDX-License-Identifier: GPL-2.0
/*
 * stamp COMMAND [ARG]...
 *
 * Runs a command and copies its output, standard error included, with the
 * time in microseconds before each line: what lies between two lines of
 * xl's debug output can then be read from them. Exits as the command did.
 */

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };
	int ends[2], status, fresh = 1;
	char buf[4096];
	ssize_t len;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: stamp COMMAND [ARG]...\n");
		return 2;
	}
	if (pipe(ends)) {
		perror("stamp: pipe");
		return 1;
	}
	child = fork();
	if (child < 0) {
		perror("stamp: fork");
		return 1;
	}
	if (!child) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	close(ends[1]);
	/* To read a line when it is written, not when the writer next sleeps. */
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		perror("stamp: sched_setscheduler");
	while ((len = read(ends[0], buf, sizeof(buf))) > 0) {
		uint64_t t = now_us();

		for (ssize_t i = 0; i < len; i++) {
			if (fresh)
				printf("%" PRIu64 " ", t);
			putchar(buf[i]);
			fresh = buf[i] == '\n';
		}
	}
	if (waitpid(child, &status, 0) < 0) {
		perror("stamp: waitpid");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
