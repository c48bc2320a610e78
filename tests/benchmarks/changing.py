"""The yardstick of one changed setting: write it and restart, one member after the other.

`python changing.py KEY KNOWN_HOSTS ADDRESS…`: all hosts are entered at once; each restart ends when
systemd says that etcd is ready. No check, no record, no proof.
"""

from __future__ import annotations

import asyncio
import sys

import asyncssh

_CHANGE = "echo ETCD_QUOTA_BACKEND_BYTES=4294967296 >>/etc/etcd/etcd.conf && systemctl restart etcd"


async def _main(key: str, known_hosts: str, *addresses: str) -> None:
    connections = await asyncio.gather(
        *(
            asyncssh.connect(
                address, username="root", client_keys=[key], known_hosts=known_hosts, config=None
            )
            for address in addresses
        )
    )
    for connection in connections:
        await connection.run(_CHANGE, check=True)
    for connection in connections:
        connection.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
