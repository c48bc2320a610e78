"""Carry out one action. One function a step; each ends only when its effect was observed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from etcd_tui.apply.bench import Bench, GivenUp, StepError, failed
from etcd_tui.apply.events import Diagnosed, Note
from etcd_tui.content.client_env import client_env
from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER
from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.diagnose.ways import with_ways
from etcd_tui.fetch.origin import origin
from etcd_tui.i18n import _
from etcd_tui.pki.issuing import create_authority, issue
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.store import host_files
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan.model import (
    Action,
    ChooseToken,
    ConfText,
    Content,
    HealthGate,
    InstallPrograms,
    IssueCertificate,
    MakeAuthority,
    RunScript,
    StoreFile,
    Text,
    WaitReady,
    WriteClientEnvironment,
    WriteFile,
)
from etcd_tui.plan.script_words import script_words
from etcd_tui.remote import sanitise
from etcd_tui.state_folder import write_private
from etcd_tui.verify.health import wait_healthy
from etcd_tui.verify.journal import read_journal

Progress = Callable[[int, int], None]


async def perform(bench: Bench, action: Action, progress: Progress) -> None:
    """Do what `action` says; StepError if its effect could not be had."""
    match action.step:
        case RunScript() as step:
            await _run_script(bench, action, step)
        case WriteFile() as step:
            await _write_file(bench, action, step)
        case InstallPrograms() as step:
            await _install_programs(bench, action, step, progress)
        case WaitReady() as step:
            await _wait_ready(bench, action, step)
        case HealthGate() as step:
            await _health_gate(bench, step)
        case ChooseToken():
            await asyncio.to_thread(bench.state.choose_token, bench.spec.cluster.token)
        case MakeAuthority():
            await asyncio.to_thread(create_authority, _folders(bench), bench.spec, _now())
        case IssueCertificate(name):
            wanted = [w for w in wanted_certificates(bench.spec) if w.holder == name]
            await asyncio.to_thread(
                issue, _folders(bench), bench.spec, wanted, _now(), bench.ca_passphrase
            )
        case WriteClientEnvironment():
            text = client_env(bench.spec, bench.state.client)
            await asyncio.to_thread(write_private, bench.state.client_environment, text.encode())


def _folders(bench: Bench) -> StoreFolders:
    return StoreFolders(bench.state.pki, bench.state.client)


def _now() -> datetime:
    return datetime.now(UTC)


async def _run_script(bench: Bench, action: Action, step: RunScript) -> None:
    if step.script == "start_member":
        bench.journals.starting(action.host)
    result = await bench.run(action.host, step.script, *step.args, timeout=step.timeout)
    if not result.ok:
        raise failed(result, _("{title} failed.").format(title=action.title))
    # What a script says although it went well is for the operator: a folder that stays.
    for line in sanitise.text(result.stderr, limit=4000).splitlines():
        said = script_words(line)
        bench.stream.emit(Note(said.cause if said else line, action.host, "warning"))


def _content(bench: Bench, content: Content) -> bytes:
    match content:
        case Text(text):
            return text.encode("utf-8", "surrogateescape")
        case ConfText(text):
            token = bench.state.read_token()
            if not token:
                raise StepError(_("The cluster has no token yet."))
            return text.replace(TOKEN_PLACEHOLDER, token).encode()
        case StoreFile(node, name):
            files = host_files(bench.spec, _folders(bench), node)
            return next(file.data for file in files if file.name == name)


async def _write_file(bench: Bench, action: Action, step: WriteFile) -> None:
    data = _content(bench, step.content)
    result = await bench.run(
        action.host,
        "write_file",
        step.path,
        str(len(data)),
        hashlib.sha256(data).hexdigest(),
        step.owner,
        step.group,
        step.mode,
        step.expect,
        "yes" if step.created else "no",
        stdin=data,
    )
    if not result.ok:
        raise failed(result, _("{path} could not be written.").format(path=step.path))


async def _install_programs(
    bench: Bench, action: Action, step: InstallPrograms, progress: Progress
) -> None:
    place = origin(bench.spec, step.architecture)
    archive = bench.archives.get(step.architecture)
    if step.by_host:
        top = f"etcd-v{step.version}-linux-{step.architecture}"
        sent = (place.sha256, "0", top, place.url)
        result = await bench.run(
            action.host,
            "install_programs",
            step.folder,
            step.version,
            *sent,
            *step.programs,
            timeout=600,
        )
    elif archive is None:
        raise StepError(_("The archive for {arch} is not here.").format(arch=step.architecture))
    else:
        total = archive.size
        result = await bench.run(
            action.host,
            "install_programs",
            step.folder,
            step.version,
            archive.sha256,
            str(total),
            archive.top,
            "",
            *step.programs,
            stdin=archive.path,
            timeout=120,
            progress=lambda count: progress(count, total),
        )
    if not result.ok:
        raise failed(
            result, _("etcd {version} could not be put in place.").format(version=step.version)
        )


async def _wait_ready(bench: Bench, action: Action, step: WaitReady) -> None:
    bench.journals.follow(action.host, bench.transports[action.host])
    try:
        await _until_ready(bench, action, step)
    finally:
        bench.journals.leave(action.host)


async def _until_ready(bench: Bench, action: Action, step: WaitReady) -> None:
    waiting = asyncio.ensure_future(
        bench.run(action.host, "wait_ready", str(step.deadline), timeout=30)
    )
    stopping = asyncio.ensure_future(bench.stop.wait())
    # Watching changes nothing, so an interrupted run need not wait for its end.
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not waiting.done():
        waiting.cancel()
        raise GivenUp(_("Stopped while waiting for the quorum."))
    result = waiting.result()
    if result.ok:
        return
    cause, remedy = await _explain(bench, action.host)
    error = failed(
        result,
        _("etcd on {host} did not become ready.").format(host=action.host),
        _("Read the journal on the host: journalctl -u etcd -e"),
    )
    raise StepError(error.what, cause or error.cause, remedy or error.remedy)


async def _explain(bench: Bench, host: str) -> tuple[str, str]:
    """Read the member's journal, tell what it shows, and return the likeliest (cause, fix).

    Where the member only waits for others, it is told who cannot reach whom.
    """
    transport = bench.transports[host]
    journal, unit = await read_journal(transport)
    found = diagnose(host, journal, unit=unit, spec=bench.spec)
    if not found or found[0].rank >= Rank.UNREACHED:
        # It waits for others: let them try each other, both ways.
        ways = [way for way in await bench.ways() if host in (way.host, way.about)]
        found = with_ways(host, found, ways) + tuple(way for way in ways if way.host != host)
    for one in found:
        bench.stream.emit(Diagnosed(one.host, one.symptom, one.cause, one.fix, one.evidence))
    if found:
        return found[0].cause, found[0].fix
    return "", ""


async def _health_gate(bench: Bench, step: HealthGate) -> None:
    sick = await wait_healthy(
        bench.spec, bench.state, bench.transports, step.deadline, step.excused
    )
    if sick:
        raise StepError(
            _("Not every member is healthy: {members}.").format(members=", ".join(sick)),
            _("with one member down, touching another could cost the quorum"),
            _("Bring them up first (etcd-tui status shows them), then run this again."),
        )
