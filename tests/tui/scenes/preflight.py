"""Preflight: nothing to check, running, strangers' keys, failed, warned, done, seven hosts."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from etcd_tui.apply.events import Checked, Event, Finished, HostFailed, HostProgress, Started
from etcd_tui.preflight.check import Check
from etcd_tui.tui.draft import Draft
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, until, wizard

HOSTS = ("etcd1", "etcd2", "etcd3")
_TITLES = {
    "system": ("systemd and architecture fit", "Debian GNU/Linux 12, amd64, systemd 252"),
    "tools": ("the needed programs are there", "all there"),
    "hosts-file": ("the members' names can be put into /etc/hosts", "yes"),
    "address": ("the address is on the host", "192.0.2.11"),
    "source-address": ("peers will see an address of the certificate", "192.0.2.11"),
    "disk": ("there is room on the disks", "enough"),
    "memory": ("there is enough memory", "1990 MiB"),
    "foreign-etcd": ("no other etcd is installed", "none"),
    "ports": ("ports 2379 and 2380 are free", "free"),
    "peers": ("the other members can be reached", "2379 and 2380; round trip at most 0.31 ms"),
    "clock": ("the clock agrees with the others", "+0.0 s from the median"),
}
_ALL = (
    Check("", "machine-id", "machine-ids differ", "pass", "all differ"),
    Check("operator", "store", "the authority is whole", "pass", "none yet"),
    Check("operator", "archive", "the release archive is right", "pass", "not here yet"),
)
SLOW_DISK = Check(
    "etcd1", "disk-speed", "the disk is fast enough", "warn",
    "a synced write takes 41 ms",
    "etcd syncs its log at each write; above 10 ms elections become likely",
    "Use a faster disk, or give the members more time: press u.",
    (("tuning.heartbeat_interval", 300), ("tuning.election_timeout", 3000)),
)  # fmt: skip
OTHER_ETCD = Check(
    "etcd2", "foreign-etcd", "no other etcd is installed", "fail",
    "package etcd-server; process 812: /usr/bin/etcd [/var/lib/etcd]",
    "etcd-tui changes only what it put there itself",
    "Use another host, or remove that etcd yourself once nobody needs it.",
)  # fmt: skip
REFUSED = HostFailed(
    "etcd3", "refused", "etcd3 does not answer on port 22.", "connection refused",
    "Start sshd on etcd3, or correct ssh.port.",
)  # fmt: skip
CHANGED = HostFailed(
    "etcd2", "changed-host-key", "etcd2 shows another host key than before.",
    "known_hosts names SHA256:old", "If the host was set up anew: ssh-keygen -R 192.0.2.12",
    "SHA256:w4cnGQnmYn0zb8qXb7k5oTgZ1mWn0tq0v2b3dQe1Xyz", "ssh-ed25519", "192.0.2.12",
)  # fmt: skip


def unknown(host: str, address: str) -> HostFailed:
    """A host whose key no file holds."""
    key = "SHA256:" + (host * 9)[:43]
    what = f"The host key of {host} is not known."
    return HostFailed(host, "unknown-host-key", what, "", "", key, "ssh-ed25519", address)


def entered(*hosts: str) -> list[Event]:
    """The hosts on their way until they were looked at."""
    states = ("connecting", "connected", "entered", "observed")
    return [HostProgress(host, state) for state in states for host in hosts]


def checks(*hosts: str, instead: tuple[Check, ...] = ()) -> list[Event]:
    """All checks pass on `hosts`, but for those in `instead`."""
    other = {(check.host, check.key): check for check in instead}
    passed = [
        Check(host, key, title, "pass", found)
        for host in hosts
        for key, (title, found) in _TITLES.items()
    ]
    made = [*_ALL, *(other.pop((c.host, c.key), c) for c in passed)]
    return [Checked(check) for check in [*made, *other.values()]]


def done(*instead: Check, hosts: tuple[str, ...] = HOSTS) -> list[Event]:
    """A check run to its end."""
    bad = sum(check.status == "fail" for check in instead)
    last = Finished(3, "check", what=f"{bad} checks failed; nothing was changed.")
    return [
        Started("check", "prod", hosts),
        *entered(*hosts),
        *checks(*hosts, instead=instead),
        last if bad else Finished(0, "check", "prod", seconds=1.4),
    ]


RUNNING = [
    Started("check", "prod", HOSTS),
    *entered("etcd1"),
    HostProgress("etcd2", "connecting"),
    HostProgress("etcd2", "connected"),
    HostProgress("etcd3", "connecting"),
]
STRANGERS = [
    Started("check", "prod", HOSTS),
    unknown("etcd1", "192.0.2.11"),
    unknown("etcd3", "[192.0.2.13]:2222"),
    CHANGED,
    Finished(4, "check", "prod", what="3 of 3 hosts could not be entered; nothing was changed."),
]
PARTLY = [
    Started("check", "prod", HOSTS),
    *entered("etcd1", "etcd2"),
    REFUSED,
    *checks("etcd1", "etcd2", instead=(SLOW_DISK,)),
    Finished(4, "check", "prod", what="1 of 3 hosts could not be entered; nothing was changed."),
]


def seven_hosts() -> Draft:
    """A draft with seven hosts."""
    draft = Draft()
    draft.add_nodes([{"name": f"etcd{n}", "address": f"192.0.2.{10 + n}"} for n in range(1, 8)])
    return draft


def _invalid() -> Draft:
    draft = three_hosts()
    draft.put("nodes[1].address", "10.0.0.300")
    draft.put("cluster.etcd", "9.9.9")
    return draft


async def _ended(pilot: Pilot[Any]) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: bool(app.conductor.views) and not app.conductor.busy)
    await pilot.pause()


async def _begun(pilot: Pilot[Any]) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: bool(app.conductor.views) and bool(app.conductor.view("check").verb))


def _scene(script: list[Event], picture: str = "", draft: Draft | None = None) -> Scene:
    def make() -> Any:
        return wizard(draft or three_hosts(), {"check": script}, start="preflight")

    return Scene(make, _begun if script is RUNNING else _ended, picture)


_SEVEN = tuple(f"etcd{n}" for n in range(1, 8))
SCENES = {
    "preflight-empty": Scene(lambda: wizard(Draft(), start="preflight")),
    "preflight-invalid": Scene(lambda: wizard(_invalid(), start="preflight")),
    "preflight-running": _scene(RUNNING),
    "preflight-keys": _scene(STRANGERS, "3-host-keys"),
    "preflight-partly": _scene(PARTLY),
    "preflight-failed": _scene(done(OTHER_ETCD, SLOW_DISK), "3-preflight"),
    "preflight-warned": _scene(done(SLOW_DISK)),
    "preflight-done": _scene(done()),
    "preflight-seven": _scene(done(OTHER_ETCD, hosts=_SEVEN), draft=seven_hosts()),
}
