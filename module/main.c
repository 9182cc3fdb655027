// SPDX-License-Identifier: GPL-2.0
/*
 * xen-suspend: the suspend event channel for Xen guests.
 *
 * Load and unload: the parts are started in order and unwound in reverse.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "debugfs.h"
#include "main.h"
#include "power.h"
#include "release.h"
#include "service.h"
#include "status.h"
#include "trigger.h"

struct xen_suspend xen_suspend_instance = {
	.patience = { .deadline_ms = 55000, .retry_ms = 250 },
	.offer = { .fresh_port_ms = 1 },
};

static char *trigger = "auto";
module_param(trigger, charp, 0444);
MODULE_PARM_DESC(trigger,
		 "How a suspend is started: direct, xenstore, or auto: direct where its self-test passes (default auto)");

static unsigned int toolstack_domid;
module_param(toolstack_domid, uint, 0444);
MODULE_PARM_DESC(toolstack_domid,
		 "Domain that the toolstack runs in (default 0)");

module_param_named(deadline_ms, xen_suspend_instance.patience.deadline_ms, uint,
		   0644);
MODULE_PARM_DESC(deadline_ms,
		 "Drop a request not served after this many ms, 0 for never (default 55000; libxl gives up after 60000)");

module_param_named(retry_ms, xen_suspend_instance.patience.retry_ms, uint, 0644);
MODULE_PARM_DESC(retry_ms,
		 "Pause before a failed suspend is tried again, doubling up to 4 s, 0 for never (default 250)");

module_param_named(fresh_port_ms, xen_suspend_instance.offer.fresh_port_ms, uint,
		   0644);
MODULE_PARM_DESC(fresh_port_ms,
		 "Offer another port so many ms after a resume if a toolstack has not given the last one back, 0 for never (default 1)");

static bool xenstore_seen;

static int note_xenstore(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	xenstore_seen = true;
	return NOTIFY_DONE;
}

/* The notifier is called at once if xenstore is up. */
static bool __init have_xenstore(void)
{
	static struct notifier_block nb = { .notifier_call = note_xenstore };

	xenstore_seen = false;
	register_xenstore_notifier(&nb);
	unregister_xenstore_notifier(&nb);
	return xenstore_seen;
}

static int __init check_platform(void)
{
	if (!xen_domain()) {
		pr_err("not a Xen guest: nothing to do here\n");
		return -ENODEV;
	}
	if (xen_initial_domain()) {
		pr_err("this is dom0, which nobody suspends: load the module in guests\n");
		return -ENODEV;
	}
	if (!IS_ENABLED(CONFIG_HIBERNATE_CALLBACKS)) {
		pr_err("this kernel cannot suspend under Xen (CONFIG_HIBERNATE_CALLBACKS)\n");
		return -EOPNOTSUPP;
	}
	if (!have_xenstore()) {
		pr_err("no xenstore: started too early, or a guest without one\n");
		return -ENODEV;
	}
	return 0;
}

static int __init check_params(void)
{
	if (trigger_parse(trigger) < 0) {
		pr_err("trigger=%s: must be auto, direct or xenstore\n",
		       trigger);
		return -EINVAL;
	}
	if (toolstack_domid >= DOMID_FIRST_RESERVED) {
		pr_err("toolstack_domid=%u: no domain has a number above %u\n",
		       toolstack_domid, DOMID_FIRST_RESERVED - 1);
		return -EINVAL;
	}
	xen_suspend_instance.channel.remote = toolstack_domid;
	return 0;
}

static void has_woken_up(void *data)
{
	struct xen_suspend *xs = data;

	jobs_ask(&xs->jobs, JOB_AWAKE);
}

/**
 * xen_suspend_assemble - let the parts know of those that they use
 * @xs:		the module
 *
 * Context: any.
 */
void xen_suspend_assemble(struct xen_suspend *xs)
{
	xs->channel.hs = &xs->handshake;
	xs->verdict.hs = &xs->handshake;
	xs->verdict.story = &xs->story;
	xs->verdict.report = &xs->report;
	xs->verdict.errors = &xs->errors;
	xs->verdict.jobs = &xs->jobs;
	xs->attempt.hs = &xs->handshake;
	xs->attempt.channel = &xs->channel;
	xs->attempt.control = &xs->control;
	xs->attempt.verdict = &xs->verdict;
	xs->attempt.lifecycle = &xs->lifecycle;
	xs->attempt.patience = &xs->patience;
	xs->lifecycle.awake = has_woken_up;
	xs->lifecycle.data = xs;
	control_init(&xs->control);
	jobs_init(&xs->jobs);
	errors_init(&xs->errors);
	report_init(&xs->report);
	story_init(&xs->story);
	verdict_init(&xs->verdict);
	attempt_init(&xs->attempt);
}

/*
 * First who asks the service thread for something, then the thread, then the
 * report, which either may have given something to tell.
 */
static void stop_parts(struct xen_suspend *xs)
{
	debug_files_exit();
	observer_exit(&xs->attempt.observer);
	report_flush(&xs->report);
	power_exit(xs);
	service_stop(xs);
	trigger_free(xs);
	report_exit(&xs->report);
	power_free(xs);
}

static int __init start_parts(struct xen_suspend *xs)
{
	int err = service_create(xs);

	if (err) {
		pr_err("cannot start a thread: %d\n", err);
		return err;
	}
	err = power_init(xs, xen_suspend_groups);
	if (err) {
		pr_err("cannot register the device xen-suspend: %d\n", err);
		service_stop(xs);
		return err;
	}
	debug_files_init(&xs->story);
	observer_init(&xs->attempt.observer);
	return 0;
}

static int __init xen_suspend_init(void)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	int err;

	err = check_platform() ?: check_params();
	if (err)
		return err;
	xen_suspend_assemble(xs);
	err = start_parts(xs);
	if (err)
		return err;
	err = service_watch(xs);
	if (err) {
		pr_err("cannot watch device in xenstore: %d\n", err);
		goto err_stop;
	}
	err = trigger_init(xs, trigger_parse(trigger));
	if (err)
		goto err_watch;
	err = service_negotiate(xs);
	if (err) {
		pr_err("cannot negotiate with the toolstack: %d%s; not loaded, suspends go through xenstore as before\n",
		       err, err == -ENODEV ? ", there is no control/" : "");
		goto err_release;
	}
	return 0;

err_release:
	/* The port is open if the node may hold it. */
	release_at_once(xs);
	trigger_exit(xs);
err_watch:
	service_unwatch(xs);
err_stop:
	stop_parts(xs);
	return err;
}

static void __exit xen_suspend_exit(void)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	release_for_unload(xs);
	trigger_exit(xs);
	service_unwatch(xs);
	stop_parts(xs);
}

module_init(xen_suspend_init);
module_exit(xen_suspend_exit);

MODULE_DESCRIPTION("Xen suspend event channel for guests");
MODULE_AUTHOR("The xen-suspend authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
