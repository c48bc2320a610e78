"""What the tests look at themselves: nothing here asks the tool whether it did its work."""

from __future__ import annotations

import base64
import json
import mmap
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

from tests.hosts.cluster import Cluster, Run
from tests.lab import LabHost

# The three files of a profile on a host: authority, certificate, key.
ON_HOST = {
    "cfssl": ("etcd-ca.crt", "server.crt", "server.key"),
    "openssl": ("ca.crt", "etcd.crt", "etcd.key"),
}


def assert_proven(cluster: Cluster, run: Run, *, at: LabHost | None = None) -> None:
    """The run ended proven, and independent commands find the cluster as it should be.

    `at`: the host from whose network to look, where the operator has no route to the members.
    """
    assert run.exit == 0, cluster.told(run)
    report = run.report()
    assert report["proven"] is True
    assert report["proofs"]
    assert all(proof["passed"] for proof in report["proofs"])
    assert_members_agree(cluster, at=at)
    for member in cluster.members:
        assert_mutual_tls(cluster, member, at=at)
        assert_host_in_order(cluster, member)


def assert_installed(cluster: Cluster, run: Run, *, at: LabHost | None = None) -> None:
    """As `assert_proven`, and the authority's key has not left the operator's machine."""
    assert_proven(cluster, run, at=at)
    assert_authority_key_on_no_host(cluster)


def assert_members_agree(cluster: Cluster, *, at: LabHost | None = None) -> None:
    """etcdctl finds all members started, healthy, with one leader, and one key space."""
    listed = json.loads(cluster.etcdctl("member", "list", "-w", "json", at=at))["members"]
    expected = {(m, cluster.endpoint(m), peer_url(cluster, m)) for m in cluster.members}
    assert {(m["name"], m["clientURLs"][0], m["peerURLs"][0]) for m in listed} == expected
    assert not any(m.get("isLearner") for m in listed)
    health = json.loads(cluster.etcdctl("endpoint", "health", "-w", "json", at=at))
    assert [entry["health"] for entry in health] == [True] * len(cluster.members)
    states = [s["Status"] for s in endpoint_status(cluster, at=at)]
    assert len({s["leader"] for s in states}) == 1
    assert len({s["header"]["cluster_id"] for s in states}) == 1
    assert {s["version"] for s in states} == {cluster.version}
    writer, *others = cluster.members
    cluster.etcdctl("put", "evidence", "written", endpoint=cluster.endpoint(writer), at=at)
    for member in others or [writer]:
        read = cluster.etcdctl("get", "evidence", "--print-value-only",
                               endpoint=cluster.endpoint(member), at=at)  # fmt: skip
        assert read == "written\n"
    assert cluster.etcdctl("del", "evidence", at=at) == "1\n"


def endpoint_status(cluster: Cluster, *, at: LabHost | None = None) -> list[dict[str, Any]]:
    """`etcdctl endpoint status` of every member."""
    return list(json.loads(cluster.etcdctl("endpoint", "status", "-w", "json", at=at)))


def peer_url(cluster: Cluster, member: str) -> str:
    """The member's peer URL."""
    return cluster.endpoint(member).replace(":2379", ":2380")


def s_client(
    cluster: Cluster, member: str, port: int, *, certificate: bool, at: LabHost | None = None
) -> subprocess.CompletedProcess[str]:
    """openssl s_client against one port of a member; the client port is asked for /health."""
    client = cluster.state / "client"
    where = cluster.endpoint(member).removeprefix("https://").removesuffix(":2379")
    # Of `-cert` it sends the first certificate alone, without the chain that may follow.
    with_certificate = [
        "-cert", str(client / "client.crt"), "-cert_chain", str(client / "client.crt"),
        "-key", str(client / "client.key"),
    ] if certificate else []  # fmt: skip
    # TLS 1.2: a missing certificate then shows in the handshake itself.
    command = [
        "openssl", "s_client", "-connect", f"{where}:{port}", "-tls1_2", "-verify_return_error",
        "-CAfile", str(client / "ca.crt"), *with_certificate,
    ]  # fmt: skip
    asked = ""
    if port == 2379:
        command.append("-ign_eof")
        asked = "GET /health HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n"
    if at is not None:
        return at.netns_exec(command, input=asked)
    done: subprocess.CompletedProcess[str] = cluster.lab.run_operator(
        command, input=asked, capture_output=True, text=True
    )
    return done


def certificate_on_wire(
    cluster: Cluster, member: str, port: int, *, at: LabHost | None = None
) -> str:
    """The PEM that a fresh handshake shows."""
    shown = s_client(cluster, member, port, certificate=True, at=at).stdout
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", shown, re.DOTALL)
    assert found, shown
    return found[0] + "\n"


def assert_mutual_tls(cluster: Cluster, member: str, *, at: LabHost | None = None) -> None:
    """Both ports show the host's own certificate, valid strictly, and demand one of the client."""
    host = cluster.host_of(member)
    _authority, certificate, _key = ON_HOST[cluster.profile]
    on_disk = host.root / cluster.place("config").lstrip("/") / certificate
    own = on_disk.read_text().partition("-----END CERTIFICATE-----")[0]
    for port in (2379, 2380):
        with_one = s_client(cluster, member, port, certificate=True, at=at)
        assert "Verify return code: 0 (ok)" in with_one.stdout, with_one.stdout + with_one.stderr
        without = s_client(cluster, member, port, certificate=False, at=at)
        assert without.returncode != 0
        assert "HTTP/1.1 200" not in without.stdout
        assert own in certificate_on_wire(cluster, member, port, at=at)
    health = s_client(cluster, member, 2379, certificate=True, at=at).stdout
    assert '{"health":"true"' in health, health
    for purpose in ("sslserver", "sslclient"):
        assert_verifies(cluster, on_disk, purpose)
    assert_verifies(cluster, cluster.state / "client/client.crt", "sslclient")


def assert_verifies(cluster: Cluster, certificate: Path, purpose: str) -> None:
    """`openssl verify -x509_strict` takes the certificate (with its chain) for the purpose."""
    authority = cluster.state / "client/ca.crt"
    done = subprocess.run(
        [
            "openssl", "verify", "-x509_strict", "-purpose", purpose,
            "-CAfile", str(authority), "-untrusted", str(certificate), str(certificate),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def unit(host: LabHost) -> dict[str, str]:
    """What systemd says of etcd.service."""
    shown = host.exec(["systemctl", "show", "etcd.service"], check=True).stdout
    return dict(line.partition("=")[::2] for line in shown.splitlines())


def incarnation(host: LabHost) -> tuple[str, str, str]:
    """What changes with every start of etcd: process, systemd's invocation, journal's."""
    shown = unit(host)
    last = host.sh("journalctl -u etcd -n 1 -o export | sed -n 's/^_SYSTEMD_INVOCATION_ID=//p'")
    return shown["MainPID"], shown.get("InvocationID", ""), last.stdout


def owners(host: LabHost, paths: list[str]) -> dict[str, str]:
    """Mode, owner and group of paths on the host."""
    lines = host.exec(["stat", "-c", "%n %a %U:%G", *paths], check=True).stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)


def assert_host_in_order(cluster: Cluster, member: str) -> None:
    """The unit runs, is enabled and hardened; files belong to whom they should."""
    host = cluster.host_of(member)
    user = cluster.answers.get("host", {}).get("user", "etcd")
    authority, certificate, key = ON_HOST[cluster.profile]
    config, data, binaries = (cluster.place(kind) for kind in ("config", "data", "binaries"))
    shown = unit(host)
    states = [shown[name] for name in ("ActiveState", "SubState", "NRestarts")]
    assert states == ["active", "running", "0"]
    assert host.exec(["systemctl", "is-enabled", "etcd"]).stdout == "enabled\n"
    running_as = host.exec(["stat", "-c", "%U", f"/proc/{shown['MainPID']}"], check=True).stdout
    assert running_as.strip() == user
    assert exposure(host) <= 2.0
    programs = ["etcd", "etcdctl"] + ([] if cluster.version.startswith("3.4.") else ["etcdutl"])
    wanted = {
        data: f"700 {user}:{user}",
        config: f"750 root:{user}",
        f"{config}/{key}": f"600 {user}:{user}",
        f"{config}/{authority}": "644 root:root",
        f"{config}/{certificate}": "644 root:root",
        f"{config}/etcd.conf": "600 root:root",
        f"{cluster.place('units')}/etcd.service": "644 root:root",
        **{f"{binaries}/{program}": "755 root:root" for program in programs},
    }
    assert owners(host, list(wanted)) == wanted
    on_disk = sorted(path.name for path in (host.root / binaries.lstrip("/")).iterdir())
    assert on_disk == sorted(programs)
    conf = (host.root / config.lstrip("/") / "etcd.conf").read_text()
    assert "ETCD_INITIAL_CLUSTER_STATE=existing" in conf
    names = (host.root / "etc/hosts").read_text()
    for node in cluster.answers["nodes"]:
        assert f"{node['address']} {node['name']}\n" in names
    assert list(host.upper.rglob(".etcd-tui.*")) == []


def exposure(host: LabHost) -> float:
    """What `systemd-analyze security` gives etcd.service: 0 is safest, 10 is bare."""
    shown = host.exec(["systemd-analyze", "security", "--no-pager", "etcd.service"]).stdout
    found = re.search(r"Overall exposure level for etcd\.service: ([0-9.]+)", shown)
    assert found, shown
    return float(found[1])


def assert_authority_key_on_no_host(cluster: Cluster) -> None:
    """Neither the PEM nor the DER of the authority's key is in any file that a host has written."""
    made = cluster.state / "pki" / ("ca-key.pem" if cluster.profile == "cfssl" else "ca.key")
    own = cluster.answers.get("certificates", {}).get("ca", {})
    needles = key_bytes(Path(own.get("key", made)).read_text())
    for host in cluster.hosts:
        assert files_with(host.upper, needles) == []


def key_bytes(pem: str) -> list[bytes]:
    """What of a PEM key would be found wherever it lay: a line of its middle, and of its DER."""
    body = [line for line in pem.splitlines() if line and not line.startswith("-----")]
    middle = body[len(body) // 2]
    der = base64.b64decode("".join(body))
    return [middle.encode(), der[len(der) // 2 :][:32]]


def files_with(folder: Path, needles: list[bytes]) -> list[str]:
    """The files below `folder` that hold one of the needles."""
    found = []
    for path in folder.rglob("*"):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
            found += [str(path)] * any(content.find(needle) >= 0 for needle in needles)
    return found
