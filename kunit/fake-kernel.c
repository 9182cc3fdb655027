// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of the kernel that seam.h puts a fake in the place of: threads, the
 * clock, symbols, loading. Power management is in fake-power.c.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <uapi/linux/sched/types.h>

#include "../module/compat.h"
#include "fake-kernel.h"

struct fake_kernel fake_kernel;

u64 fake_clock_ns(void)
{
	u64 clock = READ_ONCE(fake_kernel.clock_ns);

	return clock ?: ktime_get_mono_fast_ns();
}

/* A pause is over when the test says so, however slow the machine is. */
unsigned long fake_jiffies(void)
{
	return fake_kernel.real_thread ? jiffies : fake_kernel.jiffies;
}

/* --- the handshake's word --- */

atomic_long_t (*fake_transitions)[FAKE_STATES];
void (*fake_before_exchange)(atomic_t *word);

bool fake_try_cmpxchg(atomic_t *word, int *old, int new)
{
	int before = *old;

	if (fake_before_exchange)
		fake_before_exchange(word);
	if (!atomic_try_cmpxchg(word, old, new))
		return false;
	if (fake_transitions)
		atomic_long_inc(&fake_transitions[before & (FAKE_STATES - 1)]
						 [new & (FAKE_STATES - 1)]);
	return true;
}

/* --- the service thread --- */

/*
 * Held by the service thread but where it can be frozen, and by a suspend while it
 * is. Where it can be: in try_to_freeze(), and asleep in a freezable state, both
 * only once it has said that it is to be frozen at all.
 */
DEFINE_MUTEX(fake_freezer);

static struct task_struct *service_task;

static int freezable_thread(void *data)
{
	int ret;

	mutex_lock(&fake_freezer);
	WRITE_ONCE(service_task, current);
	ret = fake_kernel.service_fn(data);
	mutex_unlock(&fake_freezer);
	return ret;
}

struct task_struct *fake_kthread_run(int (*fn)(void *data), void *data,
				     const char *name)
{
	if (fake_kernel.fail_thread)
		return ERR_PTR(fake_kernel.fail_thread);
	fake_kernel.service_fn = fn;
	fake_kernel.service_data = data;
	if (fake_kernel.real_thread)
		return kthread_run(freezable_thread, data, "%s", name);
	/* Waking up who runs already does nothing. */
	return current;
}

int fake_kthread_stop(struct task_struct *task)
{
	if (fake_kernel.real_thread)
		return kthread_stop(task);
	fake_kernel.service_fn = NULL;
	return 0;
}

bool fake_kthread_should_stop(void)
{
	return fake_kernel.real_thread ? kthread_should_stop() :
					 fake_kernel.loops <= 0;
}

/* --- priorities: the last that each task was given --- */

static DEFINE_SPINLOCK(priorities_lock);
static struct fake_priority priorities[8];

static struct fake_priority *find_priority(const struct task_struct *task)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(priorities); i++) {
		if (priorities[i].task == task)
			return &priorities[i];
	}
	return NULL;
}

static void set_priority(struct task_struct *task, bool fifo, int nice)
{
	struct fake_priority *priority;

	spin_lock(&priorities_lock);
	priority = find_priority(task) ?: find_priority(NULL);
	if (!WARN_ON(!priority))
		*priority = (struct fake_priority){ task, fifo, nice };
	spin_unlock(&priorities_lock);
}

/**
 * fake_is_realtime - is a task real-time now?
 * @task:	the task
 *
 * Return: true if sched_set_fifo() was the last that was done to it.
 */
bool fake_is_realtime(const struct task_struct *task)
{
	const struct fake_priority *priority;
	bool fifo;

	spin_lock(&priorities_lock);
	priority = find_priority(task);
	fifo = priority && priority->fifo;
	spin_unlock(&priorities_lock);
	return fifo;
}

void fake_sched_set_fifo(struct task_struct *task)
{
	set_priority(task, true, 0);
	if (fake_kernel.real_thread)
		sched_set_fifo(task);
}

void fake_sched_set_normal(struct task_struct *task, int nice)
{
	set_priority(task, false, nice);
	if (fake_kernel.real_thread)
		sched_set_normal(task, nice);
}

/* --- sleeping and freezing --- */

/** fake_in_service - is this the service thread? */
bool fake_in_service(void)
{
	return current == READ_ONCE(service_task);
}

/* kthreads are not, but for those that call set_freezable(). */
static bool is_freezable(void)
{
	return !(current->flags & PF_NOFREEZE);
}

/**
 * fake_freeze_kthreads - as freeze_kernel_threads()
 *
 * Return: false if the service thread did not freeze in time.
 */
bool fake_freeze_kthreads(void)
{
	unsigned long end = jiffies + msecs_to_jiffies(fake_kernel.freezer_ms);

	while (!mutex_trylock(&fake_freezer)) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(100, 200);
	}
	return true;
}

/** fake_thaw_kthreads - as thaw_kernel_threads() */
void fake_thaw_kthreads(void)
{
	mutex_unlock(&fake_freezer);
}

/*
 * wait_event_timeout() in another thread comes here, too. If the service thread
 * whom that waits for is run by the test, it gets its turn.
 */
long fake_schedule_timeout(long timeout)
{
	bool frozen;

	if (!fake_in_service()) {
		if (fake_kernel.real_thread || !fake_kernel.service_fn)
			return schedule_timeout(timeout);
		__set_current_state(TASK_RUNNING);
		fake_kernel.while_waiting();
		return timeout - 1;
	}
	frozen = is_freezable() && (READ_ONCE(current->__state) & TASK_FREEZABLE);
	if (!fake_kernel.real_thread) {
		fake_kernel.slept = timeout;
		fake_kernel.slept_freezable = frozen;
		return 0;
	}
	if (frozen)
		mutex_unlock(&fake_freezer);
	timeout = schedule_timeout(timeout);
	if (frozen)
		mutex_lock(&fake_freezer);
	return timeout;
}

bool fake_try_to_freeze(void)
{
	if (!fake_in_service()) {
		atomic_inc(&fake_kernel.freeze_polls);
		return false;
	}
	fake_kernel.loops--;
	fake_kernel.freezes = is_freezable();
	if (fake_kernel.real_thread && is_freezable()) {
		mutex_unlock(&fake_freezer);
		mutex_lock(&fake_freezer);
	}
	return false;
}

/**
 * fake_service_step - one round of the service thread's loop
 *
 * Return: how long it would sleep now, 0 if it has more to do.
 */
long fake_service_step(void)
{
	unsigned int nofreeze = current->flags & PF_NOFREEZE;

	fake_kernel.loops = 1;
	fake_kernel.slept = 0;
	fake_kernel.slept_freezable = false;
	fake_kernel.freezes = false;
	mutex_lock(&fake_freezer);
	/* as a thread that has just been made */
	current->flags |= PF_NOFREEZE;
	WRITE_ONCE(service_task, current);
	fake_kernel.service_fn(fake_kernel.service_data);
	WRITE_ONCE(service_task, NULL);
	current->flags = (current->flags & ~PF_NOFREEZE) | nofreeze;
	mutex_unlock(&fake_freezer);
	return fake_kernel.slept;
}

/**
 * fake_rename_current - give this thread another name
 * @name:	the name
 * @old:	where to put the one it had, or NULL
 */
void fake_rename_current(const char *name, char old[TASK_COMM_LEN])
{
	task_lock(current);
	if (old)
		strscpy(old, current->comm, TASK_COMM_LEN);
	strscpy_pad(current->comm, name, TASK_COMM_LEN);
	task_unlock(current);
}

/* --- the kernel's symbols --- */

static const char * const symbol_names[FAKE_SYMBOLS] = {
	"kallsyms_on_each_symbol", "do_suspend", "xs_watch_msg",
	"shutting_down", "_stext", "_etext", "_sdata", "_edata",
};

static int fake_walk(xen_suspend_kallsyms_fn *fn, void *data)
{
	int i, n;

	for (i = 0; i < FAKE_SYMBOLS; i++) {
		for (n = 0; n < fake_kernel.times_found[i]; n++) {
#ifdef XEN_SUSPEND_HAVE_KALLSYMS_MODULE_ARG
			fn(data, symbol_names[i], NULL, fake_kernel.address[i]);
#else
			fn(data, symbol_names[i], fake_kernel.address[i]);
#endif
		}
	}
	return 0;
}

int fake_register_kprobe(struct kprobe *kp)
{
	if (fake_kernel.no_kprobe)
		return -ENOENT;
	kp->addr = (kprobe_opcode_t *)fake_walk;
	fake_kernel.kprobes++;
	fake_kernel.kprobes_armed += !(kp->flags & KPROBE_FLAG_DISABLED);
	return 0;
}

void fake_unregister_kprobe(struct kprobe *kp)
{
	fake_kernel.kprobes--;
}

/* --- loading --- */

bool fake_try_module_get(struct module *module)
{
	if (fake_kernel.fail_pin)
		return false;
	fake_kernel.pins++;
	return true;
}

void fake_module_put(struct module *module)
{
	fake_kernel.pins--;
}

int fake_register_xenstore_notifier(struct notifier_block *nb)
{
	if (!fake_kernel.no_xenstore)
		nb->notifier_call(nb, 0, NULL);
	return 0;
}

void fake_sysfs_notify(struct kobject *kobj, const char *dir, const char *attr)
{
	if (!dir && !strcmp(attr, "state"))
		WRITE_ONCE(fake_kernel.notified, fake_kernel.notified + 1);
	sysfs_notify(kobj, dir, attr);
}

/** fake_kernel_init - a kernel in which all goes well */
void fake_kernel_init(void)
{
	int i;

	fake_transitions = NULL;
	fake_before_exchange = NULL;
	service_task = NULL;
	memset(priorities, 0, sizeof(priorities));
	fake_kernel = (struct fake_kernel){
		.system_state = SYSTEM_RUNNING,
		.jiffies = jiffies,
		.cpu0_tick = true,
		.xen_domain = true,
		.shutting_down = -1,
		.freezer_ms = 20000,
		.address = {
			[FAKE_WALK] = (unsigned long)fake_walk,
			[FAKE_SHUTTING_DOWN] =
				(unsigned long)&fake_kernel.shutting_down,
			/* the fakes lie in a module: anywhere is the text */
			[FAKE_ETEXT] = ULONG_MAX,
			[FAKE_EDATA] = ULONG_MAX,
		},
	};
	for (i = 0; i < FAKE_SYMBOLS; i++)
		fake_kernel.times_found[i] = 1;
}
