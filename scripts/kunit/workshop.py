# SPDX-License-Identifier: GPL-2.0
"""Builds mutants of the module, and runs many of them in one machine.

The test module is built once. For a mutant only those objects are compiled again
that its text goes into, by the commands that Kbuild has noted; the rest is linked as
it is. A changed header goes into the module's own objects and into those tests that
include it themselves.

In the machine the suite of a mutant is run without it first. So what a mutant leaves
behind is not taken for a fault of the next.
"""

import re
import shutil
import subprocess
import threading

import machine
import testkernel

# What a test waits for that fails is waited for in vain; the runs without a mutant
# show that this is enough.
OPTIONS = "eventually_ms=20000"
# No counters of lines, which nobody reads here
VARIABLES = ("XEN_SUSPEND_NO_GCOV=y",)
# A machine that says nothing for so long hangs: any test has ended by then.
SILENCE = 150
LIMIT = 3600


def include_of(path):
    """Names of the module's headers that a source includes by itself."""
    return set(re.findall(r'#include "(?:\.\./module/)?([\w.-]+\.h)"', path.read_text()))


class Workshop:
    def __init__(self, kernel):
        self.kernel = kernel
        self.top = testkernel.TOP / f"build/kunit/{kernel.version}-{kernel.flavour}-mutants"
        shutil.rmtree(self.top, ignore_errors=True)
        # One tree for all, so that a change of the sources while this runs is not
        # taken for a mutant.
        self.base = self.top / "base"
        self.base.mkdir(parents=True)
        self.module = testkernel.build_module(kernel, self.base, variables=VARIABLES)
        listed = (self.base / "xen-suspend-kunit.mod").read_text().split()
        self.objects = [path[len(f"{self.base}/"):] for path in listed]
        self.headers = {path.name: self._all_headers(path)
                        for path in self.base.glob("module/*.[ch]")}
        self.boot_lock = threading.Lock()

    def _all_headers(self, path):
        found, new = set(), include_of(path)
        while new:
            found |= new
            new = {name for header in new if (self.base / "module" / header).exists()
                   for name in include_of(self.base / "module" / header)} - found
        return found

    def objects_of(self, name):
        """The objects that a file of module/ goes into."""
        if name.endswith(".c"):
            return [f"module/{name[:-2]}.o"]
        affected = []
        for path in self.objects:
            source = self.base / path.replace(".o", ".c")
            if source.parent.name == "module":
                if name in self.headers[source.name]:
                    affected.append(path)
            elif name in include_of(source):
                affected.append(path)
        return affected

    def _command(self, path):
        """What Kbuild has made an object or the module by."""
        note = self.base / path
        text = (note.parent / f".{note.name}.cmd").read_text().splitlines()[0]
        return text.partition(" := ")[2].replace("$$", "$").replace("\\#", "#")

    def _run(self, command, folder):
        result = subprocess.run(command, shell=True, cwd=self.kernel.objects, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if result.returncode:
            raise testkernel.BuildFailed(f"{folder}: {result.stdout[-2000:]}")

    def build(self, name, text, becomes, folder):
        """The module with one fault in it, in a folder of its own."""
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("module", "kunit"):
            (folder / part).mkdir(parents=True)
            for path in self.base.glob(f"{part}/*.[ch]"):
                shutil.copyfile(path, folder / part / path.name)
        target = folder / "module" / name
        target.write_text(target.read_text().replace(text, becomes))
        affected = self.objects_of(name)
        for path in affected:
            self._run(self._command(path).replace(f"{self.base}/", f"{folder}/"), folder)
        parts = [str((folder if path in affected else self.base) / path)
                 for path in self.objects]
        whole = folder / "xen-suspend-kunit.o"
        (folder / "parts").write_text("\n".join(parts))
        link = self._command("xen-suspend-kunit.o")
        link = re.sub(r"@\S+", f"@{folder}/parts", link).replace(
            f"{self.base}/xen-suspend-kunit.o", str(whole))
        self._run(link, folder)
        module = folder / "xen-suspend-kunit.ko"
        link = self._command("xen-suspend-kunit.ko").replace(
            f"{self.base}/xen-suspend-kunit.ko", str(module)).replace(
            f"{self.base}/xen-suspend-kunit.o", str(whole))
        self._run(link, folder)
        return module

    def boot(self, folder, steps):
        """Run [(name, module, suites), ...] in one machine; {name: its log, ended?}."""
        modules = {module: f"module-{number}" for number, module
                   in enumerate(dict.fromkeys(step[1] for step in steps))}
        batch = "".join(f"{name} {modules[module]} {','.join(suites)}\n"
                        for name, module, suites in steps)
        files = {f"{short}.ko": path.read_bytes() for path, short in modules.items()}
        with self.boot_lock:
            text = machine.boot(self.kernel, self.module, folder, options=OPTIONS, smp=2,
                                limit=LIMIT, silence=SILENCE,
                                more={**files, "batch": batch.encode()})
        pieces = {}
        for name, _, _ in steps:
            _, begun, rest = text.partition(f"kunit: begin {name}\n")
            if begun:
                piece, ended, _ = rest.partition(f"kunit: end {name}\n")
                pieces[name] = (piece, bool(ended))
        return pieces
