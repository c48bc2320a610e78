"""The yardstick: the least work that makes a cluster of bare hosts, over the same SSH.

`python least.py KEY KNOWN_HOSTS TARBALL ADDRESS…`: one connection a host, all at once; certificates
of the same kind, the same tarball, one configuration and unit, started, waited for until /health is
true on all. No check, no record, no fsync, no user of its own, no proof. Nobody should install
etcd like this.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import sys
import tempfile
import urllib.request
from pathlib import Path

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_UNIT = """[Service]
Type=notify
EnvironmentFile=/etc/etcd/etcd.conf
ExecStart=/usr/local/bin/etcd
[Install]
WantedBy=multi-user.target
"""


def _made(name: str, address: str, issuer: tuple | None) -> tuple:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if address:
        names = [x509.IPAddress(ipaddress.ip_address(address))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return key, builder.sign(issuer[0] if issuer else key, hashes.SHA256())


def _pem(key: rsa.RSAPrivateKey) -> str:
    form = PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _conf(number: int, addresses: list[str]) -> str:
    mine = addresses[number]
    peers = ",".join(f"etcd{n}=https://{a}:2380" for n, a in enumerate(addresses))
    return f"""ETCD_NAME=etcd{number}
ETCD_DATA_DIR=/var/lib/etcd
ETCD_LISTEN_PEER_URLS=https://{mine}:2380
ETCD_LISTEN_CLIENT_URLS=https://{mine}:2379
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://{mine}:2380
ETCD_ADVERTISE_CLIENT_URLS=https://{mine}:2379
ETCD_INITIAL_CLUSTER={peers}
ETCD_TRUSTED_CA_FILE=/etc/etcd/ca.pem
ETCD_CERT_FILE=/etc/etcd/server.pem
ETCD_KEY_FILE=/etc/etcd/server-key.pem
ETCD_PEER_TRUSTED_CA_FILE=/etc/etcd/ca.pem
ETCD_PEER_CERT_FILE=/etc/etcd/server.pem
ETCD_PEER_KEY_FILE=/etc/etcd/server-key.pem
"""


async def _unpack(connection: asyncssh.SSHClientConnection, tarball: Path) -> None:
    command = "tar -xzf - -C /usr/local/bin --strip-components=1 --wildcards '*/etcd*'"
    await connection.run(command, stdin=str(tarball), encoding=None, bufsize=1 << 18, check=True)


async def _start(connection: asyncssh.SSHClientConnection, files: dict[str, str]) -> None:
    written = "".join(f"cat >{path} <<'EOF'\n{text}EOF\n" for path, text in files.items())
    script = f"mkdir -p /etc/etcd\n{written}systemctl enable --now --no-block etcd\n"
    await connection.run("sh -s", input=script, check=True)


def _healthy(address: str, context: ssl.SSLContext) -> bool:
    try:
        url = f"https://{address}:2379/health"
        with urllib.request.urlopen(url, context=context, timeout=1) as answer:
            return b'"true"' in answer.read()
    except OSError:
        return False


async def _wait(address: str, context: ssl.SSLContext) -> None:
    while not await asyncio.to_thread(_healthy, address, context):
        await asyncio.sleep(0.02)


async def _main(key: str, known_hosts: str, tarball: Path, addresses: list[str]) -> None:
    async def entered(address: str) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            address, username="root", client_keys=[key], known_hosts=known_hosts, config=None,
            encryption_algs=["aes128-gcm@openssh.com"],
        )  # fmt: skip

    connections = await asyncio.gather(*(entered(address) for address in addresses))
    unpacking = [asyncio.create_task(_unpack(c, tarball)) for c in connections]
    ca = await asyncio.to_thread(_made, "ca", "", None)
    client, *own = await asyncio.gather(
        *(asyncio.to_thread(_made, "etcd", address, ca) for address in ("", *addresses))
    )
    await asyncio.gather(*unpacking)
    authority = ca[1].public_bytes(Encoding.PEM).decode()
    await asyncio.gather(
        *(
            _start(
                connection,
                {
                    "/etc/etcd/ca.pem": authority,
                    "/etc/etcd/server.pem": made[1].public_bytes(Encoding.PEM).decode(),
                    "/etc/etcd/server-key.pem": _pem(made[0]),
                    "/etc/etcd/etcd.conf": _conf(number, addresses),
                    "/etc/systemd/system/etcd.service": _UNIT,
                },
            )
            for number, (connection, made) in enumerate(zip(connections, own, strict=True))
        )
    )
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(client[1].public_bytes(Encoding.PEM).decode() + _pem(client[0]))
        file.flush()
        context = ssl.create_default_context(cadata=authority)
        context.load_cert_chain(file.name)
    await asyncio.gather(*(_wait(address, context) for address in addresses))
    for connection in connections:
        connection.close()


if __name__ == "__main__":
    _key, _known, _tarball, *_addresses = sys.argv[1:]
    asyncio.run(_main(_key, _known, Path(_tarball), _addresses))
