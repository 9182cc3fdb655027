// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs: one value a file, documented in
 * Documentation/ABI/testing/sysfs-devices-platform-xen-suspend.
 *
 * Nothing here changes state, and nothing waits: values are read as they are,
 * each by itself.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/sysfs.h>

#include "xen-suspend.h"

/**
 * status_init - no error so far
 * @status:	the status
 *
 * Context: any.
 */
void status_init(struct status *status)
{
	spin_lock_init(&status->lock);
}

/**
 * status_error - note and log what went wrong
 * @status:	the status
 * @source:	what kind of thing
 * @err:	negative errno
 * @fmt:	the reason: cause, path, what to do
 *
 * Context: process.
 */
void status_error(struct status *status, enum error_source source, int err,
		  const char *fmt, ...)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	char reason[STATUS_REASON_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);

	spin_lock(&status->lock);
	status->errors[source].err = err;
	status->errors[source].stamp = ++status->stamp;
	memcpy(status->errors[source].reason, reason, sizeof(reason));
	spin_unlock(&status->lock);

	if (__ratelimit(&limit))
		pr_warn("%s (error %d)\n", reason, err);
}

/**
 * status_clear_error - a thing has gone well
 * @status:	the status
 * @source:	what kind of thing
 *
 * Context: process.
 */
void status_clear_error(struct status *status, enum error_source source)
{
	spin_lock(&status->lock);
	status->errors[source].err = 0;
	spin_unlock(&status->lock);
}

/**
 * status_show_error - the text of last_error
 * @status:	the status
 * @buf:	a page
 *
 * Context: process.
 * Return: its length.
 */
ssize_t status_show_error(struct status *status, char *buf)
{
	int i, last = -1;
	ssize_t len;

	spin_lock(&status->lock);
	for (i = 0; i < ERROR_SOURCES; i++) {
		if (!status->errors[i].err)
			continue;
		if (last < 0 ||
		    (int)(status->errors[i].stamp -
			  status->errors[last].stamp) > 0)
			last = i;
	}
	if (last < 0)
		len = sysfs_emit(buf, "0\n");
	else
		len = sysfs_emit(buf, "%d %s\n", status->errors[last].err,
				 status->errors[last].reason);
	spin_unlock(&status->lock);
	return len;
}

/**
 * status_state_changed - wake who polls the file "state"
 * @status:	the status
 *
 * Context: process. The upcall does not call it; the thread it wakes does.
 */
void status_state_changed(struct status *status)
{
	if (status->device)
		sysfs_notify(&status->device->kobj, NULL, "state");
}

#define SHOW(name, ...)							\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	struct xen_suspend *xs = dev_get_platdata(dev);			\
									\
	return sysfs_emit(buf, __VA_ARGS__);				\
}									\
static DEVICE_ATTR_RO(name)

SHOW(mode, "%s\n", negotiate_mode_name(READ_ONCE(xs->negotiation.mode)));
SHOW(state, "%s\n", hs_state_name(atomic_read(&xs->handshake.word)));
SHOW(trigger, "%s\n", trigger_name(READ_ONCE(xs->trigger)));
SHOW(requests, "%lu\n", READ_ONCE(xs->handshake.requests));
SHOW(coalesced, "%lu\n", READ_ONCE(xs->handshake.coalesced));
SHOW(spurious, "%lu\n", READ_ONCE(xs->handshake.spurious));
SHOW(suspends, "%lu\n", atomic_long_read(&xs->handshake.suspends));
SHOW(cancelled, "%lu\n", atomic_long_read(&xs->handshake.cancelled));
SHOW(failures, "%lu\n", atomic_long_read(&xs->handshake.failures));
SHOW(retries, "%lu\n", READ_ONCE(xs->retry.total));
SHOW(stock_suspends, "%lu\n", atomic_long_read(&xs->stock_suspends));
SHOW(negotiations, "%lu\n", READ_ONCE(xs->negotiations));
SHOW(last_signal_us, "%lu\n", READ_ONCE(xs->handshake.last_signal_us));
SHOW(last_suspend_us, "%lu\n", READ_ONCE(xs->handshake.last_suspend_us));

static ssize_t event_channel_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct xen_suspend *xs = dev_get_platdata(dev);
	evtchn_port_t port = READ_ONCE(xs->channel.port);

	return port ? sysfs_emit(buf, "%u\n", port) : sysfs_emit(buf, "\n");
}
static DEVICE_ATTR_RO(event_channel);

static ssize_t last_error_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct xen_suspend *xs = dev_get_platdata(dev);

	return status_show_error(&xs->status, buf);
}
static DEVICE_ATTR_RO(last_error);

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct dev_ext_attribute *file =
		container_of(attr, struct dev_ext_attribute, attr);

	return sysfs_emit(buf, "%lu\n", atomic_long_read(file->var));
}

#define COUNTER(dir, file, what)					\
static struct dev_ext_attribute dir##_##file = {			\
	.attr = __ATTR(file, 0444, counter_show, NULL),			\
	.var = &xen_suspend_instance.dir.by[what],			\
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
