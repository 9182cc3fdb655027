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

void (*fake_store_changed)(void);
void (*fake_store_written)(const char *value);

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
	const char *value = fake_xen_value(FAKE_NODE);
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
		make(store, FAKE_NODE, FAKE_RW);
	if (layout == LAYOUT_READ_ONLY)
		make(store, FAKE_NODE, FAKE_RO);
}

int fake_transaction_start(struct xenbus_transaction *xbt)
{
	int err;

	if (fake_xen.real)
		return xenbus_transaction_start(xbt);
	err = fake_xen_call(FAKE_TX_START, '(');
	if (err)
		return err;
	if (fake_xen.tx_open)
		return -EBUSY;
	fake_xen.tx_open++;
	memcpy(fake_xen.tx, fake_xen.store, sizeof(fake_xen.tx));
	xbt->id = 1;
	return 0;
}

/* The kernel's second argument is an int or a bool. */
int fake_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	unsigned long flags;
	int err;

	if (fake_xen.real)
		return xenbus_transaction_end(xbt, abort);
	err = fake_xen_call(FAKE_TX_END, abort ? '!' : ')');
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
	fake_store_changed();
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	return err;
}

static struct fake_node *seen(struct xenbus_transaction xbt)
{
	return xbt.id ? fake_xen.tx : fake_xen.store;
}

void *fake_xenbus_read(struct xenbus_transaction xbt, const char *dir,
		       const char *name, unsigned int *len)
{
	char path[sizeof_field(struct fake_node, path)];
	struct fake_node *node;
	unsigned long flags;
	char *value;
	int err;

	if (fake_xen.real)
		return xenbus_read(xbt, dir, name, len);
	err = fake_xen_call(FAKE_READ, 'r');
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
	if (len && !IS_ERR(value))
		*len = strlen(value);
	return value;
}

int fake_xenbus_write(struct xenbus_transaction xbt, const char *dir,
		      const char *name, const char *value)
{
	char path[sizeof_field(struct fake_node, path)];
	enum fake_perm perm;
	struct fake_node *node;
	unsigned long flags;
	int err;

	if (fake_xen.real)
		return xenbus_write(xbt, dir, name, value);
	err = fake_xen_call(FAKE_WRITE, 'w');
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
		fake_store_changed();
	} else {
		err = -EACCES;
	}
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	if (!err && !strcmp(path, "control/shutdown"))
		fake_store_written(value);
	return err;
}

int fake_xenbus_rm(struct xenbus_transaction xbt, const char *dir,
		   const char *name)
{
	char path[sizeof_field(struct fake_node, path)];
	struct fake_node *node;
	unsigned long flags;
	int err;

	if (fake_xen.real)
		return xenbus_rm(xbt, dir, name);
	err = fake_xen_call(FAKE_RM, 'd');
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

/* The name of a node in a directory, NULL if it is in another */
static const char *child(const struct fake_node *node, const char *dir)
{
	size_t len = strlen(dir);
	const char *name = node->path + len + 1;

	return !strncmp(node->path, dir, len) && node->path[len] == '/' &&
	       !strchr(name, '/') ? name : NULL;
}

/* As the kernel's: pointers and then what they point to, to be freed as one */
char **fake_xenbus_directory(struct xenbus_transaction xbt, const char *dir,
			     const char *name, unsigned int *num)
{
	char path[sizeof_field(struct fake_node, path)];
	const size_t size = sizeof_field(struct fake_node, path);
	struct fake_node *store = seen(xbt);
	char **list, *text;
	int i, err;

	if (fake_xen.real)
		return xenbus_directory(xbt, dir, name, num);
	err = fake_xen_call(FAKE_DIRECTORY, 'n');
	if (err)
		return ERR_PTR(err);
	join(path, dir, name);
	if (!fake_store_find(store, path))
		return ERR_PTR(-ENOENT);
	list = kcalloc(FAKE_NODES, sizeof(*list) + size, GFP_KERNEL);
	if (!list)
		return ERR_PTR(-ENOMEM);
	text = (char *)(list + FAKE_NODES);
	*num = 0;
	for (i = 0; i < FAKE_NODES; i++) {
		if (!child(&store[i], path))
			continue;
		strscpy(text + i * size, child(&store[i], path), size);
		list[(*num)++] = text + i * size;
	}
	return list;
}
