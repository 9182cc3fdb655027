#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Before the package's files go:
#
#	remove upgrade [VERSION]	another version takes the place of this one
#	remove remove			nothing does
#
# Never fails: a package that cannot be removed is worse than what may be left.

set -u
tree=/var/lib/dkms/xen-suspend

say() {
	echo "xen-suspend: $*" >&2
}

# DKMS keeps what it has built, and wants the source to be there to remove it. The
# package's own goes now; what is built stays until the new version is (see build).
keep() {
	[ -L "$1/source" ] || return 0
	if cp -rL "$1/source" "$1/source.copy"; then
		rm "$1/source" && mv "$1/source.copy" "$1/source"
	else
		say "version ${1##*/} cannot be kept"
	fi
}

unload() {
	[ -d /sys/module/xen_suspend ] || return 0
	say "unloading the module; if a save or migration is under way, this waits for it"
	# Refused once a toolstack has used the channel: Documentation/troubleshooting.rst.
	rmmod xen_suspend 2>/dev/null ||
		say "the module is in use by Xen and stays loaded until the next boot"
}

case ${1-} in
upgrade)
	for folder in "$tree"/${2:-[0-9]*}; do
		keep "$folder"
	done
	;;
remove)
	unload
	for folder in "$tree"/[0-9]*; do
		[ -d "$folder" ] || continue
		dkms remove -m xen-suspend -v "${folder##*/}" --all ||
			say "DKMS has kept version ${folder##*/}"
	done
	;;
*)
	echo "usage: $0 upgrade [VERSION] | remove" >&2
	exit 64
	;;
esac
exit 0
