"""transient: the unit that a call of systemd-run stands for."""

from __future__ import annotations

import shlex

from etcd_tui.practice.words import Words, WordsError

_FLAGS = frozenset({"--quiet", "-q", "--collect", "-G", "--no-block", "--no-ask-password"})
_VALUES = {
    "--unit": "unit",
    "-u": "unit",
    "--description": "description",
    "-p": "property",
    "--property": "property",
}


def transient(argv: list[str], programs: str) -> tuple[str, str]:
    """Return name and text of the unit; `programs` is where its program is found. WordsError."""
    command = _command(argv)
    words = Words.read(argv[: len(argv) - len(command)], _FLAGS, _VALUES)
    name = words.one("unit")
    if not name or not command or words.rest:
        raise WordsError(f"{argv[0]} without --unit or without a command")
    program, *arguments = command
    if not program.startswith("/"):
        program = f"{programs}/{program}"
    settings = words.all("property")
    if words.has("--collect", "-G"):
        settings.append("CollectMode=inactive-or-failed")
    lines = [
        "[Unit]",
        f"Description={words.one('description') or name}",
        "[Service]",
        *settings,
        f"ExecStart={shlex.join((program, *arguments))}",
    ]
    whole = name if "." in name else f"{name}.service"
    return whole, "\n".join(lines) + "\n"


def _command(argv: list[str]) -> list[str]:
    """Return the words from the first that is no option: they belong to the command."""
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if argv[at] in _VALUES else 1
    return argv[at:]
