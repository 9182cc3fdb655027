/* SPDX-License-Identifier: GPL-2.0 */
/* The module's device as drivers/base/power/main.c calls it, and what it traces. */
#ifndef XEN_SUSPEND_FAKE_DPM_H
#define XEN_SUSPEND_FAKE_DPM_H

#include <linux/types.h>

/* Set by who has to know: suspend_device_irqs(), resume_device_irqs() */
extern void (*fake_dpm_irqs)(bool suspend);

void fake_dpm_init(void);
bool fake_dpm_suspended(void);
int fake_dpm_prepare(int event, int refusal, bool ours);
int fake_dpm_suspend(int event, int refusal, bool ours);
int fake_dpm_suspend_end(int event, int refusal);
void fake_dpm_resume_start(int event);
void fake_dpm_resume(int event);
void fake_dpm_complete(int event);

#endif
