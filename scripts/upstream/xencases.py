# SPDX-License-Identifier: GPL-2.0
"""What is tried with Debian's libxl and with the patched one in dom0: before, after.

Each says what it expects of either, of stock guests and of guests with the module: a
patch that changes nothing fails, and so does a fault that Debian's libxl has not.
"""

import dataclasses
import re

import extras
import libxl
import trouble
from scenarios import lives_on

BEFORE, AFTER = "before", "after"
WRAPPER = "usr/bin/helper-nospace"
SUSPENDS = 3
EIO = 5
FAILED = re.compile(r"saving domain: .*|libxl_domain_suspend failed.*|Migration failed, .*"
                    r"|guest did not suspend.*|guest says that .*")


def made(when):
    """What extras.py puts into dom0: the fault and, after, the library."""
    def files(xen):
        built = libxl.patched(xen)
        found = {"usr/lib/nospace.so": built / "nospace.so", WRAPPER: built / "helper-nospace"}
        if when == AFTER:
            library = built / "libxenlight.so"
            found[f"lib/x86_64-linux-gnu/{libxl.soname(library)}"] = library
        return found
    return files


def add_extras():
    for when in (BEFORE, AFTER):
        extras.EXTRAS[f"libxl-{when}"] = extras.Extra(("libgcc-s1",), (), made=made(when))
        extras.EXTRAS[f"hvm-libxl-{when}"] = dataclasses.replace(extras.EXTRAS["hvm"],
                                                                 made=made(when))


def explain(lab, text):
    """What libxl and xl have said of it."""
    found = FAILED.findall(text)
    lab.report.show("\n".join(found))
    return found


def migrate(lab, guest, environment=""):
    """xl migrate to the same host, which is to fail."""
    status, text = lab.host.run(f"{environment} timeout 250 xl -vvv migrate -s '' {guest.name}"
                                " 'xl migrate-receive' 2>&1", 260, check=False)
    lab.expect("xl migrate fails", status, 1)
    return explain(lab, text)


def left(lab, guest, wanted):
    """In what state the guest is; it goes on, by itself or with xl resume, and can be saved."""
    state = guest.domain_state()
    lab.expect("xl has left the guest", state, wanted)
    if state == "suspended":
        lab.host.run(f"xl resume {guest.domid} || toolstack resume {guest.domid}")
    guest.run("true", 60)
    lab.checkpoint(guest)


def nospace(lab, patched):
    """xl migrate, whose helper fails after the suspend: it is left suspended; it runs on."""
    guest = lab.guest()
    migrate(lab, guest, f"LIBXL_SAVE_HELPER=/{WRAPPER}")
    left(lab, guest, "running" if patched or lab.control else "suspended")


def model(lab, patched):
    """xl migrate, whose device model cannot save its state: it is left suspended; it runs on."""
    guest = lab.guest()
    # Where it is to be written to is something that cannot be written to.
    lab.host.run(f"mkdir -p /var/lib/xen/qemu-save.{guest.domid}")
    migrate(lab, guest)
    lab.host.run(f"rmdir /var/lib/xen/qemu-save.{guest.domid}")
    left(lab, guest, "running" if patched or lab.control else "suspended")


def longlived(lab, guest, count):
    """So many suspends by one process; which went well."""
    text = lab.host.run(f"printf 'suspend {count}\\nquit\\n' | longlived {guest.name}", 250)
    lab.report.show(text)
    return re.findall(r"^suspend: (OK|failed)", text, re.M)


def again(lab, patched):
    """One process suspends three times, the guest offers one port: the second fails; none does."""
    guest = lab.create(lab.case.kind)
    # As any guest does that knows nothing of such toolstacks
    lab.load(guest, "toolstack-node", "fresh_port_ms=0")
    good = patched or lab.control
    lab.expect("suspends", longlived(lab, guest, SUSPENDS),
               ["OK"] * SUSPENDS if good else ["OK", "failed"])
    guest.run("true", 60)
    lab.checkpoint(guest)


def replacements(lab, guest):
    return 0 if lab.control else int(guest.run(f"cat {guest.SYSFS}/replacements"))


def beside(lab, patched):
    """A process that has suspended lives on: another cannot save; it can."""
    guest = lab.guest()
    one = lives_on.Toolstack(lab, guest, "one", 0)
    one.do("suspend 1")
    guest.run("true", 60)
    status, text = lab.host.run(f"xl save -c {guest.name} {guest.saved}", 100, check=False)
    lab.host.run(f"rm -f {guest.saved}")
    lab.report.show("\n".join(re.findall(r"Can't .*|failed to .*|.*initialization failed.*", text)))
    lab.expect("xl save -c by another process works", not status, bool(patched or lab.control))
    replaced = replacements(lab, guest)
    one.do("suspend 2")
    guest.run("true", 60)
    # One ahead for a toolstack that it does not know; then it knows that this one gives back.
    lab.expect("the guest has had to offer other ports for two more",
               replacements(lab, guest) > replaced, not patched and not lab.control)
    one.quit()
    lives_on.all_gone(lab)
    guest.run("true", 60)
    lab.checkpoint(guest)


def says(lab, patched):
    """A guest that cannot suspend says so: xl waits for its minute; it does not."""
    guest = lab.guest()
    guest.run("insmod /refuse.ko")
    trouble.device(guest, device=EIO)
    status, text = lab.host.run(f"stamp xl -vvv save -c {guest.name} {guest.saved} 2>&1", 120,
                                check=False)
    lab.host.run(f"rm -f {guest.saved}")
    explain(lab, text)
    lab.expect("xl save fails", status != 0, True)
    lab.expect("libxl has waited until its time was up", "did not suspend, timed out" in text,
               not patched or lab.control)
    lab.expect("libxl has read why", bool(re.search(f"cannot suspend: {EIO}: ", text)),
               bool(patched and not lab.control))
    times = [int(stamp) / 1e6 for stamp, what in re.findall(r"^(\d+) (.*)", text, re.M)
             if re.search("issuing .* suspend request|guest did not suspend|guest says", what)]
    lab.note(f"from xl's request to its end: {times[-1] - times[0]:.1f} s"
             + (", stock" if lab.control else ""))
    trouble.device(guest, device=0)
    guest.run("true", 60)
    lab.checkpoint(guest)


class Scenario:
    """One of the functions above with one of the libraries, as the lab wants it."""

    CONTROL = True
    LIMIT = 600

    def __init__(self, function, kinds, when):
        self.NAME, self.KINDS = f"{function.__name__}-{when}", kinds
        self.DOM0 = f"{'hvm-' if 'hvm' in kinds else ''}libxl-{when}"
        self.__doc__ = f"{when}: {function.__doc__}"
        self.run = lambda lab: function(lab, when == AFTER)


EVERY = [Scenario(function, kinds, when) for function, kinds in (
    (nospace, ("pvh",)), (model, ("hvm",)), (again, ("pv", "pvh")), (beside, ("pv", "pvh")),
    (says, ("pv", "pvh"))) for when in (BEFORE, AFTER)]
