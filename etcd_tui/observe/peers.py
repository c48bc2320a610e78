"""Peers: let every member try every other, at the same time, in one round trip a host."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.i18n import _
from etcd_tui.observe.asking import LOAD, PORTS, Asked, all_ways, asking, patience
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.passage import Outcome, Passage
from etcd_tui.observe.scripts import script
from etcd_tui.remote import sanitise
from etcd_tui.remote.shell import quote
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec

_SPARE = 15
_MOST = 1 << 20
# State, bytes that wait to be read, bytes that wait to be sent, own address, port, the other's.
_SOCKET = re.compile(r"(?a)([A-Z][A-Z0-9-]*) +(\d{1,12}) +\d+ +(\S+):(\d{1,5}) +(\S+):\S+(.*)")
_ROUND_TRIP = re.compile(r"\brtt:(\d{1,9}(?:\.\d{1,9})?)/")
_WORDS: tuple[tuple[str, Outcome], ...] = (
    ("refused", "refused"),
    ("timed out", "silent"),
    ("not permitted", "forbidden"),
    ("permission denied", "forbidden"),
)


@dataclass(frozen=True, slots=True)
class Came:
    """A connection as the host saw it that was connected to. Times in milliseconds."""

    port: int
    source: str
    arrived: int
    rtt_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What one member's script said. Keys are address and port of the other end."""

    opened: frozenset[tuple[str, int]] = frozenset()
    said: tuple[tuple[tuple[str, int], str], ...] = ()
    listened: frozenset[int] = frozenset()
    came: tuple[Came, ...] = ()
    missing: str = ""
    """The program without which the host could not try."""


@cache
def peers_script() -> str:
    """Return the text of the script that each member runs; see peers.bash for its arguments."""
    return f"body={quote(script('peers.bash'))}\n" + script("peers.sh")


async def ask_peers(
    spec: ClusterSpec, hosts: tuple[HostFacts, ...], transports: Mapping[str, Transport]
) -> tuple[Passage, ...]:
    """Return what became of every connection that had to be tried, in the spec's order.

    HostsError naming every host that was lost on the way.
    """
    asked = asking(spec, hosts)
    if not asked:
        return ()
    wait = patience(hosts)
    answers = await asyncio.gather(
        *(_ask(spec, transports[name], asked[name], wait) for name in asked)
    )
    failures = [answer for answer in answers if isinstance(answer, HostFailure)]
    if failures:
        raise HostsError(_("Not every host could be asked."), failures)
    heard = dict(zip(asked, (a for a in answers if isinstance(a, Heard)), strict=True))
    return passages(spec, hosts, asked, heard)


async def try_all_ways(
    spec: ClusterSpec, transports: Mapping[str, Transport]
) -> tuple[Passage, ...]:
    """Let every member whose host is entered try all others as they are now; see `all_ways`.

    What a host that is lost on the way would have said is left out.
    """
    asked = all_ways(spec, transports)
    wait = patience(())
    answers = await asyncio.gather(
        *(_ask(spec, transports[name], asked[name], wait) for name in asked)
    )
    heard = {n: a for n, a in zip(asked, answers, strict=True) if isinstance(a, Heard)}
    return passages(spec, (), {name: asked[name] for name in heard}, heard)


async def _ask(
    spec: ClusterSpec, transport: Transport, asked: Asked, wait: int
) -> Heard | HostFailure:
    own = spec.node(transport.name).address
    result = await transport.run(
        peers_script(),
        own,
        str(wait),
        str(len(asked.sources) * len(PORTS)),
        str(LOAD),
        *(f"{spec.node(name).address}/{LOAD if waits else 0}" for name, waits in asked.targets),
        timeout=wait + _SPARE,
    )
    if result.exit_status is None:
        return HostFailure(
            transport.name,
            "lost",
            _("The connection to {host} was lost while it tried its peers.").format(
                host=transport.name
            ),
            remedy=_("Check the network, then run this again."),
        )
    return parse_peers(result.stdout, own)


def parse_peers(output: bytes, own: str) -> Heard:
    """Return what the script said on the host with address `own`; garbled lines are skipped."""
    clean = "\n" + sanitise.text(output, limit=_MOST, line_limit=4096)
    opened: set[tuple[str, int]] = set()
    said: dict[tuple[str, int], str] = {}
    missing = ""
    told, _mark, sockets = clean.partition("\nsockets\n")
    for line in told.split("\n"):
        match line.split(" ", 3):
            case ["open", address, port]:
                opened.add((_canonical(address), _port(port)))
            case ["said", address, port, words]:
                said[_canonical(address), _port(port)] = words
            case ["missing", tool]:
                missing = tool
    # The kernel's numbers stand on a line of their own, which is indented.
    shown = re.sub(r"\n(?=[ \t])", "", sockets).split("\n")
    held = [s for s in map(_SOCKET.match, shown) if s and _canonical(s[3]) == _canonical(own)]
    return Heard(
        frozenset(opened),
        tuple(said.items()),
        frozenset(_port(s[4]) for s in held if s[1] == "LISTEN"),
        tuple(
            Came(_port(s[4]), _canonical(s[5]), int(s[2]), _rtt(s[6]))
            for s in held
            if s[1] in ("ESTAB", "CLOSE-WAIT")
        ),
        missing,
    )


def _rtt(text: str) -> float:
    found = _ROUND_TRIP.search(text)
    return float(found[1]) if found else 0.0


def _port(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return text


def passages(
    spec: ClusterSpec,
    hosts: tuple[HostFacts, ...],
    asked: Mapping[str, Asked],
    heard: Mapping[str, Heard],
) -> tuple[Passage, ...]:
    """Return every direction and port, put together from what both ends said of it."""
    addresses = {host.name: frozenset(map(_canonical, host.addresses)) for host in hosts}
    found = []
    for node in spec.nodes:
        what = asked.get(node.name, Asked())
        for name, firewall in what.closed:
            found += [Passage(node.name, name, port, "untried", firewall) for port in PORTS]
        for name, waits in what.targets:
            there = heard.get(name, Heard()) if waits else Heard()
            sources = asked[name].sources if name in asked else ()
            known = {source: addresses[source] for source in sources}
            address = _canonical(spec.node(name).address)
            for port in PORTS:
                tried = _tried(heard[node.name], address, port)
                one = Passage(node.name, name, port, *tried, listened=port in there.listened)
                found.append(_as_seen(one, there, known))
    order = [node.name for node in spec.nodes]
    return tuple(sorted(found, key=lambda p: (order.index(p.source), order.index(p.target))))


def _tried(here: Heard, address: str, port: int) -> tuple[Outcome, str]:
    """The outcome and the source's words for it."""
    if here.missing:
        return "untried", here.missing
    if (address, port) in here.opened:
        return "open", ""
    words = dict(here.said).get((address, port), "")
    if not words:
        return "silent", ""
    low = words.lower()
    return next((outcome for word, outcome in _WORDS if word in low), "unreachable"), words


def _as_seen(one: Passage, there: Heard, known: Mapping[str, frozenset[str]]) -> Passage:
    """Add what the target saw of it. `known`: the addresses of all that connect to it."""
    if one.outcome != "open" or not one.listened:
        return one
    came = [c for c in there.came if c.port == one.port]
    mine = [c for c in came if c.source in known[one.source]]
    if not mine:
        # A translated address says not whose it was, but whose it can't have been.
        mine = [c for c in came if not any(c.source in theirs for theirs in known.values())]
    if not mine:
        return one
    return replace(
        one,
        seen_from=", ".join(dict.fromkeys(c.source for c in mine)),
        delivered=any(c.arrived >= LOAD for c in mine),
        rtt_ms=min((c.rtt_ms for c in mine if c.rtt_ms), default=0.0),
    )
