"""The yardstick of hands: the guide's commands one after another, each block by one ssh or scp.

`python guide.py SSH_CONFIG TARBALL FOLDER NAME=ADDRESS…`. OpenSSH's own programs, a connection for
each; certificates by cfssl as in the guide. The typing itself takes no time here, nor does looking
up what a message means. The tarball comes from this machine, as for everybody who is compared.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_UNIT = (Path(__file__).parent / "same/etcd.service").read_text()
# As in the guide, etcd runs as root.
_UNIT = _UNIT.replace("User=etcd\nGroup=etcd\n", "")
_PROFILE = {
    "signing": {
        "default": {
            "expiry": "43800h",
            "usages": ["signing", "key encipherment", "server auth", "client auth"],
        }
    }
}
_TLS = "--cacert /etc/etcd/etcd-ca.crt --cert /etc/etcd/server.crt --key /etc/etcd/server.key"


class Hands:
    """Types a command, waits for its end, types the next."""

    def __init__(self, config: str, folder: Path) -> None:
        self._options = ["-F", config]
        self._folder = folder

    def here(self, script: str) -> None:
        """Run `script` on this machine, in the folder of the certificates."""
        self._run(["sh", "-ec", script])

    def on(self, address: str, script: str) -> None:
        """Run `script` on a host."""
        self._run(["ssh", *self._options, address, script])

    def copy(self, source: str | Path, address: str, target: str) -> None:
        """Copy a file to a host."""
        self._run(["scp", "-q", *self._options, str(source), f"root@{address}:{target}"])

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL)


def _certificates(hands: Hands, members: dict[str, str]) -> None:
    authority = json.dumps({"CN": "CA", "key": {"algo": "rsa", "size": 2048}})
    hands.here(f"echo '{authority}' | cfssl gencert -initca - 2>/dev/null | cfssljson -bare ca -")
    hands.here(f"echo '{json.dumps(_PROFILE)}' >ca-config.json")
    for name, address in members.items():
        request = json.dumps({"CN": name, "hosts": [""], "key": {"algo": "rsa", "size": 2048}})
        hands.here(
            f"echo '{request}' | cfssl gencert -config=ca-config.json -ca=ca.pem -ca-key=ca-key.pem"
            f" -hostname={address},{name} - 2>/dev/null | cfssljson -bare {name}"
        )


def _settings(name: str, members: dict[str, str]) -> str:
    address = members[name]
    initial = ",".join(f"{other}=https://{its}:2380" for other, its in members.items())
    return f"""ETCD_NAME={name}
ETCD_LISTEN_PEER_URLS="https://{address}:2380"
ETCD_LISTEN_CLIENT_URLS="https://{address}:2379"
ETCD_INITIAL_CLUSTER_TOKEN="etcd-cluster"
ETCD_INITIAL_CLUSTER="{initial}"
ETCD_INITIAL_ADVERTISE_PEER_URLS="https://{address}:2380"
ETCD_ADVERTISE_CLIENT_URLS="https://{address}:2379"
ETCD_TRUSTED_CA_FILE="/etc/etcd/etcd-ca.crt"
ETCD_CERT_FILE="/etc/etcd/server.crt"
ETCD_KEY_FILE="/etc/etcd/server.key"
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_PEER_TRUSTED_CA_FILE="/etc/etcd/etcd-ca.crt"
ETCD_PEER_KEY_FILE="/etc/etcd/server.key"
ETCD_PEER_CERT_FILE="/etc/etcd/server.crt"
ETCD_DATA_DIR="/data/etcd"
"""


def _prepare(hands: Hands, tarball: Path, members: dict[str, str]) -> None:
    names = "".join(f"{address} {name}\n" for name, address in members.items())
    for address in members.values():
        hands.on(address, f"cat >>/etc/hosts <<'EOF'\n# etcd hosts\n{names}EOF\n")
        hands.on(
            address, "systemctl stop firewalld 2>&-; systemctl disable firewalld 2>&-; mkdir -p"
            " /tmp/etcd-download-test",
        )  # fmt: skip
        hands.copy(tarball, address, "/tmp/etcd.tar.gz")
        hands.on(
            address,
            "tar xzf /tmp/etcd.tar.gz -C /tmp/etcd-download-test --strip-components=1 &&"
            " rm -f /tmp/etcd.tar.gz && cd /tmp/etcd-download-test && ./etcd --version &&"
            " ./etcdctl version && ./etcdutl version && mv etcd etcdctl etcdutl /usr/local/bin",
        )


def _distribute(hands: Hands, members: dict[str, str]) -> None:
    for name, address in members.items():
        hands.copy("ca.pem", address, "etcd-ca.crt")
        hands.copy(f"{name}.pem", address, "server.crt")
        hands.copy(f"{name}-key.pem", address, "server.key")
        hands.on(
            address,
            "mkdir -p /etc/etcd && mv etcd-ca.crt server.crt server.key /etc/etcd &&"
            " chmod 600 /etc/etcd/server.key",
        )


def _start(hands: Hands, members: dict[str, str]) -> None:
    for name, address in members.items():
        text = _settings(name, members)
        hands.on(address, f"cat >/etc/etcd/etcd.conf <<'EOF'\n{text}EOF\n")
        hands.on(address, f"cat >/lib/systemd/system/etcd.service <<'EOF'\n{_UNIT}EOF\n")
    for address in members.values():
        # The first one waits for the second: the guide's own trap, known to these hands.
        hands.on(address, "systemctl daemon-reload; systemctl start --no-block etcd")
    for address in members.values():
        hands.on(address, "systemctl start etcd && systemctl is-active etcd")
        hands.on(address, "systemctl enable etcd 2>&-")


def _verify(hands: Hands, members: dict[str, str]) -> None:
    first = next(iter(members.values()))
    etcdctl = f"etcdctl --endpoints https://{first}:2379 {_TLS}"
    hands.on(first, f"{etcdctl} put foo bar")
    hands.on(first, f"{etcdctl} get foo")
    for address in members.values():
        hands.on(address, f"curl -fsS {_TLS} https://{address}:2379/health | grep true")
    hands.on(first, f"{etcdctl} member list")


def main(config: str, tarball: str, folder: str, *pairs: str) -> None:
    """Install by hand."""
    members = dict(pair.split("=") for pair in pairs)
    Path(folder).mkdir(parents=True)
    hands = Hands(config, Path(folder))
    _prepare(hands, Path(tarball), members)
    _certificates(hands, members)
    _distribute(hands, members)
    _start(hands, members)
    _verify(hands, members)


if __name__ == "__main__":
    main(*sys.argv[1:])
