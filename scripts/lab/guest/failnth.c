// SPDX-License-Identifier: GPL-2.0
/*
 * failnth N MODULE
 *
 * Loads a module, with the kernel's Nth memory allocation for that failing
 * (/proc/self/fail-nth), and nothing else's. Prints "left L, error E": L is not 0
 * if there were fewer allocations; E is 0 if the module is loaded.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int module, nth, error;
	char left[16] = "";

	if (argc != 3) {
		fprintf(stderr, "usage: failnth N MODULE\n");
		return 2;
	}
	module = open(argv[2], O_RDONLY | O_CLOEXEC);
	nth = open("/proc/self/fail-nth", O_RDWR);
	if (module < 0 || nth < 0) {
		perror(module < 0 ? argv[2] : "/proc/self/fail-nth");
		return 1;
	}
	/* Nothing between here and the end of the load makes a system call. */
	if (write(nth, argv[1], strlen(argv[1])) < 0) {
		perror("/proc/self/fail-nth");
		return 1;
	}
	error = syscall(SYS_finit_module, module, "", 0) ? errno : 0;
	if (pread(nth, left, sizeof(left) - 1, 0) < 0 || write(nth, "0", 1) < 0) {
		perror("/proc/self/fail-nth");
		return 1;
	}
	printf("left %d, error %d\n", atoi(left), error);
	return 0;
}
