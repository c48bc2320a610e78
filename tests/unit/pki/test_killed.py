"""SIGKILL at every system call that changes the store: never half, never a second authority."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from etcd_tui.errors import UsageError
from etcd_tui.pki import folder
from etcd_tui.pki.issuing import create_authority
from etcd_tui.pki.keys import belongs, read_key
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.store import read_store
from etcd_tui.spec.model import Certificates

from .conftest import NODES, fill, spec_with

CALLS = ("open", "write", "fsync", "close", "mkdir", "rename", "rmdir", "unlink", "chmod")
CFSSL = Certificates(key="ecdsa-p256")
OPENSSL = replace(CFSSL, profile="openssl")
REASONS = {
    "its private key is another one's",
    "its private key is missing",
    "its private key cannot be read",
    "its file is not a certificate",
}


def kill_at(moment: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that SIGKILLs itself before one call; whether it came that far."""
    with warnings.catch_warnings():
        # Hypothesis or pytest plugins may have threads; the child calls nothing of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        count = 0

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                count += 1
                if count == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*args, **kwargs)

            return wrapper

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def every_moment(start: Path, state: Path, act: Callable[[], object]) -> Iterator[int]:
    """Restore `start` as `state` and kill `act` before each call in turn.

    Before one call is after the one before it: nothing else changes a folder.
    """
    moment, killed = 0, True
    while killed:
        moment += 1
        shutil.rmtree(state, ignore_errors=True)
        if start.exists():
            shutil.copytree(start, state)
        killed = kill_at(moment, act)
        if killed:
            yield moment


def assert_whole(folders: StoreFolders, certificates: Certificates) -> None:
    """Every pair that lies in the folders, read by another program, belongs together."""
    for place in (folders.pki, folders.client):
        for path in place.iterdir():
            assert path.is_file()
            if path.suffix == ".csr" or path.name.endswith(("-key.pem", ".key")):
                continue
            key = path.with_suffix(".key")
            if certificates.profile == "cfssl" and place == folders.pki:
                key = path.with_name(f"{path.stem}-key.pem")
            if path.suffix in {".pem", ".crt"} and (place, path.stem) != (folders.client, "ca"):
                certificate = x509.load_pem_x509_certificate(path.read_bytes())
                assert belongs(read_key(key.read_bytes()), certificate), path


@pytest.mark.fault(
    32,
    injected="a kill at every call that writes while the authority is made",
    seen="none, or a whole one that stays",
)
@pytest.mark.parametrize("certificates", [CFSSL, OPENSSL], ids=["cfssl", "openssl"])
def test_a_killed_first_run_leaves_no_authority_or_a_whole_one_that_stays(
    tmp_path: Path, now: datetime, certificates: Certificates
) -> None:
    spec, state = spec_with(certificates, NODES[:2]), tmp_path / "state"
    folders = StoreFolders.below(state)
    moments = 0
    for _ in every_moment(tmp_path / "nothing", state, lambda: fill(folders, spec, now)):
        moments += 1
        found = read_store(folders, spec, now)
        assert found.problem is None
        assert found.authority.state in {"absent", "present"}
        assert REASONS.isdisjoint(reason for f in found.certificates for reason in f.reasons)
        folders.settle()
        assert read_store(folders, spec, now).to_issue == found.to_issue
        again = fill(folders, spec, now)
        assert again.to_issue == ()
        if found.authority.state == "present":
            assert again.authority.description == found.authority.description
        assert_whole(folders, certificates)
    assert moments > 80


@pytest.mark.parametrize(
    "changed",
    [replace(CFSSL, sans=("192.0.2.99",)), replace(CFSSL, key="ecdsa-p384")],
    ids=["key kept", "new key"],
)
def test_a_killed_reissue_leaves_the_old_pairs_or_the_new_ones(
    tmp_path: Path, now: datetime, changed: Certificates
) -> None:
    start, state = tmp_path / "start", tmp_path / "state"
    fill(StoreFolders.below(start), spec_with(CFSSL, NODES[:2]), now)
    folders, spec = StoreFolders.below(state), spec_with(changed, NODES[:2])
    for _ in every_moment(start, state, lambda: fill(folders, spec, now)):
        found = read_store(folders, spec, now)
        assert found.problem is None
        assert REASONS.isdisjoint(reason for f in found.certificates for reason in f.reasons)
        hosts = {fact.state for fact in found.certificates if fact.wanted.role == "host"}
        assert len(hosts) == 1
        folders.settle()
        assert_whole(folders, changed)
        assert read_store(folders, spec, now).to_issue == found.to_issue


def test_a_kill_while_leftovers_are_cleared_away_does_no_harm(
    tmp_path: Path, now: datetime
) -> None:
    start, state = tmp_path / "start", tmp_path / "state"
    spec = spec_with(CFSSL)
    fill(StoreFolders.below(start), spec, now)
    for place in (StoreFolders.below(start).pki, StoreFolders.below(start).client):
        (place / ".committed").mkdir()
        for path in [path for path in place.iterdir() if path.is_file()]:
            path.rename(place / ".committed" / path.name)
        (place / ".staged").mkdir()
        (place / ".staged" / "ca.pem").write_text("half a fi")
    folders = StoreFolders.below(state)
    for _ in every_moment(start, state, folders.settle):
        found = read_store(folders, spec, now)
        assert (found.authority.state, found.to_issue) == ("present", ())
        folders.settle()
        assert_whole(folders, CFSSL)


@pytest.mark.fault(
    19,
    injected="a full disk under the store of keys",
    seen="an error; what was there is whole",
)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "mkdir", "rename"])
def test_a_full_disk_is_an_error_and_leaves_what_was_there(
    folders: StoreFolders, now: datetime, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    fill(folders, spec_with(CFSSL), now)
    before = content(folders.pki)
    changed = spec_with(replace(CFSSL, sans=("192.0.2.99",)))

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    wanted = read_store(folders, changed, now)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(UsageError) as raised:
            fill(folders, changed, now)
    assert raised.value.cause == "No space left on device"
    assert content(folders.pki) == before
    assert read_store(folders, changed, now) == wanted
    folders.settle()
    assert all(path.is_file() for path in folders.pki.iterdir())


def content(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.iterdir() if path.is_file()}


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    folder.commit(tmp_path, {"file": b"0123456789"})
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.fault(
    32,
    injected="a look at the order of writes, syncs and renames",
    seen="on disk before its name is there",
)
def test_the_authority_is_on_disk_before_it_counts(
    folders: StoreFolders, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("write", "fsync", "rename"):
        call = getattr(os, name)

        def noted(*args: Any, _call: Callable[..., Any] = call, _name: str = name) -> Any:
            done.append(_name)
            return _call(*args)

        monkeypatch.setattr(os, name, noted)
    create_authority(folders, spec_with(OPENSSL), now)
    # Three files, each written and synced, then their folder; only then the commit.
    before_commit = done[: done.index("rename")]
    assert before_commit[-7:] == ["write", "fsync"] * 3 + ["fsync"]
