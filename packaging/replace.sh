#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# After an upgrade: the module that is loaded gives way to the one that is installed,
# if nothing needs it. Never fails.

set -u

say() {
	echo "xen-suspend: $*" >&2
}

loaded=$(cat /sys/module/xen_suspend/version 2>/dev/null) || exit 0
installed=$(modinfo -F version xen-suspend 2>/dev/null) || installed=
[ "$loaded" != "$installed" ] || exit 0
if [ -z "$installed" ]; then
	say "version $loaded stays loaded: the new one is not built for this kernel"
	exit 0
fi
say "version $installed takes the place of $loaded; if a save or migration is under way, this waits for it"
if rmmod xen_suspend 2>/dev/null; then
	modprobe xen-suspend || say "the new version does not load; suspends go through xenstore"
else
	say "version $loaded is in use by Xen and stays loaded until the next boot"
fi
exit 0
