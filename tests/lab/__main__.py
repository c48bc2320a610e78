"""The lab by hand: `python -m tests.lab --help`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import mirror, record, requirements
from .lab import Lab
from .options import FAMILIES, FIREWALLS, USERS, HostOptions, SmallDisk
from .process import LabError

DEFAULT = "lab"

_RCFILE = """\
[ -f /etc/bash.bashrc ] && . /etc/bash.bashrc
PS1='operator@{name}:\\w\\$ '
alias ssh='ssh -F {config}' scp='scp -F {config}'
echo "You are the operator of the lab {name}: \\`ssh host1\\` works, \\`exit\\` leaves it running."
"""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    up = actions.add_parser("up", help="make a lab that stays until `down`")
    up.set_defaults(action=_up)
    up.add_argument("--name", default=DEFAULT)
    up.add_argument("--hosts", type=int, default=3, metavar="N")
    up.add_argument("--family", choices=FAMILIES, default="v4")
    up.add_argument("--ipv6", dest="family", action="store_const", const="v6", help="--family v6")
    up.add_argument("--user", action="append", default=[], choices=list(USERS), dest="users")
    up.add_argument("--ssh-port", type=int, default=22, metavar="PORT")
    up.add_argument("--password-login", action="store_true")
    up.add_argument("--no-root-login", dest="root_login", action="store_false")
    up.add_argument("--firewall", choices=FIREWALLS, default="none")
    up.add_argument("--second-address", action="store_true")
    up.add_argument("--small-disk", action="append", default=[], metavar="PATH=MIB", type=_disk)
    shell = actions.add_parser("shell", help="a shell as the operator, inside the lab's network")
    shell.set_defaults(action=_shell)
    shell.add_argument("name", nargs="?", default=DEFAULT)
    execute = actions.add_parser("exec", help="one command as the operator: exec -- COMMAND …")
    execute.set_defaults(action=_exec)
    execute.add_argument("--name", default=DEFAULT)
    execute.add_argument("command", nargs=argparse.REMAINDER)
    mirrored = actions.add_parser("mirror", help="make the mirror of etcd releases, print its path")
    mirrored.set_defaults(action=_mirror)
    mirrored.add_argument("--serve", metavar="NAME", help="serve it in this lab, print its URL too")
    actions.add_parser("status", help="the labs that exist").set_defaults(action=_status)
    down = actions.add_parser("down", help="take labs down: one by name, or all that `up` made")
    down.set_defaults(action=_down)
    down.add_argument("name", nargs="?")
    actions.add_parser("deps", help="install what the lab needs").set_defaults(action=_deps)
    return parser


def _disk(text: str) -> SmallDisk:
    path, _, size = text.partition("=")
    return SmallDisk(path, int(size))


def _up(options: argparse.Namespace) -> int:
    begin = time.monotonic()
    host = HostOptions(
        users=tuple(options.users),
        ssh_port=options.ssh_port,
        password_login=options.password_login,
        root_login=options.root_login,
        firewall=options.firewall,
        second_address=options.second_address,
        small_disks=tuple(options.small_disk),
    )
    lab = Lab.create(options.name, options.hosts, family=options.family, options=host, owned=False)
    _show(lab)
    print(f"up in {time.monotonic() - begin:.1f} s; `python -m tests.lab shell {lab.name}`")
    return 0


def _shell(options: argparse.Namespace) -> int:
    lab = Lab.attach(options.name)
    with tempfile.NamedTemporaryFile("w", suffix=".bashrc") as rcfile:
        rcfile.write(_RCFILE.format(name=lab.name, config=lab.operator.ssh_config))
        rcfile.flush()
        return lab.run_operator(["bash", "--rcfile", Path(rcfile.name), "-i"]).returncode


def _exec(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise LabError("no command: `python -m tests.lab exec -- COMMAND …`")
    return Lab.attach(options.name).run_operator(command).returncode


def _mirror(options: argparse.Namespace) -> int:
    print(mirror.build())
    if options.serve:
        print(Lab.attach(options.serve).serve_mirror())
    return 0


def _status(options: argparse.Namespace) -> int:
    for entry in record.every():
        _show(Lab(entry))
        if entry.orphaned:
            print("  its owner is gone: the next lab, or `down`, removes it")
        elif entry.owner:
            print(f"  ends with process {entry.owner.pid}")
    return 0


def _show(lab: Lab) -> None:
    print(f"{lab.name}  operator: {lab.operator.home}")
    for host in lab.hosts:
        state = f"up, PID 1 is {host.pid}" if host.up else "down"
        print(f"  {host.name}  {' '.join(host.addresses)}  ssh port {host.ssh_port}  {state}")


def _down(options: argparse.Namespace) -> int:
    for name in record.sweep():
        print(f"swept {name}, whose owner is gone")
    if options.name:
        names = [record.find(options.name).name]
    else:
        names = [entry.name for entry in record.every() if entry.owner is None]
    for name in names:
        Lab.attach(name).destroy()
        print(f"{name} is down")
    return 0


def _deps(options: argparse.Namespace) -> int:
    requirements.install()
    problems = requirements.missing_requirements()
    for problem in problems:
        print(f"lab: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, subprocess.SubprocessError) as error:
        sys.exit(f"lab: {error!r}")
