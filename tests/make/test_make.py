# SPDX-License-Identifier: GPL-2.0
"""What make says where it cannot build; where the project is at home; its scripts for packages."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
PACKAGING = TOP / "packaging"


def run(*command, **environment):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, cwd=TOP, env={**os.environ, **environment})


class Make(unittest.TestCase):
    def test_without_headers_it_says_what_to_install(self):
        for target in ("module", "install", "uninstall"):
            told = run("make", "--no-print-directory", target,
                       "KDIR=/lib/modules/6.66-cloud-amd64/build")
            self.assertNotEqual(told.returncode, 0)
            self.assertIn("apt install gcc make linux-headers-6.66-cloud-amd64\n", told.stdout)
            self.assertNotIn("*** /lib/modules", told.stdout)

    def test_a_folder_that_names_no_kernel(self):
        told = run("make", "--no-print-directory", "KDIR=/nowhere")
        self.assertIn(f"linux-headers-{os.uname().release}\n", told.stdout)

    def test_every_target_is_explained(self):
        text = (TOP / "Makefile").read_text(encoding="utf-8")
        said = set(re.findall(r"^#   make ([\w-]+)", text, re.M))
        there = set(re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", text, re.M)[1].replace("\\\n", " ").split())
        self.assertEqual(there - said, {"module", "headers", "lab-packages"})
        self.assertLessEqual(said, there)


class Home(unittest.TestCase):
    def test_it_is_what_maintainers_says(self):
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
            file.write("FIRST\nM:\tx\nW:\thttps://example.org/x\nT:\tgit https://example.org/x.git\n"
                       "\nSECOND\nW:\thttps://example.org/y\n")
            file.flush()
            for what, wanted in (("web", "https://example.org/x"),
                                 ("git", "https://example.org/x.git")):
                told = run("scripts/home", what, MAINTAINERS=file.name)
                self.assertEqual((told.returncode, told.stdout.strip()), (0, wanted))

    def test_nothing_if_it_says_nothing(self):
        told = run("scripts/home", "web", MAINTAINERS=str(TOP / "VERSION"))
        self.assertEqual((told.returncode, told.stdout), (0, ""))


class Packaging(unittest.TestCase):
    """What cannot be tried without DKMS's own folder is tried by deb-test."""

    def test_the_rpm_has_what_the_deb_has(self):
        spec = (PACKAGING / "xen-suspend.spec").read_text(encoding="utf-8")
        for file in (TOP / "tools").rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                folder = str(file.parent.relative_to(TOP))
                self.assertTrue(folder in spec, file)
        for page in (TOP / "Documentation/man").iterdir():
            self.assertIn(page.stem, spec)
            self.assertIn(page.stem, (TOP / "debian/rules").read_text(encoding="utf-8"))

    def test_dkms_is_given_nothing_that_it_warns_of(self):
        conf = (TOP / "debian/xen-suspend-dkms.dkms").read_text(encoding="utf-8")
        self.assertNotRegex(conf, r"(?m)^(CLEAN|REMAKE_INITRD|MODULES_CONF\w*)=")

    def test_scripts_without_dkms_and_module_do_nothing(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        if pathlib.Path("/sys/module/xen_suspend").exists():
            self.skipTest("this is a guest with the module")
        for command in (("remove.sh", "upgrade"), ("remove.sh", "upgrade", "9.9.9"),
                        ("remove.sh", "remove"), ("replace.sh",)):
            told = run(PACKAGING / command[0], *command[1:], PATH=f"{folder}:/usr/bin:/bin")
            self.assertEqual((told.returncode, told.stdout), (0, ""), command)
        self.assertEqual(run(PACKAGING / "remove.sh").returncode, 64)


if __name__ == "__main__":
    unittest.main()
