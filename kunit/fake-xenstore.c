// SPDX-License-Identifier: GPL-2.0
/*
 * The fake xenstore: a dozen nodes with the guest's permissions, one transaction at
 * a time, and watches that fire.
 *
 * Permissions as xenstored has them: who may not read a node that does not
 * exist's nearest ancestor gets EACCES for it, not ENOENT; who may write that
 * ancestor may make the node, which then has its permissions.
 *
 * Transactions as xenstored has them, too: a node that is looked at or written is
 * copied, and whether it is there at all is remembered; the commit finds out whether
 * any of them has been changed since by somebody else. A new node changes its parent.
 * What is written without the transaction's number is outside of it.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake-xenstore.h"

void (*fake_store_changed)(void);
void (*fake_store_fired)(const char *path);
void (*fake_store_send)(void);

/* Changes are numbered, all of them. */
static unsigned long changes;
static unsigned int transactions;

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

/* Events go out when the lock is given up. */
static void send_events(void)
{
	if (fake_store_send)
		fake_store_send();
}

static struct fake_node *take(struct fake_node *store, const char *path)
{
	int i;

	for (i = 0; i < FAKE_NODES - 1 && *store[i].path; i++)
		;
	WARN_ON(*store[i].path);
	memset(&store[i], 0, sizeof(store[i]));
	strscpy(store[i].path, path, sizeof(store[i].path));
	return &store[i];
}

/* A node as it is seen from inside a transaction, or outside; NULL if there is none */
static struct fake_node *seen(bool tx, const char *path)
{
	struct fake_node *node = fake_store_find(fake_xen.store, path), *copy;

	if (!tx)
		return node;
	copy = fake_store_find(fake_xen.tx, path);
	if (!copy) {
		copy = take(fake_xen.tx, path);
		if (node)
			*copy = *node;
		copy->gone = !node;
		copy->changed = 0;
	}
	return copy->gone ? NULL : copy;
}

/* A node has been changed; outside of a transaction others see it at once. */
static void change(bool tx, struct fake_node *node)
{
	changes++;
	if (tx)
		node->changed = changes;
	else
		node->generation = changes;
}

static bool parent_of(char *parent, const char *path)
{
	char *slash;

	strscpy(parent, path, sizeof_field(struct fake_node, path));
	slash = strrchr(parent, '/');
	if (slash)
		*slash = '\0';
	return slash;
}

/* The permissions of the nearest ancestor; the domain's root is read-only. */
static enum fake_perm inherited(bool tx, const char *path)
{
	char parent[sizeof_field(struct fake_node, path)];
	struct fake_node *node;

	while (parent_of(parent, path)) {
		node = seen(tx, parent);
		if (node)
			return node->perm;
		path = parent;
	}
	return FAKE_RO;
}

static struct fake_node *make(bool tx, const char *path, enum fake_perm perm)
{
	char parent[sizeof_field(struct fake_node, path)];
	struct fake_node *node = seen(tx, path);

	if (node)
		return node;
	if (parent_of(parent, path))
		change(tx, make(tx, parent, inherited(tx, parent)));
	node = tx ? fake_store_find(fake_xen.tx, path) :
		    take(fake_xen.store, path);
	node->gone = false;
	*node->value = '\0';
	node->perm = perm;
	change(tx, node);
	return node;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

static void fire(const char *path)
{
	if (fake_store_fired)
		fake_store_fired(path);
}

static void put(bool tx, const char *path, const char *value, bool by_guest)
{
	struct fake_node *node = make(tx, path, inherited(tx, path));

	strscpy(node->value, value, sizeof(node->value));
	node->by_guest = by_guest;
	node->fires = true;
	change(tx, node);
	if (!tx)
		fire(path);
}

/* Whoever watches a node below the one removed is told of that one. */
static void remove(bool tx, const char *path)
{
	char parent[sizeof_field(struct fake_node, path)];
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		struct fake_node *node = &fake_xen.store[i];

		if (!*node->path || !is_below(node->path, path))
			continue;
		if (tx) {
			seen(tx, node->path);
			continue;
		}
		fire(node->path);
		*node->path = '\0';
	}
	for (i = 0; tx && i < FAKE_NODES; i++) {
		struct fake_node *copy = &fake_xen.tx[i];

		if (!*copy->path || copy->gone || !is_below(copy->path, path))
			continue;
		copy->gone = true;
		copy->fires = true;
		change(tx, copy);
	}
	if (parent_of(parent, path) && seen(tx, parent))
		change(tx, seen(tx, parent));
}

/** fake_xen_put - the toolstack writes a node */
void fake_xen_put(const char *path, const char *value, enum fake_perm perm)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	put(false, path, value, false);
	fake_store_find(fake_xen.store, path)->perm = perm;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
}

/** fake_xen_remove - the toolstack removes a node and what is below */
void fake_xen_remove(const char *path)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	remove(false, path);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
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
	memset(fake_xen.store, 0, sizeof(fake_xen.store));
	make(false, "control", FAKE_RO);
	make(false, "control/shutdown", FAKE_RW);
	make(false, "data", FAKE_RW);
	make(false, "device", layout == LAYOUT_COMPAT ? FAKE_RW : FAKE_RO);
	if (layout == LAYOUT_DEFAULT)
		make(false, FAKE_NODE, FAKE_RW);
	if (layout == LAYOUT_READ_ONLY)
		make(false, FAKE_NODE, FAKE_RO);
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
	memset(fake_xen.tx, 0, sizeof(fake_xen.tx));
	xbt->id = ++transactions;
	fake_xen.tx_id = xbt->id;
	return 0;
}

/* None has ever the number of one before it: one that was ended is not known. */
static bool is_over(struct xenbus_transaction xbt)
{
	return xbt.id && (!fake_xen.tx_open || xbt.id != fake_xen.tx_id);
}

static bool conflicts(void)
{
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		const struct fake_node *copy = &fake_xen.tx[i], *node;

		if (!*copy->path)
			continue;
		node = fake_store_find(fake_xen.store, copy->path);
		if ((node ? node->generation : 0) != copy->generation)
			return true;
	}
	return false;
}

/* The next one changed, in the order in which they were */
static struct fake_node *next_change(void)
{
	struct fake_node *next = NULL;
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		struct fake_node *copy = &fake_xen.tx[i];

		if (copy->changed && (!next || copy->changed < next->changed))
			next = copy;
	}
	return next;
}

static void commit(void)
{
	struct fake_node *copy, *node;

	while ((copy = next_change())) {
		node = fake_store_find(fake_xen.store, copy->path);
		if (copy->gone) {
			if (node)
				*node->path = '\0';
		} else {
			node = node ?: take(fake_xen.store, copy->path);
			*node = *copy;
			node->generation = ++changes;
			node->changed = 0;
			node->fires = false;
		}
		if (copy->fires)
			fire(copy->path);
		copy->changed = 0;
	}
	fake_store_changed();
}

/* Somebody is quicker, and writes what the transaction has looked at. */
static void meddle(void)
{
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		if (*fake_xen.tx[i].path && seen(false, fake_xen.tx[i].path))
			change(false, seen(false, fake_xen.tx[i].path));
	}
}

/* The kernel's second argument is an int or a bool. */
int fake_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	unsigned long flags;
	int err;

	if (fake_xen.real)
		return xenbus_transaction_end(xbt, abort);
	err = fake_xen_call(FAKE_TX_END, abort ? '!' : ')');
	if (is_over(xbt) || !xbt.id) {
		fake_xen.tx_ended_twice++;
		return -ENOENT;
	}
	if (err && fake_xen.fail_unsent)
		return err;
	fake_xen.tx_open--;
	if ((err && !fake_xen.fail_late) || abort)
		return err;
	spin_lock_irqsave(&fake_xen.lock, flags);
	if (fake_xen.conflicts) {
		fake_xen.conflicts--;
		meddle();
	}
	if (conflicts())
		err = -EAGAIN;
	else
		commit();
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
	return err;
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
	if (is_over(xbt))
		return ERR_PTR(-ENOENT);
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = seen(xbt.id, path);
	if ((node ? node->perm : inherited(xbt.id, path)) == FAKE_NONE)
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
	struct fake_node *node;
	unsigned long flags;
	int err;

	if (fake_xen.real)
		return xenbus_write(xbt, dir, name, value);
	err = fake_xen_call(FAKE_WRITE, 'w');
	if (err)
		return err;
	if (is_over(xbt))
		return -ENOENT;
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = seen(xbt.id, path);
	if ((node ? node->perm : inherited(xbt.id, path)) == FAKE_RW) {
		put(xbt.id, path, value, true);
		fake_store_changed();
	} else {
		err = -EACCES;
	}
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
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
	if (is_over(xbt))
		return -ENOENT;
	join(path, dir, name);
	spin_lock_irqsave(&fake_xen.lock, flags);
	node = seen(xbt.id, path);
	if (!node)
		err = -ENOENT;
	else if (node->perm != FAKE_RW)
		err = -EACCES;
	else
		remove(xbt.id, path);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
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

static const char *name_of_child(bool tx, int i, const char *dir)
{
	const char *name;

	/* Those in the store first, as the transaction has them, then its own. */
	if (i < FAKE_NODES) {
		name = child(&fake_xen.store[i], dir);
		return name && seen(tx, fake_xen.store[i].path) ? name : NULL;
	}
	if (!tx || fake_xen.tx[i - FAKE_NODES].gone ||
	    fake_store_find(fake_xen.store, fake_xen.tx[i - FAKE_NODES].path))
		return NULL;
	return child(&fake_xen.tx[i - FAKE_NODES], dir);
}

/* As the kernel's: pointers and then what they point to, to be freed as one */
char **fake_xenbus_directory(struct xenbus_transaction xbt, const char *dir,
			     const char *name, unsigned int *num)
{
	char path[sizeof_field(struct fake_node, path)];
	const size_t size = sizeof_field(struct fake_node, path);
	char **list, *text;
	int i, err;

	if (fake_xen.real)
		return xenbus_directory(xbt, dir, name, num);
	err = fake_xen_call(FAKE_DIRECTORY, 'n');
	if (err)
		return ERR_PTR(err);
	if (is_over(xbt))
		return ERR_PTR(-ENOENT);
	join(path, dir, name);
	if (!seen(xbt.id, path))
		return ERR_PTR(-ENOENT);
	list = kcalloc(2 * FAKE_NODES, sizeof(*list) + size, GFP_KERNEL);
	if (!list)
		return ERR_PTR(-ENOMEM);
	text = (char *)(list + 2 * FAKE_NODES);
	*num = 0;
	for (i = 0; i < 2 * FAKE_NODES; i++) {
		if (!name_of_child(xbt.id, i, path))
			continue;
		strscpy(text + i * size, name_of_child(xbt.id, i, path), size);
		list[(*num)++] = text + i * size;
	}
	return list;
}
