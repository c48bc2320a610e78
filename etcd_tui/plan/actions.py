"""The vocabulary of planners: one function builds one kind of action, with preview and commands."""

from __future__ import annotations

import difflib
import re
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
from etcd_tui.typed import heredoc

TOKEN_ON_HOST = "etcd-token"  # noqa: S105 - a file's name
"""The operator's file `token`, as a host is given it while its etcd.conf is typed."""
_TOKEN_LINE = re.compile(r"(?m)^(ETCD_INITIAL_CLUSTER_TOKEN=).*$")


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
    commands: tuple[str, ...] = (),
    bring: tuple[str, ...] = (),
) -> Action:
    """Write one file whole or not at all.

    `commands` have the same effect, if they are another way than to type the whole file.
    """
    match content:
        case Text(text) | ConfText(text):
            shown = text.replace(TOKEN_PLACEHOLDER, _("(random, chosen at install)"))
            preview = diff(path, facts.text(path), shown)
        case StoreFile(node, name):
            preview = _("{name} of {node}, from the operator's store").format(name=name, node=node)
    return Action(
        host=facts.name,
        key=key,
        title=title,
        reason=reason,
        step=WriteFile(path, content, owner, group, mode, expect, created),
        preview=preview,
        commands=(commands or _typed(path, content, owner, group, mode) + relabelled(facts, path)),
        bring=bring,
    )


def _typed(path: str, content: Content, owner: str, group: str, mode: str) -> tuple[str, ...]:
    attributes = (f"chown {owner}:{group} {path}", f"chmod {mode} {path}")
    match content:
        case Text(text):
            return (heredoc(path, text), *attributes)
        case ConfText(text):
            # The token is typed by nobody and shown to nobody: it comes out of its file.
            shown = _TOKEN_LINE.sub(rf"\g<1>{TOKEN_PLACEHOLDER}", text)
            fill = f'sed -i "s/{TOKEN_PLACEHOLDER}/$(cat {TOKEN_ON_HOST})/" {path}'
            return (heredoc(path, shown), *attributes, fill, f"rm -f {TOKEN_ON_HOST}")
        case StoreFile(_node, name):
            return (f"install -o {owner} -g {group} -m {mode} {name} {path}", f"rm -f {name}")


def relabelled(facts: HostFacts, *paths: str) -> tuple[str, ...]:
    """Return the command that gives `paths` their labels, on a host that has SELinux."""
    return (f"restorecon -F {' '.join(paths)}",) if facts.selinux else ()


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
        commands=(
            f"install -d -m {mode} -o {owner} -g {group} {path}",
            *relabelled(facts, path),
        ),
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


def install_programs(
    facts: HostFacts,
    step: InstallPrograms,
    *,
    reason: str,
    archive: str,
    top: str,
    fetch: tuple[str, ...] = (),
    bring: tuple[str, ...] = (),
) -> Action:
    """Put the release's programs in place, versions asked before the swap.

    `archive` is its file name on the host, where `fetch` or `bring` brought it; `top` the folder
    in it.
    """
    names = " ".join(f"{top}/{program}" for program in step.programs)
    file = shlex.quote(archive)
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
            *fetch,
            f"tar -xzf {file} --no-same-owner {names}",
            *(
                f"{top}/{program} {'--version' if program == 'etcd' else 'version'}"
                for program in step.programs
            ),
            f"install -o root -g root -m 755 {names} {step.folder}/",
            *relabelled(facts, *(f"{step.folder}/{program}" for program in step.programs)),
            # An archive may hold its programs in no folder at all, that is, in `.`.
            f"rm -rf {file} {names if top.startswith('.') else top}",
        ),
        bring=bring,
    )


def start(facts: HostFacts, verb: str, reason: str) -> Action:
    """Start or restart the member without waiting for its quorum."""
    title = _("Start etcd") if verb == "start" else _("Restart etcd")
    command = f"systemctl {verb} --no-block etcd"
    return script(
        facts, verb, "start_member", verb, title=title, reason=reason, commands=(command,)
    )


def count_anew(facts: HostFacts) -> Action:
    """Forget the failed starts of a member that has come up since."""
    return script(
        facts,
        "count-anew",
        "count_anew",
        title=_("Count etcd's restarts from now on"),
        reason=_("it failed {n} times before it first joined, as an earlier run has told").format(
            n=facts.unit.restarts
        ),
        commands=("systemctl reset-failed etcd",),
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
        # The start is under way: to start it once more is to wait for its end.
        commands=(f"timeout {deadline} systemctl start etcd", "systemctl is-active etcd"),
    )
