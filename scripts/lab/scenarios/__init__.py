# SPDX-License-Identifier: GPL-2.0
"""All scenarios, in the order in which they are shown."""

from scenarios import (checkpoints, disk, dom0, dom0less, frozen, hvm_compat, hvm_default,
                       hvm_migrate, hvm_s3, hvm_unload, in_a_row, killed,
                       later, libvirt, lives_on, lives_on_short, meanwhile, memory, migrate,
                       migrate_fails, monitored, off, pair, pv_compat, pv_default, pv_device,
                       pv_down, pv_faults, pv_late, pv_measure, pv_nothing, pv_retry,
                       pv_sleeps_short, pv_stale, pv_status, pv_stuck, pv_trace, pv_trigger,
                       pv_unload, pvh_default, quota, readonly, refusal, remus, rounds,
                       save_fails, saves, sleeps, soak, store_replaced, storm, twice, two, xenopsd)

USUAL = [pv_default, pv_compat, pv_nothing, pvh_default]
FAULTS = [dom0, pv_trace, pv_trigger, pv_stale, pv_unload, pv_down, pv_faults, pv_retry,
          pv_device, pv_late, pv_stuck, pv_status, pv_sleeps_short, pv_measure]
# What `make check` has time for
CHECK = [*USUAL, *FAULTS, migrate, remus, lives_on_short, in_a_row, hvm_default]
LAYOUTS = [pv_default, pv_compat, pv_nothing, pvh_default, pair]
CLIENTS = [saves, checkpoints, migrate, remus, later, meanwhile, monitored,
           lives_on_short]
HVM = [hvm_default, hvm_compat, hvm_migrate, hvm_unload, hvm_s3]
# What a kernel with every debugging tool is too slow for, and what needs uevents,
# hibernation or a disk, which KUnit's kernels do not have
NO_DEBUG = [storm, pv_stuck, sleeps, pv_sleeps_short, disk, refusal, libvirt]
# What takes long: `lab suite` only
LONG = [killed, two, twice, off, readonly, frozen, quota, storm, rounds, memory, soak,
        lives_on, in_a_row, sleeps, disk, refusal, dom0less, xenopsd, libvirt,
        migrate_fails, save_fails, store_replaced]
# All of `lab suite`; see plan.py.
EVERY = [*dict.fromkeys([*LAYOUTS, *CLIENTS, *FAULTS, *HVM, *LONG])]
