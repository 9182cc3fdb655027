// SPDX-License-Identifier: GPL-2.0
/*
 * What stands in the way of a suspend, to order, for the lab's guests:
 *
 *   echo MS >task	this task, of user space, does not freeze for so long
 *   echo MS >kthread	a kernel thread does not
 *   device=ERRNO	a device refuses .freeze with that error, as often as
 *   times=N		says (default: always)
 *   late=ERRNO		it refuses .freeze_noirq
 *   syscore=ERRNO	a syscore callback refuses, before any other has its turn
 *   delay=MS		its .freeze takes so long
 *
 * all of them in /sys/module/refuse/parameters.
 */
#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/syscore_ops.h>

/* In short sleeps, so that no hung task is reported. */
static void hold(unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	while (time_before(jiffies, end))
		msleep(20);
}

static int set_task(const char *value, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);

	if (!err)
		hold(ms);
	return err;
}

static const struct kernel_param_ops task_ops = { .set = set_task };
module_param_cb(task, &task_ops, NULL, 0200);

static int thread(void *data)
{
	set_freezable();
	hold((unsigned long)data);
	return 0;
}

static int set_kthread(const char *value, const struct kernel_param *kp)
{
	struct task_struct *task;
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);

	if (err)
		return err;
	task = kthread_run(thread, (void *)(unsigned long)ms, "refuse");
	return PTR_ERR_OR_ZERO(task);
}

static const struct kernel_param_ops kthread_ops = { .set = set_kthread };
module_param_cb(kthread, &kthread_ops, NULL, 0200);

static int device;
module_param(device, int, 0644);
static int times = -1;
module_param(times, int, 0644);
static int late;
module_param(late, int, 0644);
static int syscore;
module_param(syscore, int, 0644);
static unsigned int delay;
module_param(delay, uint, 0644);

static int refuse_freeze(struct device *dev)
{
	if (delay)
		msleep(delay);
	if (!device || !times)
		return 0;
	if (times > 0)
		times--;
	return -device;
}

static int refuse_freeze_noirq(struct device *dev)
{
	return -late;
}

static const struct dev_pm_ops refuse_pm_ops = {
	.freeze = refuse_freeze,
	.freeze_noirq = refuse_freeze_noirq,
};

static struct platform_driver refuse_driver = {
	.driver = { .name = "refuse", .pm = &refuse_pm_ops },
};

/* The last one that is registered is asked first. */
#ifdef REFUSE_HAVE_SYSCORE
static int refuse_syscore(void *data)
{
	return -syscore;
}

static const struct syscore_ops refuse_syscore_ops = { .suspend = refuse_syscore };
static struct syscore refuse_core = { .ops = &refuse_syscore_ops };
#else
static int refuse_syscore(void)
{
	return -syscore;
}

static struct syscore_ops refuse_core = { .suspend = refuse_syscore };
#define register_syscore register_syscore_ops
#define unregister_syscore unregister_syscore_ops
#endif

static struct platform_device *pdev;

static int __init refuse_init(void)
{
	int err = platform_driver_register(&refuse_driver);

	if (err)
		return err;
	pdev = platform_device_register_simple("refuse", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev)) {
		platform_driver_unregister(&refuse_driver);
		return PTR_ERR(pdev);
	}
	register_syscore(&refuse_core);
	return 0;
}

static void __exit refuse_exit(void)
{
	unregister_syscore(&refuse_core);
	platform_device_unregister(pdev);
	platform_driver_unregister(&refuse_driver);
}

module_init(refuse_init);
module_exit(refuse_exit);
MODULE_DESCRIPTION("What stands in the way of a suspend");
MODULE_LICENSE("GPL");
