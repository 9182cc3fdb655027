# SPDX-License-Identifier: GPL-2.0
"""The litmus tests, each in one file: as it is, and without each of its orderings.

A line of a test may end in a comment that says what becomes of it:

	smp_store_release(kind, 1); // without release: WRITE_ONCE(*kind, 1);
	smp_mb(); // without barrier:

In the variant "release" the first line is what stands behind the colon; in the
variant "barrier" the second is gone. A line that is only such a comment is there
in the variant alone. So the two halves of a pair cannot drift apart.

The comment at the head names what the test stands for: "module/FILE FUNCTION: text",
or "module/FILE: text" for what stands outside functions. The text has to be there.
"""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent

_MARK = re.compile(r"^(?P<base>[^/]*?)\s*// without (?P<name>[\w-]+):\s*(?P<other>.*)$")
_QUOTE = re.compile(r"^ \* (module/[\w-]+\.[ch])(?: (\w+))?: (.+)$", re.M)
_FUNCTION = re.compile(r"^\w[\w\t *]*[\t *](\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.M | re.S)

# What orders, or wakes, or excludes: whoever uses one of these argues something.
ORDERING = re.compile(
    r"\b(smp_\w+|atomic\w*_(?:acquire|release|relaxed)|\w*cmpxchg\w*|xchg\w*|"
    r"(?:test_and_)?(?:set|clear|change)_bit|set_current_state|wake_up\w*|"
    r"(?:raw_)?spin_lock(?:_irq\w*)?|mutex_lock|[rw]mb|barrier|synchronize_rcu\w*|"
    r"flush_work|complete|wait_for_completion\w*)\s*\(")


def _plain(text):
    """Text without line breaks, indentation and the stars of a comment."""
    return " ".join(re.sub(r"^[ \t]*\*(?!/)", " ", text, flags=re.M).split())


def functions(path):
    """{name: body} of a source file's functions, as the kernel's style has them."""
    return dict(_FUNCTION.findall(path.read_text()))


def _without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


class Case:
    def __init__(self, path):
        self.name, self.text = path.stem, path.read_text()
        self.quotes = _QUOTE.findall(self.text)
        self.variants = sorted({mark["name"] for line in self.text.splitlines()
                                if (mark := _MARK.match(line))})

    def source(self, variant=None):
        """The test for herd7, as it is or without one of its orderings."""
        lines = []
        for line in self.text.splitlines():
            mark = _MARK.match(line)
            if mark:
                line = mark["base"]
                if mark["name"] == variant:
                    line = "\t" + mark["other"] if mark["other"] else ""
                if not line.strip():
                    continue
            lines.append(line)
        return "\n".join(lines) + "\n"

    def wrong(self):
        """What does not fit the module any more."""
        if not self.quotes:
            yield "it does not say what it stands for"
        if not self.variants:
            yield "it has no variant without the ordering"
        if not self.text.startswith(f"C {self.name}\n"):
            yield "its first line is not its name"
        for name, function, text in self.quotes:
            path = TOP / name
            if not path.exists():
                yield f"there is no {name}"
                continue
            where = path.read_text()
            if function:
                where = functions(path).get(function)
                if where is None:
                    yield f"{name} has no function {function}()"
                    continue
            if _plain(text) not in _plain(where):
                yield f"{name} {function}: this is not there: {text}"


def load():
    return [Case(path) for path in sorted(FOLDER.glob("*.litmus"))]


def uncovered(cases):
    """Functions of the module that order something, and no test stands for them."""
    covered = {(name, function) for case in cases for name, function, _ in case.quotes}
    for path in sorted((TOP / "module").glob("*.[ch]")):
        name = f"module/{path.name}"
        for function, body in functions(path).items():
            for word in ORDERING.findall(_without_comments(body)):
                if (name, function) not in covered:
                    yield f"{name} {function}(): {word}"


def count_orderings():
    return sum(len(ORDERING.findall(_without_comments(body)))
               for path in (TOP / "module").glob("*.[ch]")
               for body in functions(path).values())
