# SPDX-License-Identifier: GPL-2.0
"""Runs scenarios: which host each needs, time limits, logs, what failed."""

import os
import shutil
import threading
import time
import traceback
from pathlib import Path

import cache
import images
import kernels
from host import Host, LabError, Unusable, kill_all, tail
from report import Report, say
from scenario import Scenario

# QEMU 7.2's SVM emulation now and then breaks a PVH guest when the machine
# has more than one CPU; PV guests are fine, and faster, with two.
SMP = {"pv": 2, "pvh": 1}
SCENARIO_LIMIT = 300
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
    """Everything made that hosts are started from."""

    def __init__(self, flavours, sources=kernels.TOP, arguments=""):
        self.folder = new_folder()
        self.arguments = arguments
        self.ready = {}
        with cache.locked():
            # dom0's kernel is the same for all: the cloud kernels are no dom0.
            dom0 = kernels.Kernel("6.1")
            base = images.base(dom0)
            for flavour in flavours:
                kernel = kernels.Kernel(flavour)
                built = [kernels.build_module(kernel.release, sources),
                         kernels.build_refuse(kernel.release)]
                image = self.folder / f"initramfs-{flavour}"
                images.initramfs(base, [(kernel, built)], image)
                self.ready[flavour] = (base, image, dom0)
            for kind in ("dom0", "vmlinux", "deb"):
                cache.expire(kind)

    def host(self, flavour, kind, name):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        base, image, kernel = self.ready[flavour]
        return Host(folder, base, image, kernel, SMP[kind])

    def tidy(self):
        """Logs stay; images, large and quickly made again, do not."""
        for pattern in ("*/xen", "*/vmlinux", "*/initramfs", "initramfs-*"):
            for path in self.folder.glob(pattern):
                path.unlink()


class Result:
    def __init__(self, name, error=None, rows=(), seconds=0.0):
        self.name, self.error, self.seconds = name, error, seconds
        self.rows = [(*row, "FAIL" if error else "pass") for row in rows]
        if error and not self.rows:
            self.rows = [(name, "-", "-", "-", "-", "FAIL")]


class Lane(threading.Thread):
    """Scenarios that share a host, one after the other."""

    def __init__(self, lab, flavour, kind, scenarios, quiet):
        super().__init__(name=f"{kind}-{flavour}")
        self.lab, self.flavour, self.kind = lab, flavour, kind
        self.scenarios, self.quiet = scenarios, quiet
        self.label = len(lab.ready) > 1         # say the kernel where it differs
        self.host = None
        self.hosts = 0
        self.results = []

    def run(self):
        try:
            for module in self.scenarios:
                if stopping.is_set():
                    return
                self.results.append(self._one(module))
        finally:
            if self.host:
                self.host.stop()

    def _host(self, report):
        if self.host:
            return self.host
        self.hosts += 1
        name = self.name if self.hosts == 1 else f"{self.name}-{self.hosts}"
        report.step(f"booting Xen and dom0 in QEMU ({SMP[self.kind]} CPU)")
        self.host = self.lab.host(self.flavour, self.kind, name)
        report.step(f"dom0 answers after {self.host.start():.1f} s")
        return self.host

    def title(self, module):
        return module.NAME + (f"/{self.flavour}" if self.label else "")

    def _one(self, module):
        name = self.title(module)
        report = Report(name, self.quiet)
        scenario, error = None, None
        try:
            host = self._host(report)
            host.deadline = time.monotonic() + SCENARIO_LIMIT
            scenario = Scenario(module.NAME, host, report, self.flavour,
                                self.lab.arguments)
            report.step(module.__doc__.splitlines()[0])
            module.run(scenario)
        except LabError as problem:
            error = problem
            if not stopping.is_set():
                self._explain(report, problem, scenario)
        except Exception as problem:            # a bug of the lab: also a failure
            error = problem
            report.show(traceback.format_exc())
        self._after(scenario, error)
        report.step(f"FAIL: {str(error).splitlines()[0].rstrip(':')}" if error else "PASS")
        if error:
            report.release()
        if self.quiet and not stopping.is_set():
            say(f"{'FAIL' if error else 'PASS'} {name} ({report.seconds():.0f} s)")
        rows = scenario.rows if scenario else []
        if self.label:
            rows = [[f"{row[0]}, {self.flavour}", *row[1:]] for row in rows]
        return Result(name, error, rows, report.seconds())

    def _explain(self, report, problem, scenario):
        """The error, and the tail of the log that tells most about it."""
        report.show(f"{type(problem).__name__}: {problem}")
        if not isinstance(problem, Unusable) and scenario and scenario.guests:
            for command in (scenario.guests[-1].tail, scenario.guests[-1].console_tail):
                try:
                    report.show(f"--- the guest's log ends:\n{command(30)}")
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
            self.host.deadline = time.monotonic() + 60
            try:
                scenario.finish(bool(error))
            except LabError:
                broken = True
        if broken:
            self.host.stop()
            self.host = None


def run(lab, flavours, scenarios, quiet=False):
    """Run every scenario on every kernel; results in the order given.

    Two hosts run side by side where there are CPUs for them: side by side
    on two they would only be slower each, and measure each other's load.
    """
    kinds = list(dict.fromkeys(module.HOST for module in scenarios))
    lanes = [Lane(lab, flavour, kind, [m for m in scenarios if m.HOST == kind and
                                       flavour in getattr(m, "KERNELS", flavours)], quiet)
             for flavour in flavours for kind in kinds]
    alone = any(getattr(module, "ALONE", False) for module in scenarios)
    width = 2 if (os.cpu_count() or 1) >= 4 and not alone else 1
    waiting, active = list(lanes), []
    try:
        while waiting or active:
            active = [lane for lane in active if lane.is_alive()]
            while waiting and len(active) < width:
                lane = waiting.pop(0)
                lane.start()
                active.append(lane)
            time.sleep(0.1)             # not join(): signals are to be seen
    except BaseException:
        stopping.set()
        while any(lane.is_alive() for lane in lanes):
            kill_all()
            time.sleep(0.1)
        raise
    results = [result for lane in lanes for result in lane.results]
    # A lane that died of a bug left some out: those did not pass.
    done = {(lane, result.name) for lane in lanes for result in lane.results}
    return results + [Result(lane.title(module), "not run") for lane in lanes
                      for module in lane.scenarios
                      if (lane, lane.title(module)) not in done]
