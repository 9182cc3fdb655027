// SPDX-License-Identifier: GPL-2.0
/*
 * The fake xenstore: a dozen nodes with the guest's permissions, and one
 * transaction at a time, which works on a copy.
 *
 * Permissions as xenstored has them: who may not read a node that does not
 * exist's nearest ancestor gets EACCES for it, not ENOENT; who may write that
 * ancestor may make the node, which then has its permissions.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake-xenstore.h"

struct fake_node *fake_store_find(struct fake_node *store, const char *path)
{
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		if (*store[i].path && !strcmp(store[i].path, path))
			return &store[i];
	}
	return NULL;
}

static void join(char *path, const char *dir, const char *node)
{
	snprintf(path, sizeof_field(struct fake_node, path), *node ? "%s/%s" : "%s",
		 dir, node);
}

/* The permissions of the nearest ancestor; the domain's root is read-only. */
static enum fake_perm inherited(struct fake_node *store, const char *path)
{
	char parent[sizeof_field(struct fake_node, path)];
	struct fake_node *node;
	char *slash;

	strscpy(parent, path, sizeof(parent));
	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';
		node = fake_store_find(store, parent);
		if (node)
			return node->perm;
	}
	return FAKE_RO;
}

static struct fake_node *make(struct fake_node *store, const char *path,
			      enum fake_perm perm)
{
	struct fake_node *node = fake_store_find(store, path);
	char parent[sizeof_field(struct fake_node, path)];
	char *slash;
	int i;

	if (node)
		return node;
	strscpy(parent, path, sizeof(parent));
	slash = strrchr(parent, '/');
	if (slash) {
		*slash = '\0';
		make(store, parent, inherited(store, parent));
	}
	for (i = 0; i < FAKE_NODES - 1 && *store[i].path; i++)
		;
	node = &store[i];
	memset(node, 0, sizeof(*node));
	strscpy(node->path, path, sizeof(node->path));
	node->perm = perm;
	return node;
}

static void remove(struct fake_node *store, const char *path)
{
	size_t len = strlen(path);
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		if (!strncmp(store[i].path, path, len) &&
		    (!store[i].path[len] || store[i].path[len] == '/'))
			*store[i].path = '\0';
	}
}

/** fake_xen_put - the toolstack writes a node */
void fake_xen_put(const char *path, const char *value, enum fake_perm perm)
{
	unsigned long flags;
	struct fake_node *node;

	spin_lock_irqsave(&fake_xen.lock, flags);
	node = make(fake_xen.store, path, perm);
	strscpy(node->value, value, sizeof(node->value));
	node->perm = perm;
	node->by_guest = false;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

/** fake_xen_remove - the toolstack removes a node and what is below */
void fake_xen_remove(const char *path)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	remove(fake_xen.store, path);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
}

/** fake_xen_value - the value of a node, NULL if there is none */
const char *fake_xen_value(const char *path)
{
	const struct fake_node *node = fake_store_find(fake_xen.store, path);

	return node ? node->value : NULL;
}

/** fake_xen_text - the value of a node, "(none)" if there is none */
const char *fake_xen_text(const char *path)
{
	return fake_xen_value(path) ?: "(none)";
}

/** fake_xen_port - the port in the node, 0 if none */
unsigned int fake_xen_port(void)
{
	const char *value = fake_xen_value(XEN_SUSPEND_NODE);
	unsigned int port;

	return value && !kstrtouint(value, 10, &port) ? port : 0;
}

void fake_store_lay_out(enum fake_layout layout)
{
	struct fake_node *store = fake_xen.store;

	memset(fake_xen.store, 0, sizeof(fake_xen.store));
	make(store, "control", FAKE_RO);
	make(store, "control/shutdown", FAKE_RW);
	make(store, "data", FAKE_RW);
	make(store, "device", layout == LAYOUT_COMPAT ? FAKE_RW : FAKE_RO);
	if (layout == LAYOUT_DEFAULT)
		make(store, XEN_SUSPEND_NODE, FAKE_RW);
	if (layout == LAYOUT_READ_ONLY)
		make(store, XEN_SUSPEND_NODE, FAKE_RO);
}

int fake_transaction_start(struct xenbus_transaction *xbt)
{
	int err = fake_xen_call(FAKE_TX_START, '(');

	if (err)
		return err;
	if (fake_xen.tx_open)
		return -EBUSY;
	fake_xen.tx_open++;
	memcpy(fake_xen.tx, fake_xen.store, sizeof(fake_xen.tx));
	xbt->id = 1;
	return 0;
}

int fake_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	int err = fake_xen_call(FAKE_TX_END, abort ? '!' : ')');
	unsigned long flags;

	if (!fake_xen.tx_open) {
		fake_xen.tx_ended_twice++;
		return -ENOENT;
	}
	if (err && fake_xen.fail_unsent)
		return err;
	fake_xen.tx_open--;
	if ((err && !fake_xen.fail_late) || abort)
		return err;
	if (fake_xen.conflicts) {
		fake_xen.conflicts--;
		return -EAGAIN;
	}
	spin_lock_irqsave(&fake_xen.lock, flags);
	memcpy(fake_xen.store, fake_xen.tx, sizeof(fake_xen.tx));
	fake_xen_check_node();
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

static struct fake_node *seen(struct xenbus_transaction xbt)
{
	return xbt.id ? fake_xen.tx : fake_xen.store;
}

char *fake_read(struct xenbus_transaction xbt, const char *dir,
		const char *name)
{
	int err = fake_xen_call(FAKE_READ, 'r');
	char path[sizeof_field(struct fake_node, path)];
	struct fake_node *node;
	unsigned long flags;
	char *value;

	if (err)
		return ERR_PTR(err);
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = fake_store_find(seen(xbt), path);
	if (xbt.id && !fake_xen.tx_open)
		value = ERR_PTR(-ENOENT);
	else if ((node ? node->perm : inherited(seen(xbt), path)) == FAKE_NONE)
		value = ERR_PTR(-EACCES);
	else if (!node)
		value = ERR_PTR(-ENOENT);
	else
		value = kstrdup(node->value, GFP_ATOMIC) ?: ERR_PTR(-ENOMEM);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return value;
}

int fake_write(struct xenbus_transaction xbt, const char *dir,
	       const char *name, const char *value)
{
	int err = fake_xen_call(FAKE_WRITE, 'w');
	char path[sizeof_field(struct fake_node, path)];
	enum fake_perm perm;
	struct fake_node *node;
	unsigned long flags;

	if (err)
		return err;
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = fake_store_find(seen(xbt), path);
	perm = node ? node->perm : inherited(seen(xbt), path);
	if (perm == FAKE_RW) {
		node = make(seen(xbt), path, FAKE_RW);
		strscpy(node->value, value, sizeof(node->value));
		node->by_guest = true;
		fake_xen_check_node();
	} else {
		err = -EACCES;
	}
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	if (!err && fake_xen.managed && !strcmp(value, "suspend"))
		fake_xenwatch_manage();
	return err;
}

int fake_rm(struct xenbus_transaction xbt, const char *dir, const char *name)
{
	int err = fake_xen_call(FAKE_RM, 'd');
	char path[sizeof_field(struct fake_node, path)];
	struct fake_node *node;
	unsigned long flags;

	if (err)
		return err;
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = fake_store_find(seen(xbt), path);
	if (!node)
		err = -ENOENT;
	else if (node->perm != FAKE_RW)
		err = -EACCES;
	else
		remove(seen(xbt), path);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

int fake_count_children(struct xenbus_transaction xbt, const char *dir,
			const char *name)
{
	int err = fake_xen_call(FAKE_COUNT, 'n');
	char path[sizeof_field(struct fake_node, path)];
	struct fake_node *store = seen(xbt);
	size_t len;
	int i, count = 0;

	if (err)
		return err;
	join(path, dir, name);
	if (!fake_store_find(store, path))
		return -ENOENT;
	len = strlen(path);
	for (i = 0; i < FAKE_NODES; i++)
		count += !strncmp(store[i].path, path, len) &&
			 store[i].path[len] == '/' &&
			 !strchr(store[i].path + len + 1, '/');
	return count;
}
