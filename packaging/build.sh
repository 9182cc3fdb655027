#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build and install the module through DKMS, for the kernels named or for all
# that have headers. Never fails: a kernel without the module suspends as Linux
# always has, by xenstore; a kernel or a package left half-installed is worse.
#
# An older version goes, kernel by kernel, when the new one is there: what does not
# build leaves the old module in its place.

set -u
version=$(cat /usr/share/xen-suspend/version)
tree=/var/lib/dkms/xen-suspend
running=$(uname -r)

say() {
	echo "xen-suspend: $*" >&2
}

# others KERNEL: the other versions that DKMS has built for it.
others() {
	for folder in "$tree"/[0-9]*/"$1"; do
		[ -d "$folder" ] || continue
		other=${folder%/*}
		[ "${other##*/}" = "$version" ] || echo "${other##*/}"
	done
}

# built VERSION: DKMS has built it for some kernel.
built() {
	for inside in "$tree/$1"/*/; do
		case ${inside%/} in
		*/source | */build | *"/*") ;;
		*) return 0 ;;
		esac
	done
	return 1
}

command -v dkms >/dev/null || exit 0
[ ! -e /etc/dkms/no-autoinstall ] || { say "DKMS is told not to build (/etc/dkms/no-autoinstall)"; exit 0; }
[ -e "$tree/$version" ] ||
	dkms add -m xen-suspend -v "$version" >/dev/null ||
	{ say "DKMS does not take version $version: the module is not built"; exit 0; }

if [ $# -eq 0 ]; then
	for folder in /lib/modules/*/build/include; do
		[ -d "$folder" ] || continue
		kernel=${folder%/build/include}
		set -- "$@" "${kernel##*/}"
	done
	# A cloud kernel's are another package than those of the usual one.
	[ ! -d "/lib/modules/$running" ] || [ -d "/lib/modules/$running/build/include" ] ||
		say "no headers of the running kernel: the module is built for it when they are installed (Debian: apt install linux-headers-$running)"
fi

for kernel; do
	# The kernel's image comes before its headers, whose hook comes here, too.
	[ -d "/lib/modules/$kernel/build/include" ] || continue
	say "building for $kernel"
	old=$(others "$kernel")
	# Not --force where there is no other version: a rebuilt kernel of the same name
	# is DKMS's own business. With it, an older version may follow a newer one.
	dkms install -m xen-suspend -v "$version" -k "$kernel" ${old:+--force}
	case $? in
	0)
		for other in $old; do
			dkms remove -m xen-suspend -v "$other" -k "$kernel" >/dev/null ||
				say "DKMS has kept version $other for $kernel"
		done
		;;
	77) say "not for $kernel: too old, or made without Xen" ;;
	*)
		if [ -n "$old" ]; then
			say "NOT built for $kernel, which keeps version $(echo "$old" | tr '\n' ' ')"
		else
			say "NOT built for $kernel, which suspends by xenstore alone, as without the package"
		fi
		say "see $tree/$version/build/make.log; to try again: $0 $kernel"
		;;
	esac
done

# What is left of others: nothing was built of it, or it has gone for the last kernel.
for folder in "$tree"/[0-9]*; do
	other=${folder##*/}
	[ "$other" = "$version" ] || [ ! -d "$folder" ] || built "$other" || rm -rf "${tree:?}/${other:?}"
done
exit 0
