# SPDX-License-Identifier: GPL-2.0
"""Other releases of Debian: their packages, and a chroot with their compiler.

An apt of its own for each release, which knows nothing of the machine's packages
and changes none, takes them from the mirror that the machine's apt is configured
with. It verifies what it gets as apt always does, with Debian's keyring.
"""

import functools
import subprocess
import time

import cache
import packages

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The release that every machine of the project runs, and its own apt serves.
OWN = "bookworm"
# Beside the release itself; sid has neither.
POCKETS = {"bullseye": ("security",), "bookworm": ("updates", "security"),
           "trixie": ("updates", "security"), "sid": ()}
# Lists older than this are fetched anew: apt removes old packages from mirrors.
FRESH = 12 * 3600
# perl and python3: kernel-doc, which W=1 runs, in one or the other
BUILD = ["gcc", "make", "libc6-dev", "perl", "python3"]
# How the machine is configured to reach and to trust its mirror: mmdebstrap's apt
# does not read the machine's configuration.
SETTINGS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Retries",
            "Acquire::Check-Valid-Until")


@functools.lru_cache(None)
def _mirrors():
    """Where the machine's apt takes Debian and its security updates from."""
    text = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    found = dict(reversed([line.split() for line in text.splitlines() if len(line.split()) == 2]))
    try:
        return found[OWN], found[f"{OWN}-security"]
    except KeyError as missing:
        raise packages.Unavailable(f"apt is not configured for {missing}") from missing


def sources(suite):
    """Lines of a sources.list for a release."""
    main, security = _mirrors()
    where = {"": main, "updates": main, "security": security}
    return [f"deb [signed-by={KEYRING}] {where[pocket]} "
            f"{suite}{pocket and '-' + pocket} main" for pocket in ("", *POCKETS[suite])]


@functools.lru_cache(None)
def archive(suite):
    """packages.Archive of a release."""
    return packages.MACHINE if suite == OWN else _apt(suite, sources(suite), f"Debian {suite}")


@functools.lru_cache(None)
def source_archive(suite):
    """The same of its source packages, of which the machine's apt need not know."""
    lines = [f"deb-src{line.removeprefix('deb')}" for line in sources(suite)]
    return _apt(f"{suite}-source", lines, f"source packages of Debian {suite}")


def _apt(name, lines, what):
    """An apt of its own, with these lines as its sources.list."""
    top = cache.root() / "apt" / name
    with cache.locked():
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (top / folder).mkdir(parents=True, exist_ok=True)
        (top / "status").touch()
        (top / "sources.list").write_text("\n".join(lines) + "\n", encoding="ascii")
        options = {"Dir::State": top / "state", "Dir::State::status": top / "status",
                   "Dir::Cache": top / "cache", "Dir::Etc::SourceList": top / "sources.list",
                   "Dir::Etc::SourceParts": "/dev/null", "Dir::Etc::Preferences": "/dev/null",
                   "Dir::Etc::PreferencesParts": "/dev/null", "APT::Architecture": "amd64",
                   "APT::Architectures": "amd64", "APT::Default-Release": ""}
        found = packages.Archive([word for name, value in options.items()
                                  for word in ("-o", f"{name}={value}")], what)
        stamp = top / "updated"
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > FRESH:
            found.update()
            stamp.touch()
    return found


def _settings():
    """SETTINGS that the machine has, as mmdebstrap takes them."""
    text = subprocess.run(["apt-config", "dump", *SETTINGS], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return [f"--aptopt={line}" for line in text.splitlines() if '""' not in line]


def root(suite, names, where, log, *options):
    """A release's root file system with packages; apt's output goes to `log`.

    What is mounted in it ends with the command, however that ends.
    """
    with open(log, "wb") as output:
        made = subprocess.run(
            ["unshare", "--mount", "mmdebstrap", "--mode=root", "--architectures=amd64",
             *options, *_settings(), f"--include={','.join(names)}", suite, where,
             *sources(suite)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        text = log.read_text(errors="replace").splitlines()[-20:]
        raise packages.Unavailable(f"no root of {suite} ({log}):\n" + "\n".join(text))


def chroot(suite, wanted):
    """A chroot of a release with a compiler and the packages `wanted`.

    Its name has the packages' versions: when the release moves on, it is made
    anew.
    """
    offered = archive(suite)
    fields = offered.candidates([*BUILD, *wanted])
    key = cache.digest(suite, *sorted(f"{name}={field['Version']}"
                                      for name, field in fields.items()))

    def make(where):
        subprocess.run([packages.TOP / "scripts/install-packages", "kernels"], check=True)
        print(f"  making a chroot: Debian {suite}, {', '.join(wanted)}", flush=True)
        log = cache.root() / f"suites/{suite}.log"
        root(suite, list(fields), where / "root", log, "--variant=apt")

    folder = cache.root() / "suites"
    folder.mkdir(exist_ok=True)
    return cache.entry(f"suites/{suite}_{key}", make) / "root"


def run(root, folder, command, **options):
    """subprocess.run() of a command in a chroot; `folder` is its /mnt.

    The mount is in a namespace that ends with the command, and what is built
    lies in `folder`: the chroot stays as it was made.
    """
    script = ('mount --bind "$1" "$2/mnt"; mount -t proc proc "$2/proc"; root=$2; shift 2;'
              ' exec chroot "$root" "$@"')     # objtool reads its limits from /proc
    return subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script, "sh", folder, root, *command],
        stdin=subprocess.DEVNULL, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}, **options)
