# SPDX-License-Identifier: GPL-2.0
"""scripts/layers finds what goes up, sideways or round, in small made-up houses."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
LAYERS = TOP / "scripts/layers"

LEVELS = """\
# The outside
3: main
# Two rooms and the whole
2: left right whole
# Services
1: port node
0: logic word

2 -> whole
0 -> 0
holds: whole
"""
# Each room has a function of its name, and calls down.
CLEAN = {
    "main.c": '#include "left.h"\n#include "whole.h"\n'
              "struct whole the_whole;\nint main_(void);\n"
              "int main_(void)\n{\n\treturn left(&the_whole) + logic();\n}\n",
    "left.h": "struct whole;\nint left(struct whole *it);\n",
    "left.c": '#include "left.h"\n#include "whole.h"\n#include "port.h"\n'
              "int left(struct whole *it)\n{\n\treturn port(&it->port) + it->left.n;\n}\n",
    "right.h": "int right(void);\n\n"
               "static inline int right_in_line(void)\n{\n\treturn 7;\n}\n",
    "right.c": '#include "right.h"\n#include "node.h"\n'
               "int right(void)\n{\n\treturn node();\n}\n",
    "whole.h": '#include "port.h"\n'
               "struct left {\n\tint n;\n};\n\nstruct right {\n\tint n;\n};\n\n"
               "struct whole {\n\tstruct left left;\n\tstruct right right;\n"
               "\tstruct port port;\n};\n",
    "port.h": '#include "logic.h"\nstruct port {\n\tint n;\n};\n\n'
              "int port(struct port *port);\n",
    "port.c": '#include "port.h"\n'
              "int port(struct port *port)\n{\n\treturn port->n + logic();\n}\n",
    "node.h": "int node(void);\n",
    "node.c": '#include "node.h"\n#include "logic.h"\n'
              "int node(void)\n{\n\treturn logic();\n}\n",
    "logic.h": "#ifndef LOGIC_H\n#define LOGIC_H\nint logic(void);\n#endif\n",
    "logic.c": '#include "logic.h"\n#include "word.h"\n'
               "int logic(void)\n{\n\treturn word();\n}\n",
    "word.h": "int word(void);\n",
    "word.c": '#include "word.h"\nint word(void)\n{\n\treturn 1;\n}\n',
}
ONCE = "#pragma once\n"
for header in CLEAN:
    if header.endswith(".h"):
        CLEAN[header] = ONCE + CLEAN[header]


class House(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.module = self.folder / "module"
        self.objects = self.folder / "objects"
        self.levels = self.folder / "layers.txt"
        self.files = dict(CLEAN)
        self.text = LEVELS

    def add(self, name, code):
        """To the end of a file."""
        self.files[name] += code

    def include(self, name, *headers):
        """At the beginning of a file."""
        first = ONCE if name.endswith(".h") else ""
        self.files[name] = first + "".join(f'#include "{header}"\n' for header in headers) \
            + self.files[name].removeprefix(first)

    def build(self):
        self.module.mkdir()
        self.objects.mkdir()
        self.levels.write_text(self.text, encoding="utf-8")
        for name, code in self.files.items():
            path = self.module / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(code, encoding="utf-8")
        subprocess.run(["gcc", "-O1", f"-I{self.module}", "-c", *self.module.glob("*.c")],
                       cwd=self.objects, check=True)

    def layers(self, *options):
        done = subprocess.run([LAYERS, "--module", self.module, "--levels", self.levels,
                               *options, self.objects],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.replace(f"{self.folder}/", ""), done.stderr

    def finds(self, *lines):
        """These are wrong and nothing else is."""
        self.build()
        status, out, error = self.layers()
        self.assertEqual((out.splitlines()[:-1], error), (list(lines), ""))
        self.assertEqual(out.splitlines()[-1], f"layers: {len(lines)} wrong")
        self.assertEqual(status, 1)


class Clean(House):
    def test_passes_with_one_line(self):
        self.build()
        self.assertEqual(self.layers(), (0, "layers: 8 rooms, 7 arrows, all down\n", ""))

    def test_what_is_said_in_comments_and_strings_is_not_done(self):
        self.add("port.c", '// #include "left.h"\n/*\n#include "main.h"\n main_() */\n'
                           'const char *said(void);\nconst char *said(void)\n{\n'
                           '\treturn "right_in_line() struct whole";\n}\n')
        self.build()
        self.assertEqual(self.layers()[0], 0)


    def test_a_header_of_the_kernel_is_not_the_rooms_of_its_name(self):
        self.files["linux/right.h"] = ""
        self.files["port.c"] = f'#include <linux/right.h>\n{self.files["port.c"]}'
        self.build()
        self.assertEqual(self.layers()[0], 0)


class Up(House):
    def test_an_include(self):
        self.include("port.c", "right.h")
        self.finds('module/port.c:1: #include "right.h" goes up:'
                   " port (level 1) -> right (level 2)")

    def test_an_include_spelled_otherwise(self):
        self.files["port.c"] += '#include "../module/right.h"\n# include <whole.h>\n'
        self.finds('module/port.c:6: #include "right.h" goes up:'
                   " port (level 1) -> right (level 2)",
                   'module/port.c:7: #include "whole.h" goes up:'
                   " port (level 1) -> whole (level 2)",
                   'a circle of 2 rooms: port whole; shortest: port (port.c: #include "whole.h")'
                   ' -> whole (whole.h: #include "port.h") -> port')

    def test_an_include_of_a_header(self):
        self.include("port.h", "right.h")
        self.finds('module/port.h:2: #include "right.h" goes up:'
                   " port (level 1) -> right (level 2)")

    def test_a_call_without_an_include(self):
        self.add("node.c", "int port_(void);\nint main_(void);\n"
                           "int port_(void)\n{\n\treturn main_();\n}\n")
        self.finds("module/node.c:8: main_ goes up: node (level 1) -> main (level 3)")

    def test_an_address(self):
        self.add("node.c", "int main_(void);\nint (*called)(void) = main_;\n")
        self.finds("module/node.c:7: main_ goes up: node (level 1) -> main (level 3)")

    def test_data(self):
        self.add("right.c", "extern struct whole the_whole;\nvoid *get(void);\n"
                            "void *get(void)\n{\n\treturn &the_whole;\n}\n")
        self.finds("module/right.c:7: the_whole goes up: right (level 2) -> main (level 3)")

    def test_a_name_that_a_macro_makes(self):
        self.add("node.c", "#define GLUE(a, b) a##b\nint GLUE(ma, in_)(void);\nint get(void);\n"
                           "int get(void)\n{\n\treturn GLUE(ma, in_)();\n}\n")
        self.finds("module/node.c: main_ goes up: node (level 1) -> main (level 3)")

    def test_the_struct_that_holds_all_by_its_name_alone(self):
        self.add("port.h", "struct whole;\nint port_of(struct whole *it);\n")
        self.finds("module/port.h:8: struct whole goes up: port (level 1) -> whole (level 2)",
                   "a circle of 2 rooms: port whole; shortest: port (port.h: struct whole) ->"
                   ' whole (whole.h: #include "port.h") -> port')


class Sideways(House):
    def test_an_include(self):
        self.include("port.c", "node.h")
        self.finds('module/port.c:1: #include "node.h" goes sideways:'
                   " port (level 1) -> node (level 1)")

    def test_a_call(self):
        self.add("port.c", "int node(void);\nint get(void);\n"
                           "int get(void)\n{\n\treturn node();\n}\n")
        self.finds("module/port.c:6: node goes sideways: port (level 1) -> node (level 1)")

    def test_an_inline_function_that_the_struct_brings_along(self):
        self.add("left.c", "int get(void);\nint get(void)\n{\n\treturn right_in_line();\n}\n")
        self.finds("module/left.c:11: right_in_line goes sideways:"
                   " left (level 2) -> right (level 2)")

    def test_another_rooms_part_of_the_struct(self):
        self.add("left.c", "int get(struct whole *all);\n"
                           "int get(struct whole *all)\n{\n\treturn all->right.n;\n}\n")
        self.finds("module/left.c:11: the part right goes sideways:"
                   " left (level 2) -> right (level 2)")

    def test_where_the_levels_allow_it(self):
        self.include("left.c", "right.h")
        self.add("left.c", "int get(void);\nint get(void)\n{\n\treturn right();\n}\n")
        self.text += "left -> right\n"
        self.build()
        self.assertEqual(self.layers()[0], 0)


class Circle(House):
    def test_of_calls(self):
        self.add("word.c", "int logic(void);\nint get(void);\n"
                           "int get(void)\n{\n\treturn logic();\n}\n")
        self.finds("a circle of 2 rooms: logic word; shortest: logic (logic.c: word) ->"
                   " word (word.c: logic) -> logic")

    def test_of_includes(self):
        self.include("word.h", "logic.h")
        self.include("logic.h", "word.h")
        self.finds("a circle of 2 rooms: logic word; shortest: logic (logic.c: word) ->"
                   ' word (word.h: #include "logic.h") -> logic')

    def test_with_the_struct_that_holds_all(self):
        self.include("whole.h", "left.h")
        self.finds('module/whole.h:2: #include "left.h" goes sideways:'
                   " whole (level 2) -> left (level 2)",
                   'a circle of 2 rooms: left whole; shortest: left (left.c: #include "whole.h") ->'
                   ' whole (whole.h: #include "left.h") -> left')


class Files(House):
    def test_that_nobody_knows(self):
        self.files["stray.c"] = "int stray;\n"
        self.files["stray.h"] = "extern int stray;\n"
        self.finds("module/stray.c: has no level in layers.txt",
                   "module/stray.h: has no level in layers.txt")

    def test_that_are_gone(self):
        self.text = self.text.replace("port node", "port node gone")
        self.finds("layers.txt: gone: there is no such file")

    def test_a_file_that_is_too_long(self):
        self.files["word.h"] += "\n" * (400 - self.files["word.h"].count("\n"))
        self.files["node.h"] += "\n" * (401 - self.files["node.h"].count("\n"))
        self.finds("module/node.h: 401 lines, more than 400")

    def test_a_function_that_is_too_long(self):
        for name, lines in (("fits", 45), ("over", 46)):
            body = "\ta++;\n" * lines
            self.add("word.c", f"\nint {name}(int a,\n\t int b)\n"
                               f"{{\n{body}\treturn a + b;\n}}\n")
        self.finds("module/word.c:58: over() has 51 lines, more than 50")


class Unusable(House):
    def refused(self, *words):
        status, out, error = self.layers()
        self.assertEqual((status, out), (2, ""))
        for word in words:
            self.assertIn(word, error)

    def test_an_object_is_missing(self):
        self.build()
        (self.objects / "port.o").unlink()
        self.refused("port.c", "build it first")

    def test_an_object_is_older_than_its_source(self):
        self.build()
        os.utime(self.objects / "port.o", (0, 0))
        self.refused("port.c", "build it again")

    def test_an_object_is_none(self):
        self.build()
        (self.objects / "port.o").write_text("nothing", encoding="ascii")
        self.refused("port.o")

    def test_levels_that_make_no_sense(self):
        self.build()
        for line in ("port -> left", "left -> nobody", "2: again", "9: left", "words"):
            with self.subTest(line):
                self.levels.write_text(f"{LEVELS}{line}\n", encoding="utf-8")
                self.refused("layers.txt:12: ", line)

    def test_no_levels(self):
        self.build()
        self.levels.unlink()
        self.refused("layers.txt")


class Drawing(House):
    def test_rooms_by_level_and_arrows_between_them(self):
        self.add("node.c", "int main_(void);\nint (*called)(void) = main_;\n")
        self.build()
        status, out, _ = self.layers("--dot")
        self.assertEqual(status, 0)
        self.assertEqual(re.findall(r'label="(.*?)"', out),
                         ["3: The outside", "2: Two rooms and the whole", "1: Services", "0"])
        drawn = {found.groups(): "#cc0000" in found[0] for found in
                 re.finditer(r'^\t"(\w+)" -> "(\w+)"(?! \[style=invis).*$', out, re.M)}
        self.assertEqual({pair for pair, bad in drawn.items() if bad}, {("node", "main")})
        self.assertEqual({pair for pair, bad in drawn.items() if not bad},
                         {("main", "left"), ("main", "logic"), ("left", "port"),
                          ("right", "node"), ("port", "logic"), ("node", "logic"),
                          ("logic", "word")})


class TheTree(unittest.TestCase):
    def test_its_levels_are_understood(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([LAYERS, folder], capture_output=True, text=True, check=False)
        self.assertIn("build it first", done.stderr)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
