"""KeyRing: private keys from files and from the agent, each opened once for all hosts."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import asyncssh

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.i18n import _
from etcd_tui.remote.secrets import SecretSource
from etcd_tui.spec.model import SecretRef

DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_LARGEST_KEY_FILE = 1024 * 1024


class KeyRing:
    """Opens key files; a passphrase is asked for once, an encrypted key is decrypted once."""

    def __init__(self, secrets: SecretSource) -> None:
        self._secrets = secrets
        self._lock = asyncio.Lock()
        self._opened: dict[tuple[str, SecretRef | None], asyncssh.SSHKey | None] = {}

    async def open(
        self, host: str, path: str, passphrase: SecretRef | None
    ) -> list[asyncssh.SSHKeyPair]:
        """Return the key pairs of a file: with its certificate where one lies beside it.

        Empty if it is encrypted and no passphrase is given: the agent may hold it. HostsError
        (kind `key-file`) if the file cannot be used, UsageError if the passphrase is missing.
        """
        async with self._lock:
            if (path, passphrase) not in self._opened:
                self._opened[path, passphrase] = await self._unlock(host, path, passphrase)
        opened = self._opened[path, passphrase]
        # A pair of its own for each connection: asyncssh notes in it what the server can verify.
        return [] if opened is None else _pairs(path, opened)

    async def _unlock(
        self, host: str, path: str, passphrase: SecretRef | None
    ) -> asyncssh.SSHKey | None:
        data = _read(host, path)
        key = await asyncio.to_thread(_decrypt, host, path, data, None)
        if key is not None or passphrase is None:
            return key
        secret = self._secrets.get(passphrase, _("the passphrase of {path}").format(path=path))
        # In a thread: deriving a key by bcrypt takes a while on purpose.
        return await asyncio.to_thread(_decrypt, host, path, data, secret.reveal())


def default_keys() -> tuple[str, ...]:
    """Return the key files that ssh looks for by itself, as far as they are there."""
    return tuple(path for path in DEFAULT_KEYS if Path(path).expanduser().exists())


def public_half(path: str) -> bytes | None:
    """Return the public key beside an encrypted private key, to find it in the agent."""
    try:
        return asyncssh.read_public_key(Path(f"{path}.pub").expanduser()).public_data
    except (OSError, asyncssh.KeyImportError):
        return None


def _pairs(path: str, key: asyncssh.SSHKey) -> list[asyncssh.SSHKeyPair]:
    certificate = Path(f"{path}-cert.pub").expanduser()
    if certificate.is_file():
        try:
            return list(asyncssh.load_keypairs([(key, str(certificate)), key]))
        except (OSError, ValueError):
            pass  # a damaged certificate must not cost the key
    return list(asyncssh.load_keypairs([key]))


def _read(host: str, path: str) -> bytes:
    """Return the file's bytes, refusing what ssh refuses."""
    file = Path(path).expanduser()
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            data = opened.read(_LARGEST_KEY_FILE)
    except OSError as error:
        raise _failed(
            host,
            _("The private key {path} cannot be read.").format(path=path),
            error.strerror or str(error),
            _("Name an existing file in ssh.private_key, or make one: ssh-keygen -t ed25519"),
        ) from None
    if status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) & 0o077:
        raise _failed(
            host,
            _("The private key {path} is open to other users.").format(path=path),
            _("Its mode is {mode:04o}; ssh refuses such a key as well.").format(
                mode=stat.S_IMODE(status.st_mode)
            ),
            f"chmod 600 {path}",
        )
    return data


def _decrypt(host: str, path: str, data: bytes, passphrase: str | None) -> asyncssh.SSHKey | None:
    """Return the key; None if it is encrypted and there is no passphrase to try."""
    try:
        return asyncssh.import_private_key(data, passphrase)
    except asyncssh.KeyEncryptionError as error:
        if passphrase is None:
            return None
        cause = str(error)
    except asyncssh.KeyImportError as error:
        if passphrase is None and _is_encrypted(error):
            return None
        if passphrase is None:
            raise _failed(
                host,
                _("{path} is no private key that can be used.").format(path=path),
                str(error),
                _("Give the private half (not the .pub file) in OpenSSH or PEM format."),
            ) from None
        cause = str(error)
    raise _failed(
        host,
        _("The private key {path} does not open with its passphrase.").format(path=path),
        cause,
        _("Correct ssh.passphrase, or try it: ssh-keygen -y -f {path}").format(path=path),
    )


def _is_encrypted(error: asyncssh.KeyImportError) -> bool:
    # asyncssh has no type of its own for this; the text is pinned by a test.
    return "assphrase must be specified" in str(error)


def _failed(host: str, what: str, cause: str, remedy: str) -> HostsError:
    return HostsError(what, [HostFailure(host, "key-file", what, cause, remedy)])
