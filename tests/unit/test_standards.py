"""verify reports what CIS asks of etcd's files and settings, and the unit's exposure."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.remote.transport import Result
from etcd_tui.spec.model import HostPreparation
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.claims import CLAIMS
from etcd_tui.verify.journal import hear
from etcd_tui.verify.proof import Proof
from etcd_tui.verify.standards import asking, prove_operator, prove_standards
from tests.unit.situations import spec_of

# Any user may run this, and nobody else's files are needed: all is root's, as on a practice host.
SPEC = replace(spec_of(), host=HostPreparation(user="root"))
NODE = SPEC.nodes[0]
STANDS_IN = {
    "systemctl": (
        'case $* in --version) echo "systemd ${SYSTEMD-252} (x)" ;; '
        "*) echo ActiveState=active; echo MainPID=7; echo NRestarts=0 ;; esac"
    ),
    "systemd-analyze": (
        'echo "junk"; echo "→ Overall exposure level for etcd.service: ${EXPOSURE-1.2} OK :-)"'
    ),
    "journalctl": "echo '{}'",
    "stat": (
        "form=$(printf %s \"$2\" | sed 's/%[UG]/root/g'); shift 2; "
        'exec /usr/bin/stat -c "$form" "$@"'
    ),
}
ENVIRON = {
    "ETCD_CERT_FILE": "/etc/etcd/server.crt",
    "ETCD_KEY_FILE": "/etc/etcd/server.key",
    "ETCD_TRUSTED_CA_FILE": "/etc/etcd/etcd-ca.crt",
    "ETCD_PEER_CERT_FILE": "/etc/etcd/server.crt",
    "ETCD_PEER_KEY_FILE": "/etc/etcd/server.key",
    "ETCD_PEER_TRUSTED_CA_FILE": "/etc/etcd/etcd-ca.crt",
    "ETCD_CLIENT_CERT_AUTH": "true",
    "ETCD_PEER_CLIENT_CERT_AUTH": "true",
    "ETCD_INITIAL_CLUSTER_TOKEN": "secret-token",
}


class Host:
    """A Transport that runs the question in a real shell, on a disk of its own."""

    name = "etcd1"

    def __init__(self, folder: Path) -> None:
        self.root, self.bin = folder / "disk", folder / "bin"
        self.more: dict[str, str] = {}
        self.bin.mkdir()
        for name, text in STANDS_IN.items():
            (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.bin / name).chmod(0o755)
        for path, mode in (("etc/etcd", 0o750), ("var/lib/etcd", 0o700), ("proc/7", 0o755)):
            (self.root / path).mkdir(parents=True)
            (self.root / path).chmod(mode)
        for path, mode in (
            ("etc/etcd/etcd.conf", 0o600),
            ("etc/etcd/etcd-ca.crt", 0o644),
            ("etc/etcd/server.crt", 0o644),
            ("etc/etcd/server.key", 0o600),
            ("etc/systemd/system/etcd.service", 0o644),
        ):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(path)
            (self.root / path).chmod(mode)
        self.environ(**ENVIRON)

    def environ(self, **settings: str) -> None:
        words = "\0".join(f"{name}={value}" for name, value in settings.items())
        (self.root / "proc/7/environ").write_text(words + "\0")

    async def run(self, script: str, *args: str, **_options: object) -> Result:
        done = subprocess.run(
            ["sh", "-c", script, "sh", *args],
            capture_output=True,
            check=False,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}", "ETCD_TUI_ROOT": str(self.root)}
            | self.more,
        )
        return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


async def proofs(host: Host) -> dict[str, Proof]:
    heard = await hear(host, [], asking(SPEC))  # type: ignore[arg-type]
    assert heard.unit.active == "active"
    assert "{}" in heard.journal
    assert "secret-token" not in repr(heard)
    return {proof.key: proof for proof in prove_standards(SPEC, NODE, heard.said)}


async def test_a_member_as_install_leaves_it_holds_every_standard(host: Host) -> None:
    found = await proofs(host)

    assert list(found) == ["file-modes", "settings", "exposure"]
    assert all(proof.passed for proof in found.values()), found
    assert found["exposure"].found == "1.2 of 10"
    assert all(proof.member == "etcd1" and proof.command for proof in found.values())


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("etc/etcd/server.key", 0o640),
        ("etc/etcd/etcd.conf", 0o644),
        ("etc/etcd/server.crt", 0o664),
        ("etc/etcd/etcd-ca.crt", 0o666),
        ("etc/systemd/system/etcd.service", 0o664),
        ("var/lib/etcd", 0o750),
        ("etc/etcd", 0o775),
    ],
)
async def test_a_file_that_others_can_open_is_named_with_its_mode(
    host: Host, path: str, mode: int
) -> None:
    (host.root / path).chmod(mode)
    proof = (await proofs(host))["file-modes"]
    assert (proof.passed, proof.found) == (False, f"/{path} {mode:o} root:root")
    assert proof.fix


async def test_stricter_modes_are_as_good_and_a_file_that_is_not_there_is_not(host: Host) -> None:
    (host.root / "etc/etcd/server.crt").chmod(0o400)
    assert (await proofs(host))["file-modes"].passed
    (host.root / "etc/etcd/server.crt").unlink()
    assert "/etc/etcd/server.crt" in (await proofs(host))["file-modes"].found


async def test_another_owner_is_named(host: Host) -> None:
    heard = await hear(host, [], asking(SPEC))  # type: ignore[arg-type]
    said = [
        (key, value.replace("600 root root /etc/etcd/server", "600 joe joe /etc/etcd/server"))
        for key, value in heard.said
    ]
    proof = prove_standards(SPEC, NODE, said)[0]
    assert (proof.passed, proof.found) == (False, "/etc/etcd/server.key 600 joe:joe")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in ENVIRON if name.startswith("ETCD_PEER") or "CERT" in name),
        ("ETCD_CLIENT_CERT_AUTH", "false"),
        ("ETCD_AUTO_TLS", "true"),
        ("ETCD_PEER_AUTO_TLS", "true"),
    ],
)
async def test_a_setting_that_lets_strangers_in_is_named(host: Host, name: str, value: str) -> None:
    settings = {**ENVIRON, name: value}
    host.environ(**{key: value for key, value in settings.items() if value})
    proof = (await proofs(host))["settings"]
    assert not proof.passed
    assert proof.found.startswith(f"{name}=")


async def test_the_authority_of_kubernetes_is_not_an_authority_of_its_own(host: Host) -> None:
    folder = host.root / "etc/kubernetes/pki"
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_text("another one")
    assert (await proofs(host))["settings"].passed
    (folder / "ca.crt").write_text((host.root / "etc/etcd/etcd-ca.crt").read_text())
    assert not (await proofs(host))["settings"].passed


@pytest.mark.parametrize(
    ("change", "passed", "found"),
    [
        (lambda host: host.more.update(EXPOSURE="2.0"), True, "2.0 of 10"),
        (lambda host: host.more.update(EXPOSURE="2.1"), False, "2.1 of 10"),
        (lambda host: host.more.update(EXPOSURE="2.1", SYSTEMD="239"), True, "systemd 239"),
    ],
)
async def test_the_exposure_is_two_at_most(
    host: Host, change: Callable[[Host], object], passed: bool, found: str
) -> None:
    change(host)
    proof = (await proofs(host))["exposure"]
    assert proof.passed is passed
    assert found in proof.found


@pytest.mark.parametrize(
    "change",
    [
        lambda host: host.more.update(EXPOSURE="much"),
        lambda host: (host.bin / "systemd-analyze").write_text("#!/bin/sh\n"),
    ],
)
async def test_where_nobody_tells_the_exposure_nothing_is_claimed(
    host: Host, change: Callable[[Host], object]
) -> None:
    change(host)
    assert "exposure" not in await proofs(host)


async def test_what_is_not_asked_for_is_not_said(host: Host) -> None:
    heard = await hear(host, [])  # type: ignore[arg-type]
    assert not any(key in ("owned", "exposure", "ETCD_CERT_FILE") for key, _value in heard.said)


def test_the_operators_files_are_looked_at_too(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "prod")
    state.prepare()
    state.choose_token("")
    program = state.path / "etcdctl"
    program.touch(mode=0o755)
    program.chmod(0o755)
    assert prove_operator(state.path, NODE).passed
    assert again(state) == ""

    state.token.chmod(0o644)
    proof = prove_operator(state.path, NODE)
    assert (proof.passed, proof.found, proof.member) == (False, str(state.token), "")
    assert again(state) == f"{state.token}\n"

    mended = subprocess.run(proof.fix, shell=True, check=True, capture_output=True)
    assert mended.stderr == b""
    assert prove_operator(state.path, NODE).passed
    state.path.chmod(0o755)
    assert prove_operator(state.path, NODE).found == str(state.path)
    assert again(state) == f"{state.path}\n"


def again(state: StateFolder) -> str:
    """What the claim's own command prints."""
    command = next(claim.command(NODE) for claim in CLAIMS if claim.key == "operator-files")
    env = {"PATH": os.environ["PATH"], "ETCDCTL_KEY": str(state.client / "client.key")}
    done = subprocess.run(["sh", "-c", command], env=env, check=True, capture_output=True)
    return done.stdout.decode()


def test_the_commands_to_see_it_again_are_whole_commands(host: Host, tmp_path: Path) -> None:
    """The one about files, typed on the host, names each of them with its mode and owner."""
    shown = {claim.key: claim.command(NODE) for claim in CLAIMS}
    for key in ("file-modes", "settings", "exposure", "operator-files"):
        subprocess.run(["sh", "-n", "-c", shown[key]], check=True)
    conf = tmp_path / "conf/etcd.conf"
    conf.parent.mkdir()
    conf.write_text(
        'ETCD_DATA_DIR=/\nETCD_TRUSTED_CA_FILE=/bin/sh\nETCD_CERT_FILE="/bin/ls"\n'
        "ETCD_KEY_FILE=/bin/cat\n"
    )
    (host.bin / "systemctl").write_text(
        f"#!/bin/sh\ncase $* in *EnvironmentFiles*) echo '{conf} (ignore_errors=no)' ;; "
        "*) echo /bin/cp ;; esac\n"
    )
    (host.bin / "stat").unlink()
    done = subprocess.run(
        ["sh", "-c", shown["file-modes"]],
        env={"PATH": f"{host.bin}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
        text=True,
    )
    seen = [line.split(" ")[2] for line in done.stdout.splitlines()]
    assert seen == [str(conf), str(conf.parent), "/", "/bin/sh", "/bin/ls", "/bin/cat", "/bin/cp"]
