# SPDX-License-Identifier: GPL-2.0
"""`lab shell`: dom0's shell for a person, with guests running."""

import os
import select
import sys
import termios
import tty

from guest import Guest
from host import LabError

LEAVE = b"\x1c"                 # Ctrl-\
ENDED = b"\x1e"                 # dom0's init starts the next shell
PROMPT = "dom0# "

HELP = """
This is dom0 (busybox and xl). Running: {guests}.
  xl list                       the guests
  xl console NAME               a shell in a guest; Ctrl-] comes back here
                                (there: cat {sysfs}/state, dmesg, rmmod xen_suspend)
  layout DOMID                  its xenstore, as far as suspending is concerned
  xl -vvv save NAME /tmp/x      save;  xl restore /tmp/x  brings it back
  toolstack suspend DOMID       suspend and resume in place, timed
Leave with `exit`, or at any time with Ctrl-\\.
"""


def start_guests(host, kinds, flavour, arguments, load, say):
    guests = []
    for kind in kinds:
        if kind == "none":
            continue
        guest = Guest(host, kind, kind.split("-")[0], flavour, compat=kind.endswith("compat"),
                      arguments=arguments)
        say(f"xl create: {kind}")
        guest.create()
        if load:
            try:
                guest.load()
            except LabError as error:           # still worth a look by hand
                say(str(error))
        # The guest's own loop starts its next shell for a person.
        guest.run("touch /run/interactive; (sleep 1; kill -9 $$) &")
        guests.append(guest)
    return guests


def relay(host):
    """Copy bytes both ways until the shell ends or the person leaves."""
    shell, keyboard = host.shell, sys.stdin.fileno()
    sources = [shell, keyboard]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if shell in ready:
            data = shell.recv(65536)
            if not data:
                return
            mine, ended, _ = data.partition(ENDED)
            os.write(sys.stdout.fileno(), mine)
            if ended:
                return
        if keyboard in ready:
            data = os.read(keyboard, 1024)
            if LEAVE in data:
                return
            if not data:                        # a script ended, not a person
                sources.remove(keyboard)
                data = b"\nexit\n"
            shell.sendall(data)


def attach(host):
    size = ""
    if sys.stdin.isatty():
        columns, rows = os.get_terminal_size()
        size = f"; stty rows {rows} cols {columns}"
    host.shell.sendall(f"stty sane{size}; PS1='{PROMPT}' TERM=linux exec cttyhack sh -i\n".encode())
    host.skip(PROMPT)           # what is typed before would be lost
    print(PROMPT, end="", flush=True)
    if not sys.stdin.isatty():
        relay(host)
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        relay(host)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        print()
