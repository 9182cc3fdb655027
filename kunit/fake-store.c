// SPDX-License-Identifier: GPL-2.0
/*
 * What the fake xenstore holds: a dozen nodes with the guest's permissions, and what
 * one transaction sees of them.
 *
 * Permissions as xenstored has them: who may not read a node that does not
 * exist's nearest ancestor gets EACCES for it, not ENOENT; who may write that
 * ancestor may make the node, which then has its permissions.
 *
 * Transactions as xenstored has them, too: a node that is looked at or written is
 * copied, and whether it is there at all is remembered; the commit finds out whether
 * any of them has been changed since by somebody else. A new node changes its parent.
 * What is written without the transaction's number is outside of it.
 *
 * Everything here is called with fake_xen.lock held, or before anybody else runs.
 */
#include <linux/string.h>

#include "fake-store.h"

void (*fake_store_changed)(void);
void (*fake_store_fired)(const char *path);

/* Changes are numbered, all of them. */
static unsigned long changes;

struct fake_node *fake_store_find(struct fake_node *store, const char *path)
{
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		if (*store[i].path && !strcmp(store[i].path, path))
			return &store[i];
	}
	return NULL;
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
struct fake_node *fake_store_seen(bool tx, const char *path)
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
enum fake_perm fake_store_inherited(bool tx, const char *path)
{
	char parent[sizeof_field(struct fake_node, path)];
	struct fake_node *node;

	while (parent_of(parent, path)) {
		node = fake_store_seen(tx, parent);
		if (node)
			return node->perm;
		path = parent;
	}
	return FAKE_RO;
}

static struct fake_node *make(bool tx, const char *path, enum fake_perm perm)
{
	char parent[sizeof_field(struct fake_node, path)];
	struct fake_node *node = fake_store_seen(tx, path);

	if (node)
		return node;
	if (parent_of(parent, path))
		change(tx, make(tx, parent, fake_store_inherited(tx, parent)));
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

void fake_store_put(bool tx, const char *path, const char *value, bool by_guest)
{
	struct fake_node *node = make(tx, path, fake_store_inherited(tx, path));

	strscpy(node->value, value, sizeof(node->value));
	node->by_guest = by_guest;
	node->fires = true;
	change(tx, node);
	if (!tx)
		fire(path);
}

/* Whoever watches a node below the one removed is told of that one. */
void fake_store_remove(bool tx, const char *path)
{
	char parent[sizeof_field(struct fake_node, path)];
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		struct fake_node *node = &fake_xen.store[i];

		if (!*node->path || !is_below(node->path, path))
			continue;
		if (tx) {
			fake_store_seen(tx, node->path);
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
	if (parent_of(parent, path) && fake_store_seen(tx, parent))
		change(tx, fake_store_seen(tx, parent));
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

bool fake_store_conflicts(void)
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

void fake_store_commit(void)
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
void fake_store_meddle(void)
{
	int i;

	for (i = 0; i < FAKE_NODES; i++) {
		if (*fake_xen.tx[i].path && fake_store_seen(false, fake_xen.tx[i].path))
			change(false, fake_store_seen(false, fake_xen.tx[i].path));
	}
}

/* The name of a node in a directory, NULL if it is in another */
static const char *child(const struct fake_node *node, const char *dir)
{
	size_t len = strlen(dir);
	const char *name = node->path + len + 1;

	return !strncmp(node->path, dir, len) && node->path[len] == '/' &&
	       !strchr(name, '/') ? name : NULL;
}

const char *fake_store_child(bool tx, int i, const char *dir)
{
	const char *name;

	/* Those in the store first, as the transaction has them, then its own. */
	if (i < FAKE_NODES) {
		name = child(&fake_xen.store[i], dir);
		return name && fake_store_seen(tx, fake_xen.store[i].path) ? name : NULL;
	}
	if (!tx || fake_xen.tx[i - FAKE_NODES].gone ||
	    fake_store_find(fake_xen.store, fake_xen.tx[i - FAKE_NODES].path))
		return NULL;
	return child(&fake_xen.tx[i - FAKE_NODES], dir);
}

