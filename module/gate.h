/* SPDX-License-Identifier: GPL-2.0 */
/* The last gate before the suspend hypercall. */
#ifndef XEN_SUSPEND_GATE_H
#define XEN_SUSPEND_GATE_H

#include <linux/types.h>

/**
 * struct gate - whom to ask
 * @pass:	may this suspend go on? 0, or an error; asked for every kind of sleep
 * @crossed:	a suspend that was let pass has come back, or has been unwound
 * @data:	for both
 * @refusing:	the tick is being restarted; stop_machine(), as all that calls us
 *
 * Both run with all interrupts off: no sleeping, no printing.
 */
struct gate {
	int (*pass)(void *data);
	void (*crossed)(void *data);
	void *data;
	bool refusing;
};

void gate_init(struct gate *gate);
void gate_exit(void);

#endif
