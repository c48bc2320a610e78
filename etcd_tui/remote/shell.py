"""Frame: how a script, its arguments and its payload reach a host's shell on one standard input.

The command that sshd (and sudo, and `ps`) gets to see holds no word of the script:

    exec [sudo …] sh -c '…; IFS= read -r s && case $s in "#NONCE;"*) eval …'

Standard input carries everything else:

    [password line for sudo] + `#NONCE;` and the script on one line + payload

`read` is the reader because it is the only one which is exact everywhere: a shell must not read
past the newline, while `head -c N` of busybox takes up to 4 KiB of the payload with it. A script
that was cut short has no newline, so `read` fails and nothing runs. A line that is not ours (a
password that sudo did not ask for, see `sudo.py`) lacks the nonce and is neither run nor echoed.

The script's first act is to print a mark on both streams. What stands before the mark is noise of
login files and is cut off; without a mark the script did not run.

A standing shell (`standing`, `turn`) reads such lines one after another, so that a script costs one
round trip, and sudo looks at the operator once. There the payload is part of the line, and a mark
with the exit status follows the output on both streams. What it says of itself before the first
line (`greeting`) stands in its command, so that is for everybody to see.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def quote(word: str) -> str:
    """Return `word` as one word of POSIX sh. ValueError for NUL, which no argument can hold.

    `shlex.quote` without its locale-dependent notion of a safe character.
    """
    if "\0" in word:
        raise ValueError("a shell word cannot hold NUL")
    if _SAFE.fullmatch(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


@dataclass(frozen=True, slots=True)
class Frame:
    """One framed script: the command line, the first line of input, and the mark of its output."""

    command: str
    """What the login shell runs, without `exec` and without sudo; safe for sh, csh and fish."""
    line: bytes
    """The script as one line of standard input, newline included."""
    mark: bytes
    """What the script prints on both streams before anything of its own."""
    nonce: str
    """Also exported as ETCD_TUI_RUN, so that processes of this run can be found again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One script for a standing shell: its line of input, and the marks around its output."""

    line: bytes
    mark: bytes
    """As of a `Frame`."""
    end: bytes
    """What both streams end with; the exit status in decimal digits and a newline follow."""
    nonce: str


def frame(script: str, *args: str) -> Frame:
    """Frame a POSIX sh `script` with positional `args`; each call has its own random nonce."""
    nonce = _nonce()
    line = _line(nonce, _body(nonce, script, args).encode())
    return Frame(_command(nonce, "", ""), line, f"{nonce}\n".encode(), nonce)


def standing(greeting: str = "") -> Frame:
    """Frame a shell that runs scripts one after another, as `turn` makes them.

    It ends with its input, or at a line that is not ours. `greeting`: a script of one line, without
    single quotes and exclamation marks, that it runs first of all, as `greeted` tells; else
    ValueError.
    """
    nonce = _nonce()
    before = "while "
    if any(character in greeting for character in "'!\n"):
        raise ValueError("a greeting is one line that every login shell takes as it is")
    if greeting:
        path = f"PATH=${{ETCD_TUI_PATH:-{PATH}}}; export PATH"
        began = f"echo {nonce}; echo {nonce} >&2"
        before = f"({path}; {began}; {greeting}) </dev/null; {_ended(nonce)}; while "
    return Frame(_command(nonce, before, "; done"), b"", b"", nonce)


def greeted(shell: Frame) -> Turn:
    """Return the greeting of a standing `shell` as a turn for which there is nothing to send."""
    return Turn(b"", f"{shell.nonce}\n".encode(), f"\x1e{shell.nonce}:".encode(), shell.nonce)


def turn(shell: Frame, script: str, args: Sequence[str], payload: bytes = b"") -> Turn:
    """Frame `script` for the standing `shell`. Both are one line: a payload cannot hold NUL.

    A subshell keeps apart what the script does to itself: variables, folders, traps, its end.
    """
    nonce = _nonce()
    if b"\0" in payload:
        raise ValueError("a line cannot hold NUL")
    quoted = b"'" + payload.replace(b"'", b"'\"'\"'") + b"'"
    before = b"printf %s " + quoted + b" 2>/dev/null | (\n" if payload else b"(\n"
    after = b"\n)\n" if payload else b"\n) </dev/null\n"
    text = before + _body(nonce, script, args).encode() + after + _ended(nonce).encode()
    line = _line(shell.nonce, text)
    return Turn(line, f"{nonce}\n".encode(), f"\x1e{nonce}:".encode(), nonce)


def _ended(nonce: str) -> str:
    say = f'printf "\\036%s:%s\\n" {nonce} "$1"'
    return f'set -- "$?"; {say}; {say} >&2'


def _nonce() -> str:
    return secrets.token_hex(16)


def _body(nonce: str, script: str, args: Sequence[str]) -> str:
    text = "\n".join(
        (
            # Only a practice host has the variable: its programs are not this machine's.
            f"PATH=${{ETCD_TUI_PATH:-{PATH}}}; export PATH",
            f"ETCD_TUI_RUN={nonce}; export ETCD_TUI_RUN; umask 077",
            "unset s; set -- " + " ".join(map(quote, args)),
            f"echo {nonce}; echo {nonce} >&2",
            script,
        )
    )
    if "\0" in text:
        raise ValueError("a script cannot hold NUL")
    return text


def _line(nonce: str, text: bytes) -> bytes:
    # One line, in the escapes of `printf %b`.
    text = f"#{nonce};\n".encode() + text
    return text.replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"


def _command(nonce: str, before: str, after: str) -> str:
    # LC_ALL comes first of all: in a locale like GBK a shell may take half of a UTF-8 character
    # and the quote behind it for one character.
    link = "do" if before else "&&"
    inner = (
        f"LC_ALL=C; export LC_ALL; {before}IFS= read -r s{'; ' if before else ' '}{link} "
        f'case $s in "#{nonce};"*) eval "$(printf %b "$s")";; *) exit 125;; esac{after}'
    )
    return f"sh -c '{inner}'"
