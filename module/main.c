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
#include "xen-suspend.h"

struct xen_suspend xen_suspend_instance;

static char *trigger = "auto";
module_param(trigger, charp, 0444);
MODULE_PARM_DESC(trigger,
		 "How a suspend is started: direct, xenstore, or auto: direct where its self-test passes (default auto)");

static unsigned int toolstack_domid;
module_param(toolstack_domid, uint, 0444);
MODULE_PARM_DESC(toolstack_domid,
		 "Domain that the toolstack runs in (default 0)");

unsigned int xen_suspend_deadline_ms = 55000;
module_param_named(deadline_ms, xen_suspend_deadline_ms, uint, 0644);
MODULE_PARM_DESC(deadline_ms,
		 "Drop a request not served after this many ms, 0 for never (default 55000; libxl gives up after 60000)");

unsigned int xen_suspend_first_retry_ms = 250;
module_param_named(retry_ms, xen_suspend_first_retry_ms, uint, 0644);
MODULE_PARM_DESC(retry_ms,
		 "Pause before a failed suspend is tried again, doubling up to 4 s, 0 for never (default 250)");

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
	int direct = trigger_parse(trigger);

	if (direct < 0) {
		pr_err("trigger=%s: must be auto, direct or xenstore\n",
		       trigger);
		return -EINVAL;
	}
	xen_suspend_instance.trigger = direct ? TRIGGER_DIRECT :
						TRIGGER_XENSTORE;
	if (toolstack_domid >= DOMID_FIRST_RESERVED) {
		pr_err("toolstack_domid=%u: no domain has a number above %u\n",
		       toolstack_domid, DOMID_FIRST_RESERVED - 1);
		return -EINVAL;
	}
	xen_suspend_instance.channel.remote = toolstack_domid;
	return 0;
}

/*
 * First who asks the service thread for something, then the thread, then the
 * report, which either may have given something to tell.
 */
static void stop(struct xen_suspend *xs)
{
	debug_files_exit(xs);
	observer_exit(xs);
	report_flush(&xs->report);
	power_exit(xs);
	service_stop(&xs->service);
	report_exit(&xs->report);
	power_free(xs);
}

static int __init xen_suspend_init(void)
{
	struct xen_suspend *xs = &xen_suspend_instance;
	int err;

	err = check_platform();
	if (err)
		return err;
	err = check_params();
	if (err)
		return err;

	xs->channel.hs = &xs->handshake;
	status_init(&xs->status);
	attempt_init(xs);
	report_init(&xs->report);
	story_init(&xs->story);

	err = service_create(xs);
	if (err) {
		pr_err("cannot start a thread: %d\n", err);
		return err;
	}
	err = power_init(xs);
	if (err) {
		pr_err("cannot register the device xen-suspend: %d\n", err);
		goto err_service;
	}
	debug_files_init(xs);
	observer_init(xs);
	err = service_watch(xs);
	if (err) {
		pr_err("cannot watch device in xenstore: %d\n", err);
		goto err_observer;
	}
	err = trigger_init(xs);
	if (err)
		goto err_watch;
	err = service_negotiate(&xs->service);
	if (err) {
		pr_err("cannot negotiate with the toolstack: %d%s; not loaded, suspends go through xenstore as before\n",
		       err, err == -ENODEV ? ", there is no control/" : "");
		goto err_release;
	}
	return 0;

err_release:
	/* The port is open if the node may hold it. */
	release_at_once(&xs->service);
	trigger_exit(xs);
err_watch:
	service_unwatch(xs);
err_observer:
	stop(xs);
	return err;
err_service:
	service_stop(&xs->service);
	return err;
}

static void __exit xen_suspend_exit(void)
{
	struct xen_suspend *xs = &xen_suspend_instance;

	release_for_unload(&xs->service);
	trigger_exit(xs);
	service_unwatch(xs);
	stop(xs);
}

module_init(xen_suspend_init);
module_exit(xen_suspend_exit);

MODULE_DESCRIPTION("Xen suspend event channel for guests");
MODULE_AUTHOR("The xen-suspend authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
