# SPDX-License-Identifier: GPL-2.0
"""Writes initramfs images (cpio "newc"): same input, same bytes, no root."""

import os
import stat


class Archive:
    def __init__(self, stream):
        self.stream = stream
        self.inode = 0
        self.folders = set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  *device, len(encoded), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        for part in (header + encoded, data):
            self.stream.write(part + b"\0" * (-len(part) % 4))

    def folder(self, name):
        name = name.strip("/")
        if name and name not in self.folders:
            self.folder(os.path.dirname(name))
            self.folders.add(name)
            self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFREG | mode, data)

    def program(self, name, path):
        self.file(name, path.read_bytes(), 0o755)

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def console(self):
        """/dev/console, which the kernel opens before anything is mounted."""
        self.folder("dev")
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def close(self):
        self.inode = -1
        self._entry("TRAILER!!!", 0)
