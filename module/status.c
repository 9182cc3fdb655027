// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs: one value a file, documented in
 * Documentation/ABI/testing/sysfs-devices-platform-xen-suspend.
 *
 * Nothing here changes state, and nothing waits: values are read as they are,
 * each by itself.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "status.h"
#include "xen-suspend.h"

#define SHOW(name, ...)							\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	struct xen_suspend *xs = dev_get_platdata(dev);			\
									\
	return sysfs_emit(buf, __VA_ARGS__);				\
}									\
static DEVICE_ATTR_RO(name)

SHOW(mode, "%s\n", negotiate_mode_name(READ_ONCE(xs->agreed.mode)));
SHOW(state, "%s\n", hs_state_name(hs_word(&xs->handshake)));
SHOW(trigger, "%s\n", trigger_name(READ_ONCE(xs->trigger.kind)));
SHOW(requests, "%lu\n", hs_requests(&xs->handshake));
SHOW(coalesced, "%lu\n", hs_coalesced(&xs->handshake));
SHOW(spurious, "%lu\n", hs_spurious(&xs->handshake));
SHOW(suspends, "%lu\n", atomic_long_read(&xs->handshake.suspends));
SHOW(cancelled, "%lu\n", atomic_long_read(&xs->handshake.cancelled));
SHOW(failures, "%lu\n", atomic_long_read(&xs->handshake.failures));
SHOW(retries, "%lu\n", READ_ONCE(xs->verdict.retry.total));
SHOW(stock_suspends, "%lu\n", atomic_long_read(&xs->verdict.stock_suspends));
SHOW(negotiations, "%lu\n", READ_ONCE(xs->offer.negotiations));
SHOW(replacements, "%lu\n", READ_ONCE(xs->offer.replacements));
SHOW(last_signal_us, "%lu\n", READ_ONCE(xs->handshake.last_signal_us));
SHOW(last_suspend_us, "%lu\n", READ_ONCE(xs->handshake.last_suspend_us));

static ssize_t show_port(evtchn_port_t port, char *buf)
{
	return port ? sysfs_emit(buf, "%u\n", port) : sysfs_emit(buf, "\n");
}

static ssize_t event_channel_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct xen_suspend *xs = dev_get_platdata(dev);

	return show_port(channel_port(&xs->channel), buf);
}
static DEVICE_ATTR_RO(event_channel);

static ssize_t held_event_channel_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	struct xen_suspend *xs = dev_get_platdata(dev);

	return show_port(channel_held(&xs->channel), buf);
}
static DEVICE_ATTR_RO(held_event_channel);

static ssize_t last_error_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct xen_suspend *xs = dev_get_platdata(dev);

	return errors_show(&xs->errors, buf);
}
static DEVICE_ATTR_RO(last_error);

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct dev_ext_attribute *file =
		container_of(attr, struct dev_ext_attribute, attr);
	const atomic_long_t *count = dev_get_platdata(dev) + (long)file->var;

	return sysfs_emit(buf, "%lu\n", atomic_long_read(count));
}

/* A count is known by its place in struct xen_suspend. */
#define COUNTER(dir, file, what)					\
static struct dev_ext_attribute dir##_##file = {			\
	.attr = __ATTR(file, 0444, counter_show, NULL),			\
	.var = (void *)offsetof(struct xen_suspend, verdict.dir.by[what]),			\
}

COUNTER(failed, tasks, FAILURE_TASKS);
COUNTER(failed, kernel_threads, FAILURE_KTHREADS);
COUNTER(failed, helpers, FAILURE_HELPERS);
COUNTER(failed, transition, FAILURE_TRANSITION);
COUNTER(failed, device, FAILURE_DEVICE);
COUNTER(failed, system, FAILURE_SYSTEM);
COUNTER(failed, trigger, FAILURE_TRIGGER);
COUNTER(failed, shutdown, FAILURE_SHUTDOWN);
COUNTER(failed, late, FAILURE_LATE);
COUNTER(failed, deserted, FAILURE_DESERTED);

static struct attribute *failed_attrs[] = {
	&failed_tasks.attr.attr,
	&failed_kernel_threads.attr.attr,
	&failed_helpers.attr.attr,
	&failed_transition.attr.attr,
	&failed_device.attr.attr,
	&failed_system.attr.attr,
	&failed_trigger.attr.attr,
	&failed_shutdown.attr.attr,
	&failed_late.attr.attr,
	&failed_deserted.attr.attr,
	NULL
};

static const struct attribute_group failed_group = {
	.name = "failed",
	.attrs = failed_attrs,
};

/* Of suspends that are not ours less is seen. */
COUNTER(stock_failed, tasks, FAILURE_TASKS);
COUNTER(stock_failed, kernel_threads, FAILURE_KTHREADS);
COUNTER(stock_failed, device, FAILURE_DEVICE);
COUNTER(stock_failed, system, FAILURE_SYSTEM);

static struct attribute *stock_failed_attrs[] = {
	&stock_failed_tasks.attr.attr,
	&stock_failed_kernel_threads.attr.attr,
	&stock_failed_device.attr.attr,
	&stock_failed_system.attr.attr,
	NULL
};

static const struct attribute_group stock_failed_group = {
	.name = "stock_failed",
	.attrs = stock_failed_attrs,
};

static struct attribute *xen_suspend_attrs[] = {
	&dev_attr_mode.attr,
	&dev_attr_state.attr,
	&dev_attr_event_channel.attr,
	&dev_attr_held_event_channel.attr,
	&dev_attr_trigger.attr,
	&dev_attr_requests.attr,
	&dev_attr_suspends.attr,
	&dev_attr_cancelled.attr,
	&dev_attr_failures.attr,
	&dev_attr_retries.attr,
	&dev_attr_coalesced.attr,
	&dev_attr_spurious.attr,
	&dev_attr_stock_suspends.attr,
	&dev_attr_negotiations.attr,
	&dev_attr_replacements.attr,
	&dev_attr_last_error.attr,
	&dev_attr_last_signal_us.attr,
	&dev_attr_last_suspend_us.attr,
	NULL
};

static const struct attribute_group xen_suspend_group = {
	.attrs = xen_suspend_attrs,
};

const struct attribute_group *xen_suspend_groups[] = {
	&xen_suspend_group,
	&failed_group,
	&stock_failed_group,
	NULL
};
