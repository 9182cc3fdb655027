// SPDX-License-Identifier: GPL-2.0
/*
 * Negotiation: which way the toolstack offers, publishing the port, and taking
 * it back.
 *
 *   device/suspend/event-channel   device           mode
 *   there, writable                any              toolstack-node
 *   absent                         writable         compat
 *   absent                         not writable     xenstore-only
 *   there, not writable            any              xenstore-only
 *
 * A guest cannot ask xenstore who may write a node through the kernel's
 * interface, so writability is found out by writing: the decision and the
 * write are one transaction, and nobody sees a half-made decision.
 *
 * A node that is there with something in it was left by somebody: by a kernel
 * that was kexec'ed away, say. If that kernel made it in the compat layout it
 * looks like the toolstack's now, and a later unload would leave it behind. So
 * in that case device itself is tried, in a transaction that is then aborted.
 *
 * Sources: docs/misc/xenstore-paths.pandoc and tools/libs/light/libxl_create.c
 * of Xen 4.17.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "negotiate.h"
#include "transaction.h"

/* Decimal digits of a u32 and the terminator */
#define PORT_TEXT_SIZE 11

/* A refusal to let this guest write, as opposed to something going wrong */
static bool is_refusal(int err)
{
	return err == -EACCES || err == -EPERM || err == -EROFS;
}

/* Return: 1 if the node is there, 0 if not, or an error. */
static int node_exists(struct xenbus_transaction xbt, const char *dir,
		       const char *node)
{
	char *value = xenbus_read(xbt, dir, node, NULL);

	if (IS_ERR(value))
		return PTR_ERR(value) == -ENOENT ? 0 : PTR_ERR(value);
	kfree(value);
	return 1;
}

/**
 * negotiate_decide - the table at the top of negotiate.c
 * @node_exists:	device/suspend/event-channel was there
 * @node_written:	we could write it
 * @device_writable:	we could write device; asked only where it matters
 *
 * Context: any, pure.
 * Return: the mode.
 */
enum xen_suspend_mode negotiate_decide(bool node_exists, bool node_written,
				       bool device_writable)
{
	if (!node_written)
		return MODE_XENSTORE_ONLY;
	if (!node_exists || device_writable)
		return MODE_COMPAT;
	return MODE_TOOLSTACK_NODE;
}

static int probe_device(struct xenbus_transaction xbt, void *data)
{
	bool *writable = data;
	int err = xenbus_write(xbt, "device", "suspend-probe", "");

	*writable = !err;
	return err && !is_refusal(err) ? err : 0;
}

/* Is a value of the node one of our own ports? */
static bool is_ours(const struct negotiation *neg, const char *value)
{
	unsigned int port;

	return !kstrtouint(value, 10, &port) && port &&
	       (port == neg->published || port == neg->unsure);
}

struct publication {
	char port[PORT_TEXT_SIZE];
	char stale[32];
	bool same;
	bool exists;
	bool made_dir;
	int refusal;
};

static int publish(struct xenbus_transaction xbt, void *data)
{
	struct publication *pub = data;
	char *value;
	int err;

	pub->stale[0] = '\0';
	pub->same = false;
	pub->made_dir = false;
	pub->refusal = 0;

	err = node_exists(xbt, "control", "");
	if (!err || is_refusal(err))
		return -ENODEV;
	if (err < 0)
		return err;

	value = xenbus_read(xbt, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, NULL);
	if (!IS_ERR(value)) {
		pub->exists = true;
		pub->same = !strcmp(value, pub->port);
		strscpy(pub->stale, value, sizeof(pub->stale));
		kfree(value);
		if (pub->same)
			return 0;
	} else if (PTR_ERR(value) == -ENOENT) {
		pub->exists = false;
		err = node_exists(xbt, XEN_SUSPEND_DIR, "");
		if (err < 0 && !is_refusal(err))
			return err;
		pub->made_dir = !err;
	} else if (is_refusal(PTR_ERR(value))) {
		pub->refusal = -EACCES;
		return 0;
	} else {
		return PTR_ERR(value);
	}

	err = xenbus_write(xbt, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, pub->port);
	if (is_refusal(err)) {
		pub->refusal = pub->exists ? -EACCES : -ENOENT;
		return 0;
	}
	return err ?: 1;
}

/*
 * A node of ours that was overwritten is no news about the layout; of any other,
 * find out who made it.
 */
static bool guest_made_node(const struct negotiation *was,
			    struct publication *pub)
{
	bool device_writable = false;
	int err;

	if (was->published) {
		pub->made_dir = was->made_dir;
		return was->mode == MODE_COMPAT;
	}
	err = transaction_run(probe_device, &device_writable);
	if (err)
		pr_warn("cannot tell whether device is writable (%d): taking %s for the toolstack's\n",
			err, XEN_SUSPEND_NODE);
	pub->made_dir = device_writable;
	return device_writable;
}

/* Does the node hold that port, for certain? */
static bool holds(evtchn_port_t port)
{
	char *value = xenbus_read(XBT_NIL, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, NULL);
	unsigned int found;
	bool held;

	if (IS_ERR(value))
		return false;
	held = !kstrtouint(value, 10, &found) && found == port;
	kfree(value);
	return held;
}

/**
 * negotiate_publish - find the mode and tell the toolstack the port
 * @neg:	what was agreed before, and is now
 * @port:	an open port that is ready to take a notify
 *
 * Also the way to look whether the node still holds our port: it is written
 * only if it does not. Mostly it does, since our own writes make us look, too; and
 * that takes no transaction, for which a suspend would have to wait.
 *
 * Context: process, may sleep for xenstored.
 * Return: 1 if the port was written or the offer has changed, 0 if all is as
 * it was, -ENODEV if there is no control/ (this is no guest of a toolstack that
 * can suspend it), -EAGAIN if the transaction kept conflicting, or another
 * error of xenstore. After an error only negotiate_withdraw() makes sure that
 * the node does not hold the port.
 */
int negotiate_publish(struct negotiation *neg, evtchn_port_t port)
{
	struct publication pub = {};
	struct negotiation was = *neg;
	bool device_writable = false;
	enum xen_suspend_mode mode;
	int err;

	if (neg->published == port && !neg->unsure && holds(port))
		return 0;
	snprintf(pub.port, sizeof(pub.port), "%u", port);
	err = transaction_run(publish, &pub);
	if (err < 0) {
		neg->unsure = port;
		return err;
	}
	neg->unsure = 0;

	if (pub.same && was.published == port)
		return 0;

	if (!pub.refusal && pub.stale[0]) {
		if (!pub.same && !is_ours(&was, pub.stale))
			pr_notice("%s held \"%.20s\", which is no port of ours; replaced by %u\n",
				  XEN_SUSPEND_NODE, pub.stale, port);
		device_writable = guest_made_node(&was, &pub);
	}

	mode = negotiate_decide(pub.exists, !pub.refusal, device_writable);
	WRITE_ONCE(neg->mode, mode);
	neg->published = pub.refusal ? 0 : port;
	neg->made_dir = pub.made_dir;
	neg->refusal = pub.refusal;
	return neg->published || was.published || was.refusal != neg->refusal;
}

/**
 * negotiate_replace - tell the toolstack another port than the one published
 * @neg:	what is agreed
 * @port:	an open port that is ready to take a notify
 *
 * Context: process, may sleep for xenstored: one round trip.
 * Return: 0, or an error, and then negotiate_publish() finds out what has become
 * of the node.
 */
int negotiate_replace(struct negotiation *neg, evtchn_port_t port)
{
	char text[PORT_TEXT_SIZE];
	int err;

	snprintf(text, sizeof(text), "%u", port);
	err = xenbus_write(XBT_NIL, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, text);
	if (err)
		neg->unsure = port;
	else
		neg->published = port;
	return err;
}

/* Somebody else may have put something next to our node. */
static bool is_alone(struct xenbus_transaction xbt)
{
	unsigned int count = 0;
	char **list = xenbus_directory(xbt, XEN_SUSPEND_DIR, "", &count);

	if (IS_ERR(list))
		return false;
	kfree(list);
	return count == 1;
}

struct withdrawal {
	const struct negotiation *neg;
	bool foreign;
};

static int withdraw(struct xenbus_transaction xbt, void *data)
{
	struct withdrawal *wd = data;
	const struct negotiation *neg = wd->neg;
	char *value = xenbus_read(xbt, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, NULL);
	int err;

	wd->foreign = false;
	if (IS_ERR(value))
		return PTR_ERR(value) == -ENOENT ? 0 : PTR_ERR(value);
	wd->foreign = !is_ours(neg, value);
	kfree(value);
	if (wd->foreign)
		return 0;

	if (neg->mode != MODE_COMPAT)
		err = xenbus_write(xbt, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF, "");
	else if (neg->made_dir && is_alone(xbt))
		err = xenbus_rm(xbt, XEN_SUSPEND_DIR, "");
	else
		err = xenbus_rm(xbt, XEN_SUSPEND_DIR, XEN_SUSPEND_LEAF);
	return err ?: 1;
}

/**
 * negotiate_withdraw - leave xenstore as it was found
 * @neg:	what is agreed
 *
 * A toolstack that read the node before may still use the port: look at the
 * port's status before it is closed.
 *
 * Context: process, may sleep for xenstored.
 * Return: 0, also if somebody else has removed or replaced the value; or an
 * error, and then the node may still hold the port, which must stay open.
 */
int negotiate_withdraw(struct negotiation *neg)
{
	struct withdrawal wd = { .neg = neg };
	int err;

	if (!neg->published && !neg->unsure)
		return 0;

	err = transaction_run(withdraw, &wd);
	if (err)
		return err;
	if (wd.foreign)
		pr_notice("%s does not hold our port %u any more: left alone\n",
			  XEN_SUSPEND_NODE, neg->published ?: neg->unsure);
	neg->published = 0;
	neg->unsure = 0;
	return 0;
}

/**
 * negotiate_mode_name - the name of a mode, as in sysfs
 * @mode:	the mode
 *
 * Context: any.
 * Return: a constant string.
 */
const char *negotiate_mode_name(enum xen_suspend_mode mode)
{
	switch (mode) {
	case MODE_TOOLSTACK_NODE:
		return "toolstack-node";
	case MODE_COMPAT:
		return "compat";
	default:
		return "xenstore-only";
	}
}
