# SPDX-License-Identifier: GPL-2.0
#
#   make [KDIR=...]   build xen-suspend.ko for a kernel (default: the running one)
#   make demo         see it work: real Xen, a real guest (ONLY=filter for some)
#   make check        all tests that fit in an hour
#   make kunit        the logic, in a kernel made for catching mistakes
#                     (SUITE=name for one; KUNIT="--kernel 6.12", "--flavour kcsan")
#   make kunit-xen    the same suites in a PV guest on real Xen
#   make kunit-coverage  what of the module they run
#   make kunit-mutate    faults put into the module, to see that they find them
#   make proof        a model of the protocol, searched for every order of events
#   make lab          the whole real-Xen suite (ONLY=filter for a part)
#   make kernels      build and try it with every kernel, 5.10 to 7.2, each built
#                     in its own Debian release (ONLY="7.2 5.10" for some)
#   make xens         try it on every version of Xen (ONLY=4.20 for one)
#   make upstream     the same thing in the kernel itself: the series of upstream/linux
#                     built into Debian's newest, and tried on real Xen (ONLY="pv-default")
#   make upstream-xen upstream/xen: libxl with it and without it in dom0 (ONLY="says")
#   make shell        a dom0 with a guest in it, to try things by hand
#   make bench        a stock guest against one with the module: figures, plots
#                     (QUICK=1 for the headline only, ONLY=word for a part)
#   make docs         Documentation/ as HTML and man pages, in build/docs
#   make install      install for KDIR's kernel (as root), then depmod
#   make uninstall    remove that again
#   make docs-test    those pages in a browser: nothing cut off, all links resolve
#   make dist         the source tarball of this commit, in build/dist
#   make deb          Debian packages of this commit, in build/deb
#   make rpm          an RPM spec's packages, in build/rpm; installed into an empty root
#   make deb-upgrade  upgrades, failed ones too, and removals, in a chroot
#   make deb-test     them in a Debian 12 guest with systemd, on real Xen (slow)
#   make clean        remove what was built here

KDIR ?= /lib/modules/$(shell uname -r)/build

module: headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# Or make says that a folder of the kernel's is missing, and leaves it at that.
headers:
	@[ -e "$(KDIR)/Makefile" ] || scripts/no-headers "$(KDIR)"

install: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

# Where modules_install puts it: extra, or updates with newer kernels
uninstall: headers
	release=$$($(MAKE) -s -C $(KDIR) kernelrelease) && \
		rm -f "$(INSTALL_MOD_PATH)/lib/modules/$$release"/extra/xen-suspend.ko* \
			"$(INSTALL_MOD_PATH)/lib/modules/$$release"/updates/xen-suspend.ko* && \
		depmod $(if $(INSTALL_MOD_PATH),-b "$(INSTALL_MOD_PATH)") "$$release"

docs:
	@scripts/install-packages docs
	@rm -rf build/docs
	@for format in html man; do sphinx-build -q -W -n --keep-going -b $$format \
		Documentation build/docs/$$format || exit; done
	@echo "docs: build/docs/html/index.html, build/docs/man"

docs-test: docs
	@scripts/install-packages browser
	@/usr/bin/python3 -B tests/pages/test_pages.py

dist:
	@scripts/dist build/dist

deb:
	@scripts/install-packages deb docs
	@rm -rf build/deb
	@scripts/deb build/deb

rpm:
	@scripts/install-packages rpm docs
	@rm -rf build/rpm
	@scripts/rpm build/rpm

deb-upgrade:
	@scripts/install-packages lab deb docs kernels
	@scripts/lab/deb-upgrade

deb-test:
	@scripts/install-packages lab deb docs kernels
	@scripts/lab/deb-test

demo: lab-packages
	@scripts/lab/lab demo $(ONLY)

lab: lab-packages
	@scripts/lab/lab suite $(ONLY)

shell: lab-packages
	@scripts/lab/lab shell $(ONLY)

bench:
	@scripts/install-packages lab bench kunit
	@scripts/bench/bench run $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

kernels: lab-packages
	@scripts/lab/lab kernels $(ONLY)

xens: lab-packages
	@scripts/lab/lab xens $(ONLY)

upstream: lab-packages
	@scripts/upstream/run $(ONLY)

upstream-xen: lab-packages
	@scripts/upstream/xen $(ONLY)

check:
	@scripts/check

kunit:
	@scripts/install-packages kunit
	@scripts/kunit/run $(KUNIT) $(SUITE)

kunit-xen:
	@scripts/install-packages kunit lab
	@scripts/kunit/run --xen $(KUNIT) $(SUITE)

kunit-coverage:
	@scripts/install-packages kunit
	@scripts/kunit/coverage --lines $(KUNIT)

kunit-mutate:
	@scripts/install-packages kunit
	@scripts/kunit/mutate $(KUNIT)

proof:
	@proof/run $(PART)

# The lab installs what it needs itself, but cannot start without python3.
lab-packages:
	@scripts/install-packages lab

clean:
	rm -rf build xen-suspend.ko xen-suspend.mod xen-suspend.mod.c \
		xen-suspend.o xen-suspend.mod.o Module.symvers modules.order \
		.module-common.o .*.cmd .tmp_versions
	rm -f module/*.o module/.*.cmd module/.*.d

.PHONY: module headers install uninstall docs docs-test dist deb rpm deb-upgrade deb-test demo lab shell bench \
	kernels xens upstream upstream-xen check kunit kunit-xen kunit-coverage kunit-mutate proof lab-packages clean
