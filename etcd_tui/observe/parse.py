"""The probe's output to HostFacts. Tolerant: what is missing or garbled keeps its default."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace

from etcd_tui.content.etcd_conf import parse_environment
from etcd_tui.observe.facts import (
    FileSystem,
    HostFacts,
    HostLock,
    Listener,
    Manifest,
    PathFact,
    Unit,
)
from etcd_tui.observe.firewall import parse_firewall
from etcd_tui.remote import sanitise

_MOST = 4 << 20
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def parse_probe(name: str, output: bytes, asked: float) -> HostFacts:
    """Return the facts about host `name` from the probe's `output`."""
    # A name or an argument with a carriage return in it must not begin a line of its own.
    whole = output.replace(b"\r", b"\xef\xbf\xbd")
    # Small files come as one line of base64 each.
    clean = sanitise.text(whole, limit=_MOST, line_limit=_MOST)
    lines = [(key, value) for key, _, value in (x.partition("=") for x in clean.split("\n"))]
    one = dict(lines)

    def every(key: str) -> list[str]:
        return [value for k, value in lines if k == key]

    return HostFacts(
        name=name,
        asked=asked,
        clock=_number(one.get("clock", "")),
        hostname=one.get("hostname", ""),
        machine_id=one.get("machine-id", ""),
        architecture=_ARCHITECTURES.get(one.get("arch", "")) or one.get("arch", ""),
        kernel=one.get("kernel", ""),
        os=one.get("os", ""),
        init=one.get("init", ""),
        systemd=_count(_first(r"systemd (\d+)", one.get("systemd", ""))),
        memory_kib=_count(one.get("memory", "")),
        missing_tools=tuple(every("missing")),
        addresses=tuple(dict.fromkeys(every("address"))),
        sources=_pairs(every("source")),
        paths=tuple(_path(value) for value in every("path") if value.count("\t") == 4),
        file_systems=tuple(_file_system(v) for v in every("fs") if v.count("\t") == 4),
        versions=_pairs(every("version")),
        texts=tuple((path, _text(blob)) for path, blob in _pairs(every("text"))),
        data_entries=tuple(every("data")),
        has_wal="wal" in one,
        unit=parse_unit(every("unit")),
        drill="drill" in one,
        lock=parse_lock(one["held"]) if "held" in one else None,
        turn=one.get("turn", ""),
        process_environment=_environ(one.get("environ", "")),
        process_executable=one.get("exe", ""),
        listeners=tuple(_listener(value) for value in every("listen")),
        foreign=tuple(every("foreign")),
        user=one.get("user", ""),
        group="group" in one,
        selinux=one.get("selinux", ""),
        selinux_config=one.get("selinux-config", ""),
        firewall=parse_firewall(lines),
        leftovers=tuple(every("leftover")),
        helpers=tuple(every("helper")),
        container=one.get("container", ""),
        timekeepers=tuple(dict.fromkeys(every("timekeeper"))),
        service_proxies=_proxies(every("service-proxy")),
        login_proxies=_proxies(every("login-proxy")),
    )


def with_manifest(facts: HostFacts, path: str) -> HostFacts:
    """Return `facts` with the manifest read from the text at `path`."""
    entries = _pairs(facts.text(path).splitlines())
    return replace(facts, manifest=Manifest(entries))


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"[0-9]{1,18}(\.[0-9]*)?", text) else 0.0


def _count(text: str, default: int = 0) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else default


def _pairs(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (key, value) for key, separator, value in (v.partition(" ") for v in values) if separator
    )


def _proxies(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Names and values without quotes, and without what stands before an @: that is a password."""
    pairs = (value.partition("=")[::2] for value in values)
    return tuple(
        (name, re.sub(r"^(\w+://)?.*@", r"\1", value.strip("\"'"))) for name, value in pairs
    )


def _text(blob: str) -> str:
    """Decode base64 exactly: these texts are compared, and sanitised before they are shown."""
    try:
        return base64.b64decode(blob, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return ""


def _environ(blob: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_environment(_text(blob).replace("\0", "\n")).items())


def _path(value: str) -> PathFact:
    kind, attributes, sha256, path, target = value.split("\t")
    mode, owner, group = (*attributes.split(" "), "", "", "")[:3]
    if kind not in ("file", "dir", "link", "other"):
        kind = "other"
    return PathFact(path, kind, mode, owner, group, sha256, target)  # type: ignore[arg-type]


def _file_system(value: str) -> FileSystem:
    path, free, inodes, about, _nearest = value.split("\t")
    free_kib, _, mount = free.partition(" ")
    kind, _, options = about.partition(" ")
    flags = options.split(",")
    return FileSystem(
        path=path,
        type=kind,
        free_kib=_count(free_kib),
        free_inodes=_count(inodes, -1),
        read_only="ro" in flags,
        noexec="noexec" in flags,
        mount_point=mount,
    )


def _listener(value: str) -> Listener:
    where, _, who = value.partition(" ")
    address, _, port = where.rpartition(":")
    return Listener(
        port=_count(port),
        address=address.strip("[]"),
        process=_first(r'\("([^"]*)"', who),
        pid=_count(_first(r"pid=(\d+)", who)),
    )


def parse_lock(said: str) -> HostLock:
    """Return the lock from what a host says of it: the age of its latest sign of life, its line."""
    silent, _, line = said.partition(" ")
    return HostLock(line, _count(silent))


def parse_unit(lines: Iterable[str]) -> Unit:
    """Return the unit from lines of `systemctl show`."""
    shown = dict(line.partition("=")[::2] for line in lines)
    return Unit(
        load=shown.get("LoadState", "not-found"),
        active=shown.get("ActiveState", "inactive"),
        sub=shown.get("SubState", "dead"),
        result=shown.get("Result", ""),
        enabled=shown.get("UnitFileState", ""),
        pid=_count(shown.get("MainPID", "")),
        restarts=_count(shown.get("NRestarts", "")),
        fragment=shown.get("FragmentPath", ""),
        drop_ins=tuple(shown.get("DropInPaths", "").split()),
        needs_daemon_reload=shown.get("NeedDaemonReload", "") == "yes",
    )
