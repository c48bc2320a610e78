"""The install planner: what is missing between the spec and the situation, in stages.

A host whose member is part of a formed cluster is only touched one by one, behind a health gate;
all others are prepared and started together, because a first member waits for a quorum.
"""

from __future__ import annotations

from etcd_tui.content.etcd_conf import (
    TOKEN_PLACEHOLDER,
    State,
    environment,
    etcd_conf,
    needs_restart,
    parse_environment,
)
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.pki.by_hand import authority_commands, certificate_commands
from etcd_tui.plan import actions
from etcd_tui.plan.files import config_files, unit_files
from etcd_tui.plan.model import (
    OPERATOR,
    Action,
    ChooseToken,
    ConfText,
    HealthGate,
    IssueCertificate,
    MakeAuthority,
    Plan,
    Stage,
    Step,
    WriteClientEnvironment,
)
from etcd_tui.plan.prepare import prepare
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.typed import carry, heredoc

_GATE_DEADLINE = 60
_APART = 0.05
"""Seconds between the starts of members. A new one asks the others whether it is one already, while
they listen but do not answer yet: two that begin at the same moment wait for each other until that
times out after a second (etcd's server/etcdserver/cluster_util.go, isMemberBootstrapped)."""


def plan_install(spec: ClusterSpec, situation: Situation) -> Plan:
    """Return what `install` would do. Pure: same spec and situation, same plan."""
    local = _local(spec, situation)
    preparing = [*local]
    configuring: list[Action] = []
    starting: list[Action] = []
    settling: list[Action] = []
    rolling: list[Action] = []
    for node, facts in zip(spec.nodes, situation.hosts, strict=True):
        preparing += prepare(spec, node, facts, situation)
        files = _files(spec, node, facts, situation)
        restart = facts.running and _stale(spec, node, facts, situation)
        if facts.ready:
            files = _anew(spec, facts) + files
            rolling += _roll(facts, files, restart, spec.cluster.start_timeout)
            continue
        configuring += files
        starting += _start(facts, restart, spec.cluster.start_timeout)
        if not facts.has_wal:
            settling.append(_settle(spec, node, facts, situation))
    if rolling:
        rolling = _gated(rolling)
    stages = (
        Stage("prepare", _("Prepare"), "together", tuple(preparing)),
        Stage("configure", _("Configure"), "together", tuple(configuring)),
        Stage(
            "start",
            _("Start"),
            "together",
            tuple(starting),
            changes_start=_starts(starting),
            apart=_apart(starting),
        ),
        Stage("settle", _("Settle"), "together", tuple(settling)),
        Stage(
            "roll",
            _("Change member by member"),
            "one-by-one",
            tuple(rolling),
            changes_start=_starts(rolling) and not _starts(starting),
        ),
    )
    return Plan(tuple(stage for stage in stages if stage.actions))


def _local(spec: ClusterSpec, situation: Situation) -> list[Action]:
    """What is missing on the operator's machine: token, authority, certificates, environment."""
    local = situation.local
    wanted: list[Action] = []

    def add(key: str, title: str, reason: str, step: Step, commands: tuple[str, ...]) -> None:
        wanted.append(Action(OPERATOR, key, title, reason, step, commands=commands))

    if not local.token:
        add(
            "token",
            _("Choose the cluster token"),
            _("a new cluster needs a token that no old data folder knows"),
            ChooseToken(),
            (_token_command(spec),),
        )
    if local.store.authority.state == "absent":
        own = spec.certificates.ca
        title = _("Take in your authority") if own else _("Make the authority")
        commands = authority_commands(spec)
        add("authority", title, _("there is none yet"), MakeAuthority(), commands)
    for certificate in local.store.certificates:
        if certificate.state != "matches":
            holder = certificate.wanted.holder
            title = _("Issue the certificate of {name}").format(name=holder)
            reason = "; ".join(certificate.reasons) or _("there is none yet")
            commands = certificate_commands(spec, certificate.wanted)
            add(f"certificate:{holder}", title, reason, IssueCertificate(holder), commands)
    if local.client_environment != local.wanted_client_environment:
        add(
            "client-environment",
            _("Write etcdctl.env"),
            _("etcdctl on this machine finds the cluster by it"),
            WriteClientEnvironment(),
            (heredoc("client/etcdctl.env", local.wanted_client_environment),),
        )
    return wanted


def _token_command(spec: ClusterSpec) -> str:
    """A token of the answers is not shown here either: it is typed."""
    if spec.cluster.token:
        return "read -r TOKEN && printf '%s\\n' \"$TOKEN\" > token"
    return f"printf '%s\\n' \"{spec.cluster.name}-$(openssl rand -hex 8)\" > token"


def _state(facts: HostFacts) -> State:
    # A member that was let in has joined, whatever became of its files.
    return "existing" if facts.has_wal or facts.ready else "new"


def _files(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> list[Action]:
    files = config_files(spec, node, facts, situation.local.store)
    token = spec.cluster.token or situation.local.token or TOKEN_PLACEHOLDER
    path = f"{spec.paths.config}/etcd.conf"
    wanted = etcd_conf(spec, node, token, _state(facts), facts.architecture)
    if facts.text(path) != wanted or _attributes(facts, path) != ("600", "root", "root"):
        files.append(
            actions.write_file(
                facts,
                "config",
                path,
                ConfText(wanted),
                title=_("Write {path}").format(path=path),
                reason=_("it differs") if facts.path(path).present else _("it is not there"),
                bring=(carry(node, "token", actions.TOKEN_ON_HOST),),
            )
        )
    return files + unit_files(spec, facts)


def _attributes(facts: HostFacts, path: str) -> tuple[str, str, str]:
    fact = facts.path(path)
    return fact.mode, fact.owner, fact.group


def _stale(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> tuple[str, ...]:
    """Return the settings in which the running process differs from what is wanted."""
    token = situation.local.token or TOKEN_PLACEHOLDER
    wanted = environment(spec, node, token, _state(facts), facts.architecture)
    return needs_restart(wanted, dict(facts.process_environment))


def _start(facts: HostFacts, restart: tuple[str, ...] | bool, deadline: int) -> list[Action]:
    if facts.ready and not restart:
        return []
    wait = actions.wait_ready(facts, deadline)
    if not facts.running:
        return [actions.start(facts, "start", _("it is not running")), wait]
    if restart:
        return [actions.start(facts, "restart", _changed(restart)), wait]
    return [wait]


def _apart(starting: list[Action]) -> float:
    """Where one restarts that waits for the others, they must not make a quorum with it before."""
    return 0.0 if any(action.key == "restart" for action in starting) else _APART


def _starts(planned: list[Action]) -> bool:
    return any(action.key in ("start", "restart") for action in planned)


def _changed(names: tuple[str, ...] | bool) -> str:
    shown = ", ".join(names) if isinstance(names, tuple) else ""
    return _("the running process has other settings: {names}").format(names=shown)


def _settle(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Action:
    """After the first quorum a member that lost its data must not bootstrap itself again."""
    token = spec.cluster.token or situation.local.token or TOKEN_PLACEHOLDER
    path = f"{spec.paths.config}/etcd.conf"
    return actions.write_file(
        facts,
        "settle",
        path,
        ConfText(etcd_conf(spec, node, token, "existing", facts.architecture)),
        title=_("Set the initial cluster state to existing"),
        reason=_("with new, a host that lost its data would bootstrap a second cluster"),
        commands=(f"sed -i 's/^\\(ETCD_INITIAL_CLUSTER_STATE\\)=new$/\\1=existing/' {path}",),
    )


def _anew(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    """A member that failed until its host was mended by hand has come up with nobody watching.

    Its conf shows that: no run has seen it ready yet. Before that one is written.
    """
    settings = parse_environment(facts.text(f"{spec.paths.config}/etcd.conf"))
    unseen = settings.get("ETCD_INITIAL_CLUSTER_STATE") == "new"
    return [actions.count_anew(facts)] if facts.unit.restarts and unseen else []


def _roll(
    facts: HostFacts, files: list[Action], restart: tuple[str, ...] | bool, deadline: int
) -> list[Action]:
    """Change one running member; the gates are added between hosts."""
    if not files and not restart:
        return []
    restarting = []
    if restart:
        restarting = [
            actions.start(facts, "restart", _changed(restart)),
            actions.wait_ready(facts, deadline),
        ]
    return [*files, *restarting]


def _gated(rolling: list[Action]) -> list[Action]:
    """Put a health gate before the first host and after each.

    A sick member may lack just what it gets here (a whole certificate), so it holds up neither
    itself nor, as long as nothing restarts, those before it. Where members restart, only the next
    one may be sick: with another one away, the quorum could be lost.
    """
    hosts = tuple(dict.fromkeys(action.host for action in rolling))
    restarts = any(action.key == "restart" for action in rolling)
    gated = []
    passed = "before"
    for index, host in enumerate(hosts):
        gated.append(_gate(passed, hosts[index : index + 1] if restarts else hosts[index:]))
        gated += [action for action in rolling if action.host == host]
        passed = host
    return [*gated, _gate(passed, ())]


def _gate(passed: str, excused: tuple[str, ...]) -> Action:
    return Action(
        host=OPERATOR,
        key=f"gate:{passed}",
        title=_("Check that every member is healthy"),
        reason=_("the next member is only touched while all are healthy"),
        step=HealthGate(_GATE_DEADLINE, excused),
        commands=("etcdctl endpoint health --cluster",),
    )
