# SPDX-License-Identifier: GPL-2.0
"""`lab kernels` and `lab xens`: what the module was built for and tried on.

Each row is made by building and running, and is then kept in a page of
documentation: of one module, from clean trees. A row that was not run this time
stays, with its own date and commit, if it is of the same module.
"""

import json
import re
import subprocess
import time

import cache
import images
import kernels
import model
import runner
import suites
import tree
from case import cases
from report import say, table
from scenarios import hvm_default, pv_compat, pv_default, pvh_default

# rt PV guests do not get through their boot here: Documentation/lab.rst.
NO_PV = ("6.1-rt",)
KERNEL_COLUMNS = ("kernel", "compiler", "builds, W=1", "loads", "PV", "PV compat", "PVH",
                  "HVM", "trigger", "date")
XEN_COLUMNS = ("Xen", "dom0", "guest", "PV", "PV compat", "PVH", "HVM", "date")
SCENARIOS = (pv_default, pv_compat, pvh_default, hvm_default)
RECORD = kernels.TOP / "build/matrix.json"
PAGE = kernels.TOP / "Documentation/kernels.rst"
TITLE = "Kernels and Xen versions"


def build(flavour):
    """Build in the release's chroot; (kernel, compiler, what went wrong)."""
    kernel = kernels.Kernel(flavour)
    headers = f"linux-headers-{kernel.release}"
    root = suites.chroot(kernel.suite, [headers])
    folder = kernels.TOP / "build" / f"w1-{kernel.release}"
    subprocess.run(["rm", "-rf", folder], check=True)
    (folder / "module").mkdir(parents=True)
    for name in ("Kbuild", "Makefile", *(f"module/{path.name}" for path in
                                         (kernels.TOP / "module").glob("*.[ch]"))):
        (folder / name).write_bytes((kernels.TOP / name).read_bytes())
    objects = f"/lib/modules/{kernel.release}/build"
    built = suites.run(root, folder, ["make", "-s", "-j2", "-C", objects, "M=/mnt", "W=1",
                                      "modules"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # Debian's headers come without the vmlinux that BTF is made from.
    words = [line for line in built.stdout.splitlines()
             if not line.startswith("Skipping BTF generation")]
    (folder / "make.log").write_text(built.stdout, encoding="utf-8")
    # The compiler that made it leaves its name in it.
    told = subprocess.run(["readelf", "-p", ".comment", folder / "xen-suspend.ko"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    compiler = re.search(r"GCC: \(.*?\) (\S+)", told)
    problem = None
    if built.returncode or not (folder / "xen-suspend.ko").exists():
        problem = "no"
    elif words:
        problem = "warnings"
    if problem:
        say("\n".join(words[-20:]))
    return kernel, f"gcc {compiler[1]}" if compiler else "?", problem


def verdicts(results):
    """The scenarios' verdicts, and the triggers that were seen."""
    by = {result.case.name: result for result in results}
    found = []
    for module in SCENARIOS:
        result = by.get(module.NAME)
        found.append("not run" if not result else "FAIL" if result.error else "pass")
    triggers = sorted({row[2] for result in results for row in result.rows
                       if row[2] not in ("-", "")})
    return found, ", ".join(triggers) or "-"


def try_lab(flavour, xen):
    """Run the scenarios; results, [] if not even the lab could be set up."""
    chosen = [case for case in cases(SCENARIOS, [flavour])
              if (case.kind != "pv" or flavour not in NO_PV)
              and (case.kind != "hvm" or xen in model.XENS)]
    lab = runner.Lab([(case.kernel, case.extra) for case in chosen], xen=xen)
    say(f"logs: {lab.folder}")
    try:
        return runner.run(lab, chosen, quiet=True)
    finally:
        lab.tidy()


def reductions(results):
    return sorted({text for result in results for text in result.reduced})


def kernel_row(flavour):
    """(the row, what of the scenarios was made smaller)"""
    kernel, compiler, problem = build(flavour)
    results = try_lab(flavour, images.XEN) if problem != "no" else []
    found, trigger = verdicts(results)
    # A guest whose suspends passed has loaded it; and that alone is not enough.
    return (f"{kernel.release} ({kernel.suite})", compiler, problem or "yes",
            "yes" if "pass" in found else "no", *found, trigger,
            time.strftime("%Y-%m-%d")), reductions(results)


def xen_row(xen):
    results = try_lab("6.1", xen)
    found, _ = verdicts(results)
    return (f"{images.hypervisor(xen)['Version']} ({images.XENS[xen]})",
            kernels.Kernel(kernels.DOM0).release, kernels.Kernel("6.1").release, *found,
            time.strftime("%Y-%m-%d")), reductions(results)


def good(row):
    return not {"no", "warnings", "FAIL"} & set(row) and "pass" in row


def keep(record, what, name, made, state):
    """Put a row into the record, and remember failures of the same module."""
    row, reduced = made
    before = record.setdefault(what, {}).get(name)
    failed = []
    if isinstance(before, dict) and before["module"] == state["module"]:
        failed = before["failed"]
        if not good(before["row"]):
            failed = [*failed, f"{before['row'][-1]}, commit {before['commit']}: "
                      + ", ".join(map(str, before["row"][1:-1]))]
    record[what][name] = {"row": list(row), "reduced": reduced, **state, "failed": failed}


def run(what, names):
    """Make the rows of `names`; the exit status."""
    make, columns = {"kernels": (kernel_row, KERNEL_COLUMNS),
                     "xens": (xen_row, XEN_COLUMNS)}[what]
    subprocess.run([kernels.TOP / "scripts/install-packages", "lab", "kernels"], check=True)
    rows = []
    for name in names:
        say(f"{what[:-1]} {name}")
        state = tree.state()            # what the row is about to be built from
        made = make(name)
        rows.append(made[0])
        record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        keep(record, what, name, made, state)
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1), encoding="utf-8")
        if problem := tree.unclean(state):
            say(f"{PAGE.name} is not written: {problem}")
        else:
            page(record, state["module"])
    cache.expire("suites", 60)
    say()
    table(rows, columns)
    failed = sum(1 for row in rows if not good(row))
    say(f"{what}: {len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


def page(record, module):
    """Documentation/kernels.rst, from all rows that this tree has seen of one module."""
    lines = [".. SPDX-License-Identifier: GPL-2.0",
             ".. Written by scripts/lab/lab kernels and scripts/lab/lab xens.", "",
             "=" * len(TITLE), TITLE, "=" * len(TITLE), "",
             "One tree, built in a chroot of each kernel's own Debian release with that",
             "release's compiler, and tried on real Xen in the lab: saved and restored through",
             "the event channel, as a PV guest in both layouts, as a PVH and as an HVM guest. *not",
             "run*: rt kernels do not get through their boot as PV guests here (lab.rst), and",
             "Debian 11's Xen has no device model for HVM guests in a package of its own.", "",
             f"All rows are of one module, ``{module}``, from clean trees",
             f"(``{tree.VERIFY}`` begins with that).", ""]
    for what, columns, every in (("kernels", KERNEL_COLUMNS, kernels.FLAVOURS),
                                 ("xens", XEN_COLUMNS, images.XENS)):
        lines += _section(what, columns, record.get(what, {}), every, module)
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _filled(row, columns):
    """A row, also one from before HVM guests were tried; `columns` end with the commit."""
    at = columns.index("HVM")
    return row if len(row) == len(columns) - 1 else [*row[:at], "not run", *row[at:]]


def _section(what, columns, kept, every, module):
    """The rows of `module`; which there are not; which have failed before."""
    kept = {name: kept[name] for name in every if isinstance(kept.get(name), dict)
            and kept[name]["module"] == module and not kept[name]["changed"]}
    columns = (*columns, "commit")
    rows = [[*map(str, _filled(one["row"], columns)), one["commit"]] for one in kept.values()]
    lines = [f"``make {what}``:", ""]
    if rows:
        widths = [max(map(len, column)) for column in zip(columns, *rows)]
        rule = "  ".join("=" * width for width in widths)
        text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                for row in (columns, *rows)]
        lines += [rule, text[0], rule, *text[1:], rule, ""]
    missing = [name for name in every if name not in kept]
    for title, items in (
            ("Not tried with this module:", missing),
            ("Reduced:", [f"{name}: {text}" for name, one in kept.items()
                          for text in one["reduced"]]),
            ("Failed in an earlier attempt with the same module:",
             [f"{name}: {text}" for name, one in kept.items() for text in one["failed"]])):
        lines += [title, "", *(f"- {item}" for item in items), ""] if items else []
    return lines
