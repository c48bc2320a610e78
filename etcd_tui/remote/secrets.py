"""SecretSource: where passwords and passphrases come from; asked once, kept for the run."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.secret import Secret
from etcd_tui.spec.model import SecretRef


class SecretSource(Protocol):
    """Resolves references of the answers file."""

    def get(self, ref: SecretRef, purpose: str) -> Secret:
        """Return the secret; `purpose` says to a person what it is for. UsageError if missing."""
        ...


class Secrets:
    """Resolves environment variables, files, prompts and literals.

    `prompt` asks a person and is given the purpose; None where nobody is there to be asked. A
    prompt is one question for each purpose, everything else one look-up for each reference.
    """

    def __init__(self, prompt: Callable[[str], Secret] | None) -> None:
        self._prompt = prompt
        self._known: dict[tuple[SecretRef, str], Secret] = {}

    def get(self, ref: SecretRef, purpose: str) -> Secret:
        """Return the secret; UsageError says what to set where there is none."""
        key = (ref, purpose if ref.kind == "prompt" else "")
        if key not in self._known:
            secret = self._resolve(ref, purpose)
            if "\n" in secret.reveal() or "\0" in secret.reveal():
                raise UsageError(
                    _("The secret for {purpose} has more than one line.").format(purpose=purpose),
                    remedy=_("Store the bare secret, without any line break in it."),
                )
            self._known[key] = secret
        return self._known[key]

    @property
    def known(self) -> tuple[Secret, ...]:
        """Every secret resolved so far, for redaction."""
        return tuple(self._known.values())

    def _resolve(self, ref: SecretRef, purpose: str) -> Secret:
        if ref.kind == "inline" and ref.inline is not None:
            return ref.inline
        if ref.kind == "env":
            return _from_environment(ref.name, purpose)
        if ref.kind == "file":
            return _from_file(Path(ref.name).expanduser(), purpose)
        if self._prompt is None:
            raise UsageError(
                _("Nobody is there to be asked for {purpose}.").format(purpose=purpose),
                remedy=_("Give the secret as env: NAME or file: PATH instead of prompt: true."),
            )
        return self._prompt(purpose)


def _from_environment(name: str, purpose: str) -> Secret:
    value = os.environ.get(name, "")
    if not value:
        raise UsageError(
            _("The environment variable {name} for {purpose} is not set.").format(
                name=name, purpose=purpose
            ),
            remedy=_("Set {name} before you start etcd-tui.").format(name=name),
        )
    return Secret(value)


def _from_file(path: Path, purpose: str) -> Secret:
    try:
        with path.open(encoding="utf-8") as file:
            # Of the open file, so that nobody can put another one in its place in between.
            mode = os.fstat(file.fileno())
            text = file.read(64 * 1024)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is not UTF-8 text")
        raise UsageError(
            _("The file {path} for {purpose} cannot be read: {reason}.").format(
                path=path, purpose=purpose, reason=reason
            ),
            remedy=_("Name a file that holds the secret on its one line."),
        ) from None
    if stat.S_ISREG(mode.st_mode) and mode.st_mode & 0o077:
        raise UsageError(
            _("Others can read the file {path} for {purpose}.").format(path=path, purpose=purpose),
            remedy=f"chmod 600 {path}",
        )
    secret = text.rstrip("\r\n")
    if not secret:
        raise UsageError(
            _("The file {path} for {purpose} is empty.").format(path=path, purpose=purpose),
            remedy=_("Name a file that holds the secret on its one line."),
        )
    return Secret(secret)
