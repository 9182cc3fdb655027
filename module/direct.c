// SPDX-License-Identifier: GPL-2.0
/*
 * The direct trigger: what it needs of the kernel and how it finds it.
 *
 * do_suspend() has to run in the xenwatch thread: resume callbacks unregister
 * xenbus watches, which waits for running watch callbacks unless it is the
 * xenwatch thread that asks. To get there without a round through xenstored, an
 * event is made here that looks like one xenstored sent for a watch of ours,
 * and is handed to the function that the kernel calls for each of those,
 * xs_watch_msg(). The xenwatch thread then calls us back.
 *
 * None of this is exported, so it is looked up: a kprobe, registered but
 * never armed, gives the address of kallsyms_on_each_symbol(), and one walk through
 * the symbols gives the rest. Each must be there once and lie in the kernel's
 * own text or data. Found functions are called by static_call(), which is a
 * direct call: nothing here needs an indirect call to a function that was not
 * made for it (IBT, CFI, retpolines).
 *
 * 5.11, and 5.10 before the change was carried back, walk on into the modules'
 * symbols without their mutex, which cannot be told from the headers: another
 * module must not go at that moment. See troubleshooting.rst.
 */
#define pr_fmt(fmt) "xen-suspend: " fmt

#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "compat.h"
#include "direct.h"

/*
 * Paths of made events. xenstored's own special paths begin with '@' too, and
 * no event of a watch on a plain node carries one.
 */
#define PATH_SELF_TEST	"@xen-suspend/self-test"
#define PATH_REQUEST	"@xen-suspend/request"

/*
 * struct xs_watch_event of drivers/xen/xenbus/xenbus.h, the same from 5.10 to
 * 7.2. Kmalloc()ed by whoever makes it and kfree()d by the xenwatch thread.
 */
struct made_event {
	struct list_head list;
	unsigned int len;
	struct xenbus_watch *handle;
	const char *path;
	const char *token;
	char body[];
};

static void no_do_suspend(void)
{
}

static int no_xs_watch_msg(struct made_event *event)
{
	kfree(event);
	return -EOPNOTSUPP;
}

static int no_walk(xen_suspend_kallsyms_fn *fn, void *data)
{
	return -EOPNOTSUPP;
}

DEFINE_STATIC_CALL(direct_sc_do_suspend, no_do_suspend);
DEFINE_STATIC_CALL(direct_sc_xs_watch_msg, no_xs_watch_msg);
DEFINE_STATIC_CALL(direct_sc_walk, no_walk);

/* manage.c's shutting_down, an enum whose idle value is -1 */
#define SHUTDOWN_INVALID (-1)
static const int *kernel_shutting_down;

enum {
	SYM_WALK, SYM_DO_SUSPEND, SYM_XS_WATCH_MSG, SYM_SHUTTING_DOWN,
	SYM_STEXT, SYM_ETEXT, SYM_SDATA, SYM_EDATA, SYM_COUNT
};

struct symbol {
	const char *name;
	const char *missing;
	unsigned long addr;
	unsigned int found;
};

static XEN_SUSPEND_KALLSYMS_FN(note_symbol)
{
	struct symbol *symbols = data;
	int i;

	for (i = 0; i < SYM_COUNT; i++) {
		if (!strcmp(symbol, symbols[i].name)) {
			symbols[i].addr = addr;
			symbols[i].found++;
		}
	}
	return 0;
}

static unsigned long probe_address(const char *name)
{
	/* Only its address is wanted: no breakpoint is put there. */
	struct kprobe kp = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	unsigned long addr;

	if (register_kprobe(&kp))
		return 0;
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return addr;
}

static bool lies_between(const struct symbol *sym, const struct symbol *start,
			 const struct symbol *end)
{
	return sym->addr >= start->addr && sym->addr < end->addr;
}

static bool lie_where_they_should(const struct symbol *symbols,
				  unsigned long walk, const char **reason)
{
	const struct symbol *text = &symbols[SYM_STEXT];
	const struct symbol *etext = &symbols[SYM_ETEXT];

	/* A kprobe's address may lie behind the function's ENDBR. */
	*reason = "kprobes and kallsyms disagree on an address";
	if (walk - symbols[SYM_WALK].addr > 16)
		return false;

	*reason = "a function found is not in the kernel's text";
	if (!lies_between(&symbols[SYM_DO_SUSPEND], text, etext) ||
	    !lies_between(&symbols[SYM_XS_WATCH_MSG], text, etext))
		return false;

	*reason = "shutting_down is not in the kernel's data";
	return lies_between(&symbols[SYM_SHUTTING_DOWN], &symbols[SYM_SDATA],
			    &symbols[SYM_EDATA]);
}

/**
 * direct_find_symbols - look up what the direct trigger needs
 * @reason:	set to what is missing, on error
 *
 * Context: process, may sleep; walks the kernel's symbol table (some 100 ms on
 * a slow machine).
 * Return: 0, or -EOPNOTSUPP.
 */
int direct_find_symbols(const char **reason)
{
	struct symbol symbols[SYM_COUNT] = {
		[SYM_WALK] = { "kallsyms_on_each_symbol",
			"kallsyms_on_each_symbol is not in the kernel once" },
		[SYM_DO_SUSPEND] = { "do_suspend",
			"do_suspend is not in the kernel once" },
		[SYM_XS_WATCH_MSG] = { "xs_watch_msg",
			"xs_watch_msg is not in the kernel once" },
		[SYM_SHUTTING_DOWN] = { "shutting_down",
			"shutting_down is not in the kernel once (CONFIG_KALLSYMS_ALL?)" },
		[SYM_STEXT] = { "_stext", "_stext is not in the kernel once" },
		[SYM_ETEXT] = { "_etext", "_etext is not in the kernel once" },
		[SYM_SDATA] = { "_sdata", "_sdata is not in the kernel once" },
		[SYM_EDATA] = { "_edata", "_edata is not in the kernel once" },
	};
	unsigned long walk;
	int i;

	*reason = "this kernel is newer than the newest this module knows";
	if (!XEN_SUSPEND_DIRECT_KNOWN)
		return -EOPNOTSUPP;

	*reason = "a kprobe does not find kallsyms_on_each_symbol";
	walk = probe_address("kallsyms_on_each_symbol");
	if (!walk)
		return -EOPNOTSUPP;
	static_call_update(direct_sc_walk, (typeof(no_walk) *)walk);
	static_call(direct_sc_walk)(note_symbol, symbols);

	for (i = 0; i < SYM_COUNT; i++) {
		*reason = symbols[i].missing;
		if (symbols[i].found != 1)
			return -EOPNOTSUPP;
	}
	if (!lie_where_they_should(symbols, walk, reason))
		return -EOPNOTSUPP;

	*reason = "shutting_down does not hold its idle value";
	kernel_shutting_down = (const int *)symbols[SYM_SHUTTING_DOWN].addr;
	if (READ_ONCE(*kernel_shutting_down) != SHUTDOWN_INVALID)
		return -EOPNOTSUPP;

	static_call_update(direct_sc_do_suspend, (typeof(no_do_suspend) *)
			   symbols[SYM_DO_SUSPEND].addr);
	static_call_update(direct_sc_xs_watch_msg, (typeof(no_xs_watch_msg) *)
			   symbols[SYM_XS_WATCH_MSG].addr);
	*reason = NULL;
	return 0;
}

/**
 * direct_make_event - make an event for a watch of ours
 * @watch:	the watch, registered as long as the event may be under way
 * @kind:	what it is for
 *
 * Context: process, may sleep.
 * Return: the event, or NULL.
 */
struct made_event *direct_make_event(const struct xenbus_watch *watch,
				     enum direct_event kind)
{
	const char *path = kind == DIRECT_REQUEST ? PATH_REQUEST :
						    PATH_SELF_TEST;
	char token[sizeof(watch) * 2 + 1];
	struct made_event *event;
	size_t path_size = strlen(path) + 1;
	size_t token_size;

	/* As register_xenbus_watch() makes it. */
	token_size = snprintf(token, sizeof(token), "%lX", (long)watch) + 1;
	event = kzalloc(struct_size(event, body, path_size + token_size),
			GFP_KERNEL);
	if (!event)
		return NULL;
	memcpy(event->body, path, path_size);
	memcpy(event->body + path_size, token, token_size);
	event->len = path_size + token_size;
	return event;
}

/**
 * direct_free_event - free an event that was not sent
 * @event:	the event, or NULL
 *
 * Context: any.
 */
void direct_free_event(struct made_event *event)
{
	kfree(event);
}

/**
 * direct_send_event - have the xenwatch thread call the watch back
 * @event:	the event, which is no longer ours
 *
 * Context: process; takes a spinlock that is not safe against interrupts,
 * which is why the upcall does not call it.
 * Return: 0, or an error.
 */
int direct_send_event(struct made_event *event)
{
	return static_call(direct_sc_xs_watch_msg)(event);
}

/**
 * direct_event_kind - tell a made event from one of xenstored
 * @path:	the path that the watch callback got
 *
 * Context: any.
 * Return: the kind, DIRECT_NOT_MADE for a real one.
 */
enum direct_event direct_event_kind(const char *path)
{
	if (!strcmp(path, PATH_REQUEST))
		return DIRECT_REQUEST;
	if (!strcmp(path, PATH_SELF_TEST))
		return DIRECT_SELF_TEST;
	return DIRECT_NOT_MADE;
}

/**
 * direct_do_suspend - manage.c's do_suspend()
 *
 * Context: the xenwatch thread, and nowhere else.
 */
void direct_do_suspend(void)
{
	static_call(direct_sc_do_suspend)();
}

/**
 * direct_kernel_shutting_down - does manage.c ignore requests for a suspend?
 *
 * It does from the moment it was asked to reboot, long before the reboot
 * notifiers run, and do_suspend() would make it forget that.
 *
 * Context: the xenwatch thread, in which manage.c changes it too (but for the
 * reboot notifier, which only ever sets it).
 * Return: true if it does; false if that cannot be known.
 */
bool direct_kernel_shutting_down(void)
{
	return kernel_shutting_down &&
	       READ_ONCE(*kernel_shutting_down) != SHUTDOWN_INVALID;
}

/**
 * trigger_name - the name of a trigger, as in sysfs
 * @kind:	the trigger
 *
 * Context: any.
 * Return: a constant string.
 */
const char *trigger_name(enum trigger_kind kind)
{
	return kind == TRIGGER_DIRECT ? "direct" : "xenstore";
}
