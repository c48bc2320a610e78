"""ModelCluster: three hosts, an operator's folder, and one install after the other on them."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from etcd_tui.apply import steps
from etcd_tui.apply.bench import Bench
from etcd_tui.apply.events import ActionFinished, ActionStarted, Event, Stream
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.apply.journals import Journals
from etcd_tui.apply.pool import apply
from etcd_tui.content.etcd_conf import etcd_conf
from etcd_tui.content.hosts_block import with_block
from etcd_tui.content.unit import unit_file
from etcd_tui.errors import EtcdTuiError, HostFailure, HostsError
from etcd_tui.observe.observe import observe_hosts, observe_store
from etcd_tui.observe.situation import Situation
from etcd_tui.pki.profile import PROFILES
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import (
    OPERATOR,
    Action,
    InstallPrograms,
    Plan,
    RunScript,
    WriteFile,
)
from etcd_tui.preflight.preflight import preflight
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import (
    Certificates,
    Cluster,
    ClusterSpec,
    HostPreparation,
    Node,
    Tuning,
)
from etcd_tui.state_folder import StateFolder
from tests.model.disk import VERSION, Programs, make_host_disk
from tests.model.host import Fault, ModelHost, ToolKilled

NAMES = ("etcd1", "etcd2", "etcd3")
_ENTRY = re.compile(
    r"cluster prod|unit etcd\.service|dir-was /\S+ [0-7]{3,4} \S+ \S+|(file|dir|data) /\S+"
)
_TUNINGS = (Tuning(), Tuning(heartbeat_interval=250, election_timeout=2500))


@dataclass
class ModelCluster:
    folder: Path
    programs: Programs
    tuning: int = 0
    seen_files: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    """Every content that the operator's store ever held for a host, by host and name."""
    tokens: set[str] = field(default_factory=set)
    authorities: set[bytes] = field(default_factory=set)
    wrongs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = StateFolder(self.folder / "state")
        self.state.prepare()
        disks = self.folder / "hosts"
        self.hosts = {
            node.name: ModelHost(
                node.name,
                make_host_disk(disks, self.programs, node.name, node.address),
                self.programs,
            )
            for node in self.spec(0).nodes
        }
        self.hosts_file = {
            name: (host.disk.root / "etc/hosts").read_text() for name, host in self.hosts.items()
        }
        for host in self.hosts.values():
            host.look = functools.partial(self._look_between, host)
            sources = host.disk.root / "run/practice/source"
            sources.write_text(f"{self.spec(0).node(host.name).address}\n")

    def spec(self, patience: int) -> ClusterSpec:
        """What is wanted now; `patience`: seconds that a member may wait for its quorum."""
        return ClusterSpec(
            Cluster("prod", VERSION, start_timeout=patience),
            tuple(Node(name, f"127.99.7.{n}") for n, name in enumerate(NAMES, start=11)),
            certificates=Certificates(key="ecdsa-p256"),
            host=HostPreparation(user="root"),
            tuning=_TUNINGS[self.tuning],
        )

    def install(self, faults: dict[tuple[str, int], Fault], patience: int = 1) -> str:
        """Observe, preflight, plan and apply as `install` does; return how it ended."""
        for name, host in self.hosts.items():
            host.begin({call: fault for (on, call), fault in faults.items() if on == name})
        return asyncio.run(self._run(self.spec(patience)))

    def plan(self) -> Plan:
        """Return what there is to do, found out without faults."""
        for host in self.hosts.values():
            host.begin({})
        spec = self.spec(1)
        return plan_install(spec, asyncio.run(self._observe(spec)))

    async def _observe(self, spec: ClusterSpec) -> Situation:
        self.state.settle()
        transports: dict[str, Transport] = dict(self.hosts)
        hosts = await observe_hosts(spec, transports, lambda _name: None)
        local = observe_store(spec, self.state)
        archive = self.programs.archive
        return Situation(hosts, replace(local, archives=((archive.architecture, archive),)))

    async def _run(self, spec: ClusterSpec) -> str:
        try:
            situation = await self._observe(spec)
            bad = [check for check in preflight(spec, situation) if check.status == "fail"]
            if bad:
                return f"refused: {bad[0].host} {bad[0].title}: {bad[0].found}"
            plan = plan_install(spec, situation)
            await apply(plan, self._bench(spec, plan))
        except EtcdTuiError as error:
            return f"{type(error).__name__}: {error.host}: {error.what} {error.cause}"
        except BaseExceptionGroup as group:
            killed, others = group.split(ToolKilled)
            if killed is None or others is not None:
                raise
            return "killed"
        except ToolKilled:
            return "killed"
        finally:
            await asyncio.gather(*(host.settled() for host in self.hosts.values()))
        return "done"

    def _bench(self, spec: ClusterSpec, plan: Plan) -> Bench:
        actions = {(stage.key, a.host, a.key): a for stage, a in plan.actions()}
        stream = Stream(lambda event: self._told(event, actions, bench))
        lines = HostLines(stream)

        async def reconnect(name: str) -> Transport:
            if self.hosts[name].away:
                raise HostsError("", [HostFailure(name, "unreachable", "It does not answer.")])
            return self.hosts[name]

        bench = Bench(
            spec,
            self.state,
            dict(self.hosts),
            reconnect,
            stream,
            lines,
            Journals(lines),
            {self.programs.archive.architecture: self.programs.archive},
        )
        return bench

    def _told(
        self, event: Event, actions: dict[tuple[str, str, str], Action], bench: Bench
    ) -> None:
        """A step that is told as done has seen its script end well, and has had its effect."""
        if isinstance(event, ActionStarted) and event.host != OPERATOR:
            self.hosts[event.host].last = None
        if not isinstance(event, ActionFinished) or event.host == OPERATOR:
            return
        if event.outcome != "done":
            return
        host = self.hosts[event.host]
        if host.last is None or host.last.exit_status != 0:
            self.wrongs.append(f"{host.name}: {event.title} is told as done after {host.last}")
        if not _has_its_effect(host, actions[event.stage, event.host, event.key], bench):
            self.wrongs.append(f"{host.name}: {event.title} is told as done, and is not")

    def sick(self) -> tuple[str, ...]:
        """Who does not run: what the health gate would find out."""
        return tuple(
            name
            for name, host in self.hosts.items()
            if not (host.disk.root / "run/model/process").exists()
        )

    # what must hold at any time

    def _look_between(self, host: ModelHost) -> None:
        self._note_store()
        self.wrongs += [f"call {host.calls - 1}: {wrong}" for wrong in self._look_at(host)]

    def look(self) -> list[str]:
        """Return every wrong that shows now."""
        self._note_store()
        found = list(self.wrongs)
        if len(self.authorities) > 1:
            found.append(f"{len(self.authorities)} authorities")
        if len(self.tokens) > 1:
            found.append(f"tokens {sorted(self.tokens)}")
        begun = self._lines("bootstraps")
        if len({line.split()[0] for line in begun}) < len(begun):
            found.append(f"a member was begun twice: {begun}")
        if len({line.split()[1] for line in begun}) > 1:
            found.append(f"two clusters were begun: {begun}")
        if self._lines("alone"):
            found.append(f"the quorum was lost by a restart of {self._lines('alone')}")
        for host in self.hosts.values():
            found += self._look_at(host)
        return found

    def _lines(self, name: str) -> list[str]:
        path = self.folder / "hosts" / name
        return path.read_text().splitlines() if path.exists() else []

    def _note_store(self) -> None:
        if token := self.state.read_token():
            self.tokens.add(token)
        profile = PROFILES["cfssl"]
        authority = self.state.pki / profile.authority.certificate
        if authority.exists():
            self.authorities.add(authority.read_bytes())
            self._note_files(authority, *NAMES, name=profile.on_host.authority)
        for name in NAMES:
            for suffix, on_host in ((".pem", "certificate"), ("-key.pem", "key")):
                path = self.state.pki / f"{name}{suffix}"
                self._note_files(path, name, name=getattr(profile.on_host, on_host))

    def _note_files(self, path: Path, *hosts: str, name: str) -> None:
        if path.exists():
            for host in hosts:
                self.seen_files.setdefault((host, name), set()).add(path.read_bytes())

    def _look_at(self, host: ModelHost) -> list[str]:
        root = host.disk.root
        allowed = self._allowed(host.name)
        found = []
        for path, (mode, contents) in allowed.items():
            at = root / path
            if not at.exists():
                continue
            data = at.read_bytes()
            if data not in contents:
                found.append(f"{host.name}: {path} holds {len(data)} wrong bytes {_digest(data)}")
            if _mode(at) != mode:
                found.append(f"{host.name}: {path} has mode {_mode(at):o}")
        manifest = root / "var/lib/etcd-tui/manifest"
        if manifest.exists():
            lines = manifest.read_text().split("\n")
            strange = [line for line in lines[:-1] if not _ENTRY.fullmatch(line)]
            if strange or lines[-1] or len(set(lines)) != len(lines):
                found.append(f"{host.name}: the manifest holds {lines}")
        strangers = {str(p.relative_to(root)) for p in (root / "etc/etcd").glob("[!.]*")}
        found += [f"{host.name}: {name} is nobody's" for name in strangers - set(allowed)]
        return found

    def _allowed(self, name: str) -> dict[str, tuple[int, set[bytes]]]:
        """Mode and every content that a final path may have, by path."""
        names = PROFILES["cfssl"].on_host
        token = self.state.read_token()
        confs, units = set(), set()
        hosts_files = {self.hosts_file[name].encode()}
        for tuning in _TUNINGS:
            spec = replace(self.spec(1), tuning=tuning)
            units.add(unit_file(spec).encode())
            hosts_files.add(with_block(self.hosts_file[name], spec).encode())
            architecture = self.programs.archive.architecture
            for state in ("new", "existing"):
                text = etcd_conf(spec, spec.node(name), token, state, architecture)
                confs.add(text.encode())
        seen = self.seen_files
        return {
            "etc/hosts": (0o644, hosts_files),
            "etc/systemd/system/etcd.service": (0o644, units),
            "etc/etcd/etcd.conf": (0o600, confs),
            **{
                f"etc/etcd/{file}": (mode, seen.get((name, file), set()))
                for file, mode in (
                    (names.authority, 0o644),
                    (names.certificate, 0o644),
                    (names.key, 0o600),
                )
            },
            **{
                f"usr/local/bin/{program}": (0o755, {data})
                for program, data in self.programs.contents.items()
            },
        }


def _has_its_effect(host: ModelHost, action: Action, bench: Bench) -> bool:
    root = host.disk.root
    match action.step:
        case WriteFile(path, content, _owner, _group, mode):
            at = root / path[1:]
            wanted = steps._content(bench, content)
            return at.is_file() and at.read_bytes() == wanted and _mode(at) == int(mode, 8)
        case InstallPrograms(folder=folder, programs=programs):
            at = root / folder[1:]
            return all(
                (at / name).is_file() and (at / name).read_bytes() == host.programs.contents[name]
                for name in programs
            )
        case RunScript("enable_unit"):
            wants = root / "etc/systemd/system/multi-user.target.wants/etcd.service"
            return wants.is_symlink() and (root / "run/model/loaded").exists()
        case RunScript("start_member"):
            at = root / "run/model"
            return (at / "process").exists() or (at / "failed").exists()
        case RunScript("make_dir", (path, _owner, _group, mode, *_kind)):
            return (root / path[1:]).is_dir() and _mode(root / path[1:]) == int(mode, 8)
    return True


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]
