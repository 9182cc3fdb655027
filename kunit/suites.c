// SPDX-License-Identifier: GPL-2.0
/*
 * The test module: runs the suites when it is loaded, all of them or those that
 * the parameter suite= names. KUnit's own filter does not look at modules in
 * all of the kernels.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "suites.h"

static char *suite = "";
module_param(suite, charp, 0444);
MODULE_PARM_DESC(suite, "Names of suites, separated by commas (default: all)");

unsigned int eventually_ms = 60000;
module_param(eventually_ms, uint, 0444);
MODULE_PARM_DESC(eventually_ms,
		 "How long a test waits for what is bound to happen before it fails");

static struct kunit_suite * const suites[] = {
	&fakes_suite,
	&fakes_kernel_suite,
	&xen_suite,
	&handshake_suite,
	&handshake_table_suite,
	&handshake_race_suite,
	&transaction_suite,
	&negotiate_suite,
	&negotiate_fail_suite,
	&channel_suite,
	&direct_suite,
	&control_suite,
	&control_end_suite,
	&jobs_suite,
	&lifecycle_suite,
	&trigger_suite,
	&power_suite,
	&gate_suite,
	&attempt_suite,
	&restore_suite,
	&verdict_suite,
	&observer_suite,
	&failure_suite,
	&retry_suite,
	&report_suite,
	&service_suite,
	&offer_suite,
	&two_ports_suite,
	&sleep_suite,
	&status_suite,
	&story_suite,
	&history_suite,
	&latency_suite,
	&main_suite,	/* the first that loads the module: see its first test */
	&debugfs_suite,
	&release_suite,
	&watch_suite,
	&real_xen_suite,
	&handshake_storm_suite,
	&concurrency_suite,
};

static struct kunit_suite *chosen[ARRAY_SIZE(suites)];
static int count;

static bool is_chosen(const char *name)
{
	const char *word = suite;
	size_t len = strlen(name);

	if (!*suite)
		return true;
	while (word) {
		if (!strncmp(word, name, len) && (!word[len] || word[len] == ','))
			return true;
		word = strchr(word, ',');
		word += !!word;
	}
	return false;
}

static int __init suites_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		if (is_chosen(suites[i]->name))
			chosen[count++] = suites[i];
	}
	if (!count) {
		pr_err("no suite is named %s\n", suite);
		return -EINVAL;
	}
	pr_info("KTAP version 1\n");
	pr_info("1..%d\n", count);
	__kunit_test_suites_init(chosen, count);
	return 0;
}

static void __exit suites_exit(void)
{
	__kunit_test_suites_exit(chosen, count);
}

module_init(suites_init);
module_exit(suites_exit);

MODULE_DESCRIPTION("KUnit tests of xen-suspend");
MODULE_LICENSE("GPL");
