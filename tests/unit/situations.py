"""World: a cluster's hosts and the operator's store in memory, for planners and for preflight.

`World.situation()` is what observe would find, `World.perform()` has the effect of a step, so that
a plan can be carried out here to any point and made again from there.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace

from hypothesis import settings

from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER, parse_environment
from etcd_tui.content.unit import unit_file
from etcd_tui.observe.facts import (
    STATE_FOLDER,
    FileSystem,
    Firewall,
    HostFacts,
    Listener,
    Manifest,
    PathFact,
    Unit,
)
from etcd_tui.observe.situation import LocalFacts, Situation
from etcd_tui.pki.facts import AuthorityFacts, CertificateFacts, FileDigest, StoreFacts
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan.model import (
    OPERATOR,
    Action,
    ChooseToken,
    ConfText,
    Content,
    HealthGate,
    InstallPrograms,
    IssueCertificate,
    MakeAuthority,
    Plan,
    RunScript,
    Stage,
    StoreFile,
    Text,
    WaitReady,
    WriteClientEnvironment,
    WriteFile,
)
from etcd_tui.spec.model import Cluster, ClusterSpec, Node, Tuning

# Time is no property of what is tested here, and a busy machine would break a deadline.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")

HOSTS = "127.0.0.1 localhost\n"
SYSTEM_FOLDERS = ("/etc", "/var/lib", "/usr/local/bin", "/etc/systemd/system")
ENVIRONMENT = "# etcdctl.env\n"


def spec_of(count: int = 3, *, etcd: str = "3.5.30", **parts: object) -> ClusterSpec:
    """A spec of `count` members; `parts` are fields of ClusterSpec."""
    nodes = tuple(Node(f"etcd{n}", f"192.0.2.{10 + n}") for n in range(1, count + 1))
    return ClusterSpec(Cluster("prod", etcd), nodes, **parts)  # type: ignore[arg-type]


def tuned(spec: ClusterSpec) -> ClusterSpec:
    """The same cluster with another setting that needs a restart."""
    return replace(spec, tuning=Tuning(heartbeat_interval=250, election_timeout=2500))


@dataclass
class File:
    data: bytes
    mode: str = "644"
    owner: str = "root"
    group: str = "root"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Host:
    """One host. `process` is the environment of the running etcd, None if none runs."""

    node: Node
    files: dict[str, File] = field(default_factory=lambda: {"/etc/hosts": File(HOSTS.encode())})
    folders: dict[str, tuple[str, str, str]] = field(
        default_factory=lambda: dict.fromkeys(SYSTEM_FOLDERS, ("755", "root", "root"))
    )
    programs: dict[str, str] = field(default_factory=dict)
    manifest: list[tuple[str, str]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    user: bool = False
    enabled: bool = False
    loaded: str | None = None
    process: dict[str, str] | None = None
    ready: bool = False
    wal: bool = False
    starts: int = 0
    firewall: Firewall = field(default_factory=Firewall)
    selinux: tuple[str, str] = ("", "")

    def record(self, kind: str, value: str) -> None:
        if (kind, value) not in self.manifest:
            self.manifest.append((kind, value))

    def unrecord(self, kind: str, value: str) -> None:
        if (kind, value) in self.manifest:
            self.manifest.remove((kind, value))

    def recorded(self, kind: str, value: str) -> bool:
        return (kind, value) in self.manifest

    def tree(self) -> object:
        """Everything that uninstall is to bring back."""
        return (
            {path: (f.data, f.mode, f.owner, f.group) for path, f in self.files.items()},
            self.folders, self.programs, self.manifest, self.user, self.enabled, self.firewall,
            self.selinux, self.leftovers,
        )  # fmt: skip


class World:
    def __init__(self, spec: ClusterSpec) -> None:
        self.spec = spec
        self.hosts = {node.name: Host(node) for node in spec.nodes}
        self.token = ""
        self.authority = False
        self.issued: set[str] = set()
        self.client_environment = ""

    # what is seen

    def situation(self) -> Situation:
        return Situation(
            tuple(self._facts(host) for host in self.hosts.values()),
            LocalFacts(self._store(), self.token, self.client_environment, ENVIRONMENT),
        )

    def _store(self) -> StoreFacts:
        wanted = wanted_certificates(self.spec)
        return StoreFacts(
            AuthorityFacts("present" if self.authority else "absent"),
            tuple(
                CertificateFacts(w, "matches" if w.holder in self.issued else "missing")
                for w in wanted
            ),
            tuple((node.name, self._digests(node.name)) for node in self.spec.nodes),
        )

    def _digests(self, node: str) -> tuple[FileDigest, ...]:
        names = PROFILES[self.spec.certificates.profile].on_host
        return tuple(
            FileDigest(
                name,
                hashlib.sha256(self.stored(node, name)).hexdigest() if known else "",
                mode,
                secret=mode == 0o600,
            )
            for name, known, mode in (
                (names.authority, self.authority, 0o644),
                (names.certificate, self._has(node), 0o644),
                (names.key, self._has(node), 0o600),
            )
        )

    def _has(self, node: str) -> bool:
        return any(
            w.holder in self.issued for w in wanted_certificates(self.spec) if node in w.nodes
        )

    def stored(self, node: str, name: str) -> bytes:
        return f"{name} of {node}: PRIVATE\n".encode()

    def _facts(self, host: Host) -> HostFacts:
        spec, paths = self.spec, self.spec.paths
        names = PROFILES[spec.certificates.profile].on_host
        unit = f"{paths.units}/etcd.service"
        watched = [
            f"{paths.config}/{n}"
            for n in ("etcd.conf", names.authority, names.certificate, names.key)
        ]
        watched += [unit, "/etc/hosts"]
        facts = [self._path(host, path) for path in watched]
        folders = (paths.config, paths.data, paths.binaries, paths.units, STATE_FOLDER)
        facts += [self._path(host, path) for path in folders]
        facts += [
            PathFact(f"{paths.binaries}/{name}", "file", "755", "root", "root")
            for name in host.programs
        ]
        texts = [
            (p, host.files[p].data.decode())
            for p in (watched[0], unit, "/etc/hosts")
            if p in host.files
        ]
        return HostFacts(
            name=host.node.name,
            hostname=host.node.name,
            machine_id=f"id-{host.node.name}",
            architecture="amd64",
            kernel="Linux 6.1.0",
            os="Debian GNU/Linux 12",
            init="systemd",
            systemd=252,
            clock=1000.0,
            asked=1000.0,
            memory_kib=4 << 20,
            addresses=("127.0.0.1", host.node.address),
            sources=tuple((node.address, host.node.address) for node in spec.nodes),
            paths=tuple(fact for fact in facts if fact.present),
            file_systems=tuple(FileSystem(path, "ext4", 32 << 20, 1 << 20) for path in folders),
            versions=tuple(host.programs.items()),
            texts=tuple(texts),
            data_entries=("member",) if host.wal else (),
            has_wal=host.wal,
            unit=self._unit(host, unit),
            process_environment=tuple((host.process or {}).items()),
            listeners=tuple(Listener(p, host.node.address, "etcd", 100) for p in (2379, 2380))
            if host.process is not None
            else (),
            user="998:998:/var/lib/etcd:/usr/sbin/nologin" if host.user else "",
            group=host.user,
            selinux=host.selinux[0],
            selinux_config=host.selinux[1],
            firewall=host.firewall,
            manifest=Manifest(tuple(host.manifest)),
            leftovers=tuple(host.leftovers),
            helpers=("systemd-socket-activate", "bash", "restorecon"),
            timekeepers=("chronyd",),
        )

    def _path(self, host: Host, path: str) -> PathFact:
        if path in host.files:
            file = host.files[path]
            return PathFact(path, "file", file.mode, file.owner, file.group, file.sha256)
        if path in host.folders:
            return PathFact(path, "dir", *host.folders[path])
        return PathFact(path)

    def _unit(self, host: Host, path: str) -> Unit:
        file = host.files.get(path)
        if file is None and host.process is None:
            return Unit()
        active = ("inactive", "dead")
        if host.process is not None:
            active = ("active", "running") if host.ready else ("activating", "start")
        return Unit(
            load="loaded" if file else "not-found",
            active=active[0],
            sub=active[1],
            enabled="enabled" if host.enabled else "disabled",
            pid=100 if host.process is not None else 0,
            fragment=path if file else "",
            needs_daemon_reload=file is not None and host.loaded not in (None, file.data.decode()),
        )

    # what is done

    def blocked(self, action: Action) -> bool:
        """Whether the step has to wait for others; members elect a leader all by themselves."""
        self._elect()
        return isinstance(action.step, WaitReady) and not self.hosts[action.host].ready

    def perform(self, action: Action) -> None:
        if action.host == OPERATOR:
            self._locally(action)
            return
        host = self.hosts[action.host]
        match action.step:
            case WriteFile() as step:
                self._write(host, step)
            case InstallPrograms() as step:
                assert step.folder in host.folders
                for name in step.programs:
                    host.record("file", f"{step.folder}/{name}")
                    host.programs[name] = step.version
            case WaitReady():
                assert host.ready
            case RunScript(script, args):
                getattr(self, f"_{script}")(host, *args)
            case other:
                raise AssertionError(other)
        self._elect()

    def _locally(self, action: Action) -> None:
        match action.step:
            case ChooseToken():
                self.token = self.spec.cluster.token or "prod-token"
            case MakeAuthority():
                self.authority = True
            case IssueCertificate(name):
                assert self.authority
                self.issued.add(name)
            case WriteClientEnvironment():
                self.client_environment = ENVIRONMENT
            case HealthGate():
                assert all(host.ready for host in self.hosts.values())
            case other:
                raise AssertionError(other)

    def _bytes(self, content: Content) -> bytes:
        match content:
            case Text(text):
                return text.encode()
            case ConfText(text):
                assert self.token
                return text.replace(TOKEN_PLACEHOLDER, self.token).encode()
            case StoreFile(node, name):
                assert self._has(node)
                return self.stored(node, name)

    def _write(self, host: Host, step: WriteFile) -> None:
        there = host.files.get(step.path)
        data = self._bytes(step.content)
        assert step.path.rpartition("/")[0] in host.folders
        assert step.owner != "etcd" or host.user
        assert not step.expect or (there and there.sha256 in (step.expect, File(data).sha256))
        if step.created:
            host.record("file", step.path)
        host.files[step.path] = File(data, step.mode, step.owner, step.group)

    def _elect(self) -> None:
        running = [host for host in self.hosts.values() if host.process is not None]
        if len(running) > len(self.hosts) // 2:
            for host in running:
                host.ready = True

    def _make_dir(
        self, host: Host, path: str, owner: str, group: str, mode: str, kind: str
    ) -> None:
        assert owner != "etcd" or host.user
        if path in host.folders and not host.recorded("dir", path):
            was = f"{path} {' '.join(host.folders[path])}"
            if not any(k == "dir-was" and v.split()[0] == path for k, v in host.manifest):
                host.record("dir-was", was)
        missing = []
        above = path
        while above not in host.folders:
            missing.append(above)
            above = above.rpartition("/")[0]
        for new in reversed(missing):
            host.record("dir", new)
            host.folders[new] = ("755", "root", "root")
        if kind == "data":
            host.record("data", path)
        host.folders[path] = (mode, owner, group)

    def _record(self, host: Host, kind: str, value: str) -> None:
        host.record(kind, value)

    def _make_user(self, host: Host, _home: str) -> None:
        host.record("accounts", "saved")
        host.record("group", "etcd")
        host.record("user", "etcd")
        host.user = True

    def _clean_leftovers(self, host: Host, *paths: str) -> None:
        host.leftovers = [path for path in host.leftovers if path not in paths]

    def _reload(self, host: Host) -> None:
        file = host.files.get(f"{self.spec.paths.units}/etcd.service")
        host.loaded = file.data.decode() if file else None

    def _enable_unit(self, host: Host) -> None:
        self._reload(host)
        host.record("unit", "etcd.service")
        assert host.loaded
        host.enabled = True

    def _start_member(self, host: Host, verb: str) -> None:
        self._reload(host)
        assert host.loaded == unit_file(self.spec)
        if verb == "start" and host.process is not None:
            return
        assert host.programs
        conf = host.files[f"{self.spec.paths.config}/etcd.conf"].data.decode()
        host.process = parse_environment(conf)
        assert host.wal or host.process["ETCD_INITIAL_CLUSTER_STATE"] == "new"
        host.wal = True
        host.ready = False
        host.starts += 1

    def _stop_member(self, host: Host, unit: str) -> None:
        if host.recorded("unit", "etcd.service") or host.recorded("file", unit):
            host.process, host.ready, host.enabled = None, False, False

    def _remove_files(self, host: Host, *paths: str) -> None:
        for path in paths:
            assert host.recorded("file", path), path
            host.files.pop(path, None)
            if path.startswith(f"{self.spec.paths.binaries}/"):
                host.programs.pop(path.rpartition("/")[2], None)
            host.unrecord("file", path)
        self._reload(host)
        host.unrecord("unit", "etcd.service")

    def _unrecord(self, host: Host, kind: str, value: str) -> None:
        host.unrecord(kind, value)

    def _restore_dirs(self, host: Host, *paths: str) -> None:
        for path in paths:
            if host.recorded("dir", path):
                inside = [
                    *host.files,
                    *host.folders,
                    *(p for p in [f"{path}/member"] if self._data(host, path)),
                ]
                if any(entry.startswith(f"{path}/") for entry in inside):
                    continue
                host.folders.pop(path, None)
                host.unrecord("dir", path)
                continue
            for kind, value in list(host.manifest):
                if kind == "dir-was" and value.split()[0] == path:
                    _path, mode, owner, group = value.split()
                    host.folders[path] = (mode, owner, group)
                    host.unrecord(kind, value)

    def _data(self, host: Host, path: str) -> bool:
        return host.wal and path == self.spec.paths.data

    def _purge_data(self, host: Host, path: str) -> None:
        assert host.recorded("data", path)
        assert host.process is None
        host.wal = host.wal and path != self.spec.paths.data
        host.unrecord("data", path)

    def _remove_user(self, host: Host) -> None:
        assert host.process is None
        if host.recorded("user", "etcd"):
            host.user = False
        for kind, value in (("user", "etcd"), ("group", "etcd"), ("accounts", "saved")):
            host.unrecord(kind, value)

    def _forget(self, host: Host, cluster: str) -> None:
        host.unrecord("cluster", cluster)
        assert not host.manifest, host.manifest

    def _firewall_open(self, host: Host, kind: str, *rules: str) -> None:
        assert kind == host.firewall.kind
        host.record("firewall", kind)
        host.firewall = replace(
            host.firewall,
            rules=rules,
            persistent_rules=rules,
            detail=tuple(("own", r) for r in rules),
        )

    def _firewall_close(self, host: Host, kind: str) -> None:
        host.firewall = replace(host.firewall, rules=(), persistent_rules=(), detail=())
        host.unrecord("firewall", kind)

    def _selinux_relax(self, host: Host, wanted: str) -> None:
        host.record("selinux-config", host.selinux[1])
        host.record("selinux-mode", host.selinux[0])
        host.record("selinux-set", wanted)
        host.selinux = ("Permissive", wanted)

    def _selinux_restore(self, host: Host) -> None:
        noted = {kind: value for kind, value in host.manifest if kind.startswith("selinux")}
        host.selinux = (noted["selinux-mode"], noted["selinux-config"])
        host.manifest = [entry for entry in host.manifest if not entry[0].startswith("selinux")]


def carry_out(
    world: World, plan: Plan, *, steps: int = 1 << 30, order: random.Random | None = None
) -> int:
    """Perform at most `steps` actions as the pool would, in any `order`; return how many were."""
    done = 0
    for stage in plan.stages:
        queues = _queues(stage)
        while any(queues):
            if done == steps:
                return done
            able = [queue for queue in queues if queue and not world.blocked(queue[0])]
            assert able, f"{stage.key}: every host waits for another"
            world.perform((order.choice(able) if order else able[0]).pop(0))
            done += 1
    return done


def _queues(stage: Stage) -> list[list[Action]]:
    if stage.mode == "one-by-one":
        return [list(stage.actions)]
    return [[a for a in stage.actions if a.host == host] for host in stage.hosts]


def installed(spec: ClusterSpec, plan: object) -> World:
    """The world after `plan` (a planner) was carried out to its end."""
    world = World(spec)
    carry_out(world, plan(spec, world.situation()))  # type: ignore[operator]
    return world


def with_host(situation: Situation, name: str, **changes: object) -> Situation:
    """The situation with changed facts of one host."""
    hosts = tuple(
        replace(host, **changes) if host.name == name else host  # type: ignore[arg-type]
        for host in situation.hosts
    )
    return replace(situation, hosts=hosts)


def keys(plan: Plan) -> dict[str, list[str]]:
    """Host to `stage/action` keys, in order."""
    found: dict[str, list[str]] = {}
    for stage, action in plan.actions():
        found.setdefault(action.host, []).append(f"{stage.key}/{action.key}")
    return found
