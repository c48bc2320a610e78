"""What the certificate tests share: keys made once, specs, stores, and the real tools."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etcd_tui.pki import issuing, store
from etcd_tui.pki.facts import StoreFacts
from etcd_tui.pki.keys import PrivateKey, generate_key
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.store import read_store
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Certificates, Cluster, ClusterSpec, KeyType, Node

NODES = tuple(Node(f"etcd{number}", f"192.0.2.1{number}") for number in (1, 2, 3))


@pytest.fixture(scope="session")
def key_pool() -> Callable[[KeyType, int], PrivateKey]:
    pool: dict[KeyType, list[PrivateKey]] = defaultdict(list)

    def take(key_type: KeyType, number: int) -> PrivateKey:
        while len(pool[key_type]) <= number:
            pool[key_type].append(generate_key(key_type))
        return pool[key_type][number]

    return take


@pytest.fixture(autouse=True)
def pooled_keys(
    key_pool: Callable[[KeyType, int], PrivateKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hand out keys that differ within a test and are shared among tests: RSA is slow."""
    counters: dict[KeyType, Iterator[int]] = defaultdict(itertools.count)

    def generate(key_type: KeyType) -> PrivateKey:
        return key_pool(key_type, next(counters[key_type]))

    monkeypatch.setattr(issuing, "generate_key", generate)
    monkeypatch.setattr(store, "generate_key", generate)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def folders(tmp_path: Path) -> StoreFolders:
    return StoreFolders.below(tmp_path / "state")


def spec_with(certificates: Certificates, nodes: tuple[Node, ...] = NODES) -> ClusterSpec:
    return ClusterSpec(Cluster("prod", "3.5.30"), nodes, certificates=certificates)


def fill(
    folders: StoreFolders, spec: ClusterSpec, now: datetime, passphrase: Secret | None = None
) -> StoreFacts:
    """Do what an install does: make the authority, issue what does not match, read again."""
    issuing.create_authority(folders, spec, now)
    issuing.issue(folders, spec, read_store(folders, spec, now).to_issue, now, passphrase)
    return read_store(folders, spec, now)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def run(*command: str | Path, cwd: Path, stdin: str = "", **environment: str) -> str:
    """Run a real tool; its standard output, AssertionError with its complaints if it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        input=stdin,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}"
    return done.stdout


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
needs_cfssl = pytest.mark.skipif(
    not (shutil.which("cfssl") and shutil.which("cfssljson")),
    reason="cfssl is not installed (Debian: golang-cfssl)",
)
