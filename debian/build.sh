#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build and install the module through DKMS, for the kernels named or for all
# that have headers. Never fails: a kernel without the module suspends as Linux
# always has, by xenstore; a kernel or a package left half-installed is worse.

set -u
version=$(cat /usr/share/xen-suspend/version)

say() {
	echo "xen-suspend: $*" >&2
}

command -v dkms >/dev/null || exit 0
[ ! -e /etc/dkms/no-autoinstall ] || { say "DKMS is told not to build (/etc/dkms/no-autoinstall)"; exit 0; }
[ -e "/var/lib/dkms/xen-suspend/$version" ] ||
	dkms add -m xen-suspend -v "$version" >/dev/null ||
	{ say "DKMS does not take version $version: the module is not built"; exit 0; }

if [ $# -eq 0 ]; then
	for folder in /lib/modules/*/build/include; do
		[ -d "$folder" ] || continue
		kernel=${folder%/build/include}
		set -- "$@" "${kernel##*/}"
	done
	[ $# -gt 0 ] || say "no kernel headers (linux-headers-amd64): the module is built when they are installed"
fi

for kernel; do
	# The kernel's image comes before its headers, whose hook comes here, too.
	[ -d "/lib/modules/$kernel/build/include" ] || continue
	say "building for $kernel"
	# Not --force: a rebuilt kernel of the same name is DKMS's own business.
	dkms install -m xen-suspend -v "$version" -k "$kernel"
	case $? in
	0) ;;
	77) say "not for $kernel: too old, or made without Xen" ;;
	*)
		say "NOT built for $kernel, which suspends by xenstore alone, as without the package"
		say "see /var/lib/dkms/xen-suspend/$version/build/make.log; to try again: $0 $kernel"
		;;
	esac
done
exit 0
