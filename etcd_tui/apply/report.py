"""report.json: what a run found, did and proved, gathered from its events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from etcd_tui import __version__
from etcd_tui.apply.events import (
    ActionFinished,
    Checked,
    Diagnosed,
    Drilled,
    Event,
    Finished,
    HostFailed,
    Proved,
    as_json,
)
from etcd_tui.spec.model import ClusterSpec


class Report:
    """Gathers one run. `proven` is true only if there were proofs and every one of them held."""

    def __init__(self, spec: ClusterSpec, run: str) -> None:
        self._spec = spec
        self._run = run
        self._began = _now()
        self._told: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("hosts", "checks", "actions", "diagnoses", "proofs", "drills")
        }

    def add(self, event: Event) -> None:
        """Take in one event; those that only show progress are left out."""
        match event:
            case HostFailed():
                self._keep("hosts", event)
            case Checked():
                self._keep("checks", event)
            case ActionFinished():
                self._keep("actions", event)
            case Diagnosed():
                self._keep("diagnoses", event)
            case Proved():
                self._keep("proofs", event)
            case Drilled():
                self._keep("drills", event)
            case _:
                pass

    def _keep(self, name: str, event: Event) -> None:
        fields = as_json(event)
        del fields["event"]
        self._told[name].append(fields)

    def as_json(self, end: Finished) -> dict[str, Any]:
        """Return the report of a run that ended with `end`."""
        proofs = self._told["proofs"]
        return {
            "cluster": self._spec.cluster.name,
            "etcd": self._spec.cluster.etcd,
            "verb": end.verb,
            "run": self._run,
            "began": self._began,
            "ended": _now(),
            "etcd_tui": __version__,
            "exit": end.exit,
            "proven": bool(proofs) and all(proof["passed"] for proof in proofs),
            "changed": end.changed,
            "failure": {
                name: getattr(end, name) for name in ("what", "host", "step", "cause", "remedy")
            }
            if end.what
            else None,
            "members": [
                {"name": n.name, "peer_url": n.peer_url, "client_url": n.client_url}
                for n in self._spec.nodes
            ],
            **self._told,
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
