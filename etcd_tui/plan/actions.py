"""The vocabulary of planners: one function builds one kind of action, with preview and commands."""

from __future__ import annotations

import difflib
import shlex

from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.plan.model import (
    Action,
    ConfText,
    Content,
    InstallPrograms,
    RunScript,
    StoreFile,
    Text,
    WaitReady,
    WriteFile,
)


def diff(path: str, before: str, after: str) -> str:
    """Return a unified diff of a text file, as a preview shows it."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        fromfile=path if before else "/dev/null",
        tofile=path,
    )
    return "".join(lines)


def write_file(
    facts: HostFacts,
    key: str,
    path: str,
    content: Content,
    *,
    title: str,
    reason: str,
    owner: str = "root",
    group: str = "root",
    mode: str = "600",
    expect: str = "",
    created: bool = True,
) -> Action:
    """Write one file whole or not at all."""
    match content:
        case Text(text) | ConfText(text):
            shown = text.replace(TOKEN_PLACEHOLDER, _("(random, chosen at install)"))
            preview = diff(path, facts.text(path), shown)
            source = f"cat > {path} <<'EOF'\n{shown}EOF"
        case StoreFile(node, name):
            preview = _("{name} of {node}, from the operator's store").format(name=name, node=node)
            source = f"scp {name} {node}:{path}"
    return Action(
        host=facts.name,
        key=key,
        title=title,
        reason=reason,
        step=WriteFile(path, content, owner, group, mode, expect, created),
        preview=preview,
        commands=(source, f"chown {owner}:{group} {path}", f"chmod {mode} {path}"),
    )


def make_dir(
    facts: HostFacts, key: str, path: str, owner: str, group: str, mode: str, *, data: bool = False
) -> Action:
    """Make a folder, or set its owner and mode."""
    there = facts.path(path)
    reason = (
        _("{path} is {mode} {owner}:{group}, wanted is {want}").format(
            path=path,
            mode=there.mode,
            owner=there.owner,
            group=there.group,
            want=f"{mode} {owner}:{group}",
        )
        if there.present
        else _("{path} is not there").format(path=path)
    )
    return Action(
        host=facts.name,
        key=key,
        title=_("Make the folder {path}").format(path=path),
        reason=reason,
        step=RunScript("make_dir", (path, owner, group, mode, "data" if data else "dir")),
        preview=f"{mode} {owner}:{group} {path}",
        commands=(f"install -d -m {mode} -o {owner} -g {group} {path}",),
    )


def script(
    facts: HostFacts,
    key: str,
    name: str,
    *args: str,
    title: str,
    reason: str,
    commands: tuple[str, ...],
    preview: str = "",
    timeout: float = 60.0,
) -> Action:
    """Run one of `plan/scripts`."""
    return Action(
        host=facts.name,
        key=key,
        title=title,
        reason=reason,
        step=RunScript(name, args, timeout),
        preview=preview or "\n".join(commands),
        commands=commands,
    )


def leftovers(facts: HostFacts) -> list[Action]:
    """Remove temporary files of an interrupted run, where there are any."""
    if not facts.leftovers:
        return []
    return [
        script(
            facts,
            "leftovers",
            "clean_leftovers",
            *facts.leftovers,
            title=_("Remove what an interrupted run left"),
            reason=", ".join(facts.leftovers),
            commands=tuple(f"rm -rf {path}" for path in facts.leftovers),
        )
    ]


def install_programs(facts: HostFacts, step: InstallPrograms, *, reason: str, where: str) -> Action:
    """Put the release's programs in place, versions asked before the swap."""
    archive = f"etcd-v{step.version}-linux-{step.architecture}"
    names = " ".join(f"{archive}/{program}" for program in step.programs)
    fetch = f"curl -fsSLO {shlex.quote(where)}" if step.by_host else f"scp {shlex.quote(where)} ."
    return Action(
        host=facts.name,
        key="programs",
        title=_("Install {programs} {version}").format(
            programs=", ".join(step.programs), version=step.version
        ),
        reason=reason,
        step=step,
        preview="\n".join(f"{step.folder}/{program} {step.version}" for program in step.programs),
        commands=(
            fetch,
            f"tar -xzf {archive}.tar.gz {names}",
            *(
                f"{archive}/{program} {'--version' if program == 'etcd' else 'version'}"
                for program in step.programs
            ),
            f"install -m 755 {names} {step.folder}/",
        ),
    )


def start(facts: HostFacts, verb: str, reason: str) -> Action:
    """Start or restart the member without waiting for its quorum."""
    title = _("Start etcd") if verb == "start" else _("Restart etcd")
    command = f"systemctl {verb} --no-block etcd"
    return script(
        facts, verb, "start_member", verb, title=title, reason=reason, commands=(command,)
    )


def wait_ready(facts: HostFacts, deadline: int) -> Action:
    """Watch the member until it is part of a quorum."""
    return Action(
        host=facts.name,
        key="ready",
        title=_("Wait for the quorum"),
        reason=_("systemd calls etcd started once it has joined a quorum"),
        step=WaitReady(deadline),
        preview="",
        commands=("systemctl status etcd",),
    )
