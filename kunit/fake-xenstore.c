// SPDX-License-Identifier: GPL-2.0
/*
 * The fake xenstore as the module and the tests call it; what it holds is in
 * fake-store.c. One transaction at a time.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake-store.h"
#include "fake-xenstore.h"

void (*fake_store_send)(void);

static unsigned int transactions;

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

/** fake_xen_put - the toolstack writes a node */
void fake_xen_put(const char *path, const char *value, enum fake_perm perm)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	fake_store_put(false, path, value, false);
	fake_store_find(fake_xen.store, path)->perm = perm;
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
}

/** fake_xen_remove - the toolstack removes a node and what is below */
void fake_xen_remove(const char *path)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_xen.lock, flags);
	fake_store_remove(false, path);
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
		fake_store_meddle();
	}
	if (fake_store_conflicts())
		err = -EAGAIN;
	else
		fake_store_commit();
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
	node = fake_store_seen(xbt.id, path);
	if ((node ? node->perm : fake_store_inherited(xbt.id, path)) == FAKE_NONE)
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
	node = fake_store_seen(xbt.id, path);
	if ((node ? node->perm : fake_store_inherited(xbt.id, path)) == FAKE_RW) {
		fake_store_put(xbt.id, path, value, true);
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
	node = fake_store_seen(xbt.id, path);
	if (!node)
		err = -ENOENT;
	else if (node->perm != FAKE_RW)
		err = -EACCES;
	else
		fake_store_remove(xbt.id, path);
	spin_unlock_irqrestore(&fake_xen.lock, flags);
	send_events();
	return err;
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
	if (!fake_store_seen(xbt.id, path))
		return ERR_PTR(-ENOENT);
	list = kcalloc(2 * FAKE_NODES, sizeof(*list) + size, GFP_KERNEL);
	if (!list)
		return ERR_PTR(-ENOMEM);
	text = (char *)(list + 2 * FAKE_NODES);
	*num = 0;
	for (i = 0; i < 2 * FAKE_NODES; i++) {
		if (!fake_store_child(xbt.id, i, path))
			continue;
		strscpy(text + i * size, fake_store_child(xbt.id, i, path), size);
		list[(*num)++] = text + i * size;
	}
	return list;
}
