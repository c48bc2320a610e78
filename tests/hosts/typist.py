"""A person at shells: one on the operator's machine and one on each host, kept open throughout."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType

from tests.lab import Lab
from tests.unit.runbooks import Block, blocks

_ROW = re.compile(r"^\| (\S+) \| (\S+) \| `(ssh .*)` \|$", re.MULTILINE)
_PATIENCE = 180


class Shell:
    """A shell that is typed into; a command that fails ends it, as it stops a careful person."""

    def __init__(self, command: list[str], environment: Mapping[str, str], name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.type("set -e")

    def type(self, text: str) -> str:
        """Type commands and return what they print; AssertionError if one fails."""
        mark = f"done-{uuid.uuid4().hex}"
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{text}\necho {mark}\n")
            self._process.stdin.flush()
        shown = []
        for line in self._process.stdout:
            before, found, _after = line.partition(mark)
            shown.append(before)
            if found:
                return "".join(shown)
        raise AssertionError(f"{self.name}: a command failed:\n{text}\n{''.join(shown)}")

    def close(self) -> None:
        """End the shell."""
        with contextlib.suppress(BrokenPipeError):
            assert self._process.stdin and self._process.stdout
            self._process.stdin.close()
        self._process.wait(_PATIENCE)
        self._process.stdout.close()


class Typist:
    """Works through a runbook. `guards`: what is at work on a host (`ufw`), by its name."""

    def __init__(self, lab: Lab, document: str, guards: Mapping[str, str] | None = None) -> None:
        self.document = document
        self.guards = dict(guards or {})
        environment = {**lab.operator_env, "PATH": os.environ["PATH"]}
        self.shells = {
            "operator": Shell([*lab.operator_prefix, "sh"], environment, "operator"),
        }
        for name, _address, enter in _ROW.findall(document):
            # As the table says, but without a terminal of its own.
            command = [*lab.operator_prefix, *shlex.split(enter), "sh"]
            if "sudo" in command:
                command = command[:-1]
            self.shells[name] = Shell(command, environment, name)

    def __enter__(self) -> Typist:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for shell in self.shells.values():
            shell.close()

    def work(self, *, undo: bool = False) -> Iterator[tuple[str, Block, str]]:
        """Type block after block; yield host, block and what was printed."""
        for block in blocks(self.document):
            if block.undo is not undo:
                continue
            for host in block.hosts:
                if self._applies(block, host):
                    yield host, block, self._type(self.shells[host], block)

    def _applies(self, block: Block, host: str) -> bool:
        if block.condition == "no-firewall":
            return not self.guards
        return not block.condition or self.guards.get(host) == block.condition

    def _type(self, shell: Shell, block: Block) -> str:
        if not block.fails:
            return shell.type(block.text.rstrip("\n"))
        lines = block.text.splitlines()
        return "".join(shell.type(f"if {line}; then false; fi") for line in lines)
