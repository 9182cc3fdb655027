# SPDX-License-Identifier: GPL-2.0
"""Runs cases: which host each needs, time limits, logs, what failed."""

import os
import shutil
import threading
import time
import traceback
from pathlib import Path

import cache
import debugkernel
import extras
import images
import kernels
import traced
import tree
from case import STORES
from host import Host, LabError, Unusable, cables, kill_all, tail
from report import Report, say
from scenario import Scenario

# QEMU 7.2's SVM emulation now and then breaks a PVH or HVM guest when the machine
# has more than one CPU; PV guests are fine, and faster, with two.
SMP = {"pv": 2, "pvh": 1, "hvm": 1, "pair": 1}
# Megabytes of QEMU's machine, for a guest (twice, while it migrates), and dom0
MEMORY, DEBUG_MEMORY = 2048, 3072
RUNS_KEPT = 10

stopping = threading.Event()


def new_folder():
    """Where this run keeps its logs."""
    top = kernels.TOP / "build/lab"
    top.mkdir(parents=True, exist_ok=True)
    runs = sorted(path for path in top.iterdir() if path.is_dir() and not path.is_symlink())
    for old in runs[:max(0, len(runs) - RUNS_KEPT + 1)]:
        shutil.rmtree(old, ignore_errors=True)
    folder = top / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir()
    link = top / "latest"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    return folder


class Lab:
    """Everything made that hosts are started from.

    `wanted`: which guests' kernels, each with which of extras.py or none:
    [(flavour, extra)]. `guest_kernel`: from a flavour and sources to
    [(kernel, [module...])], each in a folder of its own.
    """

    def __init__(self, wanted, sources=kernels.TOP, arguments="", xen=images.XEN, trace=True,
                 guest_kernel=debugkernel.guest_kernel):
        self.xen = xen
        self.trace = trace      # the guests' handshakes are judged
        self.folder = new_folder()
        self.arguments = arguments
        self.ready = {}
        self.releases = {}
        # of what is tested, which may be gone when that is over, and of what tests it
        self.tree, self.own = tree.state(sources), tree.state()
        self.commit = self.tree["commit"] + ("-dirty" if self.tree["changed"] else "")
        with cache.locked():
            dom0 = kernels.Kernel(kernels.DOM0)
            base = images.base(dom0, xen)
            for flavour in dict.fromkeys(flavour for flavour, _ in wanted):
                guests = guest_kernel(flavour, sources)
                for name in dict.fromkeys(name for one, name in wanted if one == flavour):
                    image = self.folder / "-".join(filter(None, ("initramfs", flavour, name)))
                    images.initramfs(base, guests, image,
                                     *(extras.parts(name, xen) if name else ()))
                    self.ready[flavour, name] = (base, image, dom0)
                self.releases[flavour] = " and ".join(kernel.release for kernel, _ in guests)
            for kind in ("dom0", "vmlinux", "deb"):
                cache.expire(kind)

    def host(self, flavour, kind, name, store="C", cable=None, memory=0, extra=""):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        memory = memory or (DEBUG_MEMORY if flavour in debugkernel.FLAVOURS else MEMORY)
        return Host(folder, *self.ready[flavour, extra], SMP[kind], memory, STORES[store],
                    cable)

    def tidy(self):
        """Logs stay; images, large and quickly made again, do not."""
        for pattern in ("*/xen", "*/vmlinux", "*/initramfs", "initramfs-*"):
            for path in self.folder.glob(pattern):
                path.unlink()


class Result:
    """How a case went; `stock`: how without the module, if that was asked."""

    def __init__(self, case, error=None, rows=(), seconds=0.0, stock=None,
                 notes=(), figures=(), reduced=(), judged=None):
        self.case, self.error, self.seconds, self.stock = case, error, seconds, stock
        self.notes = list(notes)        # figures for the documentation
        self.figures = list(figures)
        self.reduced = list(reduced)    # what of the scenario was made smaller
        self.judged = traced.Judged() if judged is None else judged
        self.attempt = None             # see attempts.py
        self.rows = [(*row, "FAIL" if error else "pass") for row in rows]
        if error and not self.rows:
            self.rows = [(case.name, "-", "-", "-", "-", "FAIL")]


def first_line(error):
    return str(error).splitlines()[0].rstrip(":") if str(error) else type(error).__name__


class Lane(threading.Thread):
    """Cases that share a host, one after the other."""

    def __init__(self, lab, place, cases, quiet, label, finished):
        super().__init__(name="-".join(word for word in place if word))
        self.lab, self.place, self.cases, self.quiet = lab, place, cases, quiet
        self.width = 2 if place[0] == "pair" else 1
        self.label = label              # what tells this run's cases apart
        self.memory = max(getattr(case.module, "MEMORY", 0) for case in cases)
        self.host = None
        self.hosts = 0
        self.results = []
        self.finished = finished        # called with each result

    def run(self):
        try:
            for case in self.cases:
                if stopping.is_set():
                    return
                self.results.append(self._one(case))
                self.finished(self.results[-1])
        finally:
            self._give_up_host()

    def _give_up_host(self):
        if self.host:
            for host in (self.host, self.host.peer):
                if host:
                    host.stop()
            self.host = None

    def _host(self, report):
        if self.host:
            return self.host
        self.hosts += 1
        kind, flavour, store, _, extra = self.place
        name = self.name if self.hosts == 1 else f"{self.name}-{self.hosts}"
        report.step(f"booting Xen and dom0 in QEMU ({SMP[kind]} CPU)")
        if kind == "pair":
            one, other = cables()
            self.host = self.lab.host(flavour, kind, name, store, one, extra=extra)
            self.host.peer = self.lab.host(flavour, kind, f"{name}-peer", store, other,
                                           extra=extra)
            report.step(f"dom0 answers after {self.host.start():.1f} s")
            report.step(f"the other's after {self.host.peer.start():.1f} s")
        else:
            self.host = self.lab.host(flavour, kind, name, store, memory=self.memory,
                                      extra=extra)
            report.step(f"dom0 answers after {self.host.start():.1f} s")
        return self.host

    def _one(self, case):
        name = self.label(case)
        report = Report(name, self.quiet)
        stock = None
        if case.control:
            _, problem = self._try(case, report, control=True)
            stock = "pass" if not problem else first_line(problem)
            report.step(f"control, without the module: {stock}")
        scenario, error = self._try(case, report)
        report.step(f"FAIL: {first_line(error)}" if error else "PASS")
        if error:
            report.release()
        if self.quiet and not stopping.is_set():
            judged = f"; handshake: {scenario.judged}" if scenario and scenario.trace else ""
            say(f"{'FAIL' if error else 'PASS'} {name} ({report.seconds():.0f} s){judged}")
        rows = scenario.rows if scenario else []
        if name != case.name:
            extra = name.removeprefix(case.name).lstrip("/")
            rows = [[f"{row[0]}, {extra}", *row[1:]] for row in rows]
        return Result(case, error, rows, report.seconds(), stock,
                      *((scenario.notes, scenario.figures, scenario.reductions, scenario.judged)
                        if scenario else ()))

    def _try(self, case, report, control=False):
        """Run it once; (scenario, what went wrong or None)."""
        scenario, error = None, None
        try:
            host = self._host(report)
            for each in (host, host.peer):
                if each:
                    each.deadline = time.monotonic() + case.limit
            scenario = Scenario(case, host, report, self.lab.arguments, control,
                                self.lab.xen, self.lab.trace)
            report.step(case.module.__doc__.splitlines()[0]
                        + (" (control: a stock guest)" if control else ""))
            case.module.run(scenario)
            scenario.check_splats()
            scenario.check_handshakes()
        except LabError as problem:
            error = problem
            if not stopping.is_set():
                self._explain(report, problem, scenario)
        except Exception as problem:            # a bug of the lab: also a failure
            error = problem
            report.show(traceback.format_exc())
        self._after(scenario, error)
        return scenario, error

    def _explain(self, report, problem, scenario):
        """The error, and the tail of the log that tells most about it."""
        report.show(f"{type(problem).__name__}: {problem}")
        if not isinstance(problem, Unusable) and scenario and scenario.guests:
            guest = scenario.guests[-1]
            for command in (guest.tail, guest.console_tail):
                try:
                    report.show(f"--- the guest's log ends:\n{command(30)}")
                    if command == guest.console_tail:
                        report.show(f"--- it does not answer; its vCPUs:\n{guest.registers()}")
                    return
                except LabError:
                    pass
        log = problem.log or (self.host and self.host.console)
        if log and Path(log).exists():
            text = Path(log).read_text(errors="replace")
            report.show(f"--- {log} ends:\n{tail(text, 30)}")

    def _after(self, scenario, error):
        """Leave a host that the next scenario can use, or none."""
        if not self.host:
            return
        broken = isinstance(error, Unusable)
        if scenario and not broken:
            for host in (self.host, self.host.peer):
                if host:
                    host.deadline = time.monotonic() + 60
            try:
                scenario.finish(bool(error))
            except LabError:
                broken = True
        if broken:
            self._give_up_host()


def width(lanes):
    """How many hosts run side by side: what CPUs and memory are there for.

    Side by side on two CPUs they would only be slower each, and measure each
    other's load.
    """
    if any(case.alone for lane in lanes for case in lane.cases):
        return 1
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    with open("/proc/meminfo", encoding="ascii") as text:
        for line in text:
            if line.startswith("MemAvailable:"):
                free = int(line.split()[1]) >> 10
    return max(1, min((os.cpu_count() or 1) // 2, free // (DEBUG_MEMORY + 512)))


def run(lab, cases, quiet=False, finished=lambda result: None):
    """Run every case; results in the order given.

    `finished` is called with each as it comes, in the thread of its host.
    """
    places = list(dict.fromkeys(case.place for case in cases))
    several = {name: len({getattr(case, name) for case in cases}) > 1
               for name in ("kernel", "store", "vcpus")}

    def label(case):
        """Its name, and what differs between this run's cases."""
        words = [case.name]
        words += [case.kernel] if several["kernel"] else []
        words += [STORES[case.store]] if several["store"] else []
        words += [f"{case.vcpus}cpu"] if several["vcpus"] else []
        return "/".join(words)

    lanes = [Lane(lab, place, [case for case in cases if case.place == place], quiet, label,
                  finished) for place in places]
    # The longest first: what is short fills the gaps at the end.
    lanes.sort(key=lambda lane: -sum(min(case.limit, 900) for case in lane.cases))
    waiting, active, most = list(lanes), [], width(lanes)
    try:
        while waiting or active:
            active = [lane for lane in active if lane.is_alive()]
            for lane in list(waiting):
                if active and sum(one.width for one in (*active, lane)) > most:
                    continue
                waiting.remove(lane)
                lane.start()
                active.append(lane)
            time.sleep(0.1)             # not join(): signals are to be seen
    except BaseException:
        stopping.set()
        while any(lane.is_alive() for lane in lanes):
            kill_all()
            time.sleep(0.1)
        raise
    results = {result.case: result for lane in lanes for result in lane.results}
    # A lane that died of a bug left some out: those did not pass.
    return [results.get(case) or Result(case, "not run") for case in cases]
