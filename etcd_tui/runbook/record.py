"""record: the manifest that an install would leave on every host, read off its plan."""

from __future__ import annotations

from collections.abc import Iterator

from etcd_tui.plan.model import InstallPrograms, Plan, RunScript, Step, WriteFile


def record_of(plan: Plan, host: str) -> str:
    """Return the manifest's text for `host`, each entry once.

    A folder is noted itself, not the ones above it: those may have been there before.
    """
    entries = [
        entry
        for _stage, action in plan.actions()
        if action.host == host
        for entry in _entries(action.step)
    ]
    return "".join(f"{entry}\n" for entry in dict.fromkeys(entries))


def _entries(step: Step) -> Iterator[str]:
    match step:
        case RunScript("record", (kind, value)):
            yield f"{kind} {value}"
        case RunScript("make_user", _):
            yield "group etcd"
            yield "user etcd"
        case RunScript("make_dir", (path, _owner, _group, _mode, kind)):
            yield f"dir {path}"
            if kind == "data":
                yield f"data {path}"
        case RunScript("enable_unit", _):
            yield "unit etcd.service"
        case WriteFile(path, created=True):
            yield f"file {path}"
        case InstallPrograms(folder=folder, programs=programs):
            yield from (f"file {folder}/{program}" for program in programs)
