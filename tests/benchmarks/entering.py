"""The yardstick of a run with nothing to do: enter all hosts at once and run `true` on each.

`python entering.py KEY KNOWN_HOSTS ADDRESS…`
"""

from __future__ import annotations

import asyncio
import sys

import asyncssh


async def _enter(key: str, known_hosts: str, address: str) -> None:
    async with asyncssh.connect(
        address, username="root", client_keys=[key], known_hosts=known_hosts, config=None
    ) as connection:
        await connection.run("true", check=True)


async def _main(key: str, known_hosts: str, *addresses: str) -> None:
    await asyncio.gather(*(_enter(key, known_hosts, address) for address in addresses))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
