"""Draft: what the operator has typed so far, valid or not; the single truth of the wizard.

It is an answers document of plain data, so that the answers reader is also the wizard's validator
and whatever is saved reads back the same. Secrets stay beside it, in memory only.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etcd_tui.spec.form import FORM
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.releases import LATEST_STABLE

if TYPE_CHECKING:
    from etcd_tui.secret import Secret
    from etcd_tui.spec.model import ClusterSpec, SecretRef, Ssh

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PROMPT = {"prompt": True}
SSH_SECRETS = ("passphrase", "password", "sudo_password")
CA_PASSPHRASE = "certificates.ca.passphrase"  # noqa: S105 - the name of a key


def blank() -> dict[str, Any]:
    """Return the answers of somebody who has typed nothing yet."""
    return {
        "version": FORM,
        "cluster": {"name": "prod", "etcd": LATEST_STABLE},
        "nodes": [],
        "ssh": {"user": "root"},
    }


@dataclass(slots=True)
class Draft:
    """`base` is the folder that relative paths count from. Paths of keys: `nodes[1].ssh.port`."""

    document: dict[str, Any] = field(default_factory=blank)
    base: Path = field(default_factory=Path.cwd)
    secrets: dict[str, Secret] = field(default_factory=dict, repr=False)
    revision: int = 0
    """Grows with every change."""
    practice: bool = False
    """Whether the hosts are practice hosts: nobody else need reach their loopback addresses."""
    _read: tuple[int, ClusterSpec, tuple[Problem, ...]] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, spec: ClusterSpec, base: Path) -> Draft:
        """Return the draft that reads as `spec`; literal secrets are kept in memory."""
        from etcd_tui.spec.writer import document_of

        draft = cls(document_of(spec), base)
        draft.document.setdefault("ssh", {})
        for own, common, ref in _references(spec):
            if ref.inline is not None:
                path = common if draft.get(own) is None else own
                draft.secrets[path] = ref.inline
        return draft

    def get(self, path: str, default: Any = None) -> Any:
        """Return the value at `path`, or `default` where nothing was typed."""
        place: Any = self.document
        for part in _parts(path):
            try:
                place = place[part]
            except (KeyError, IndexError, TypeError):
                return default
        return place

    def put(self, path: str, value: Any) -> None:
        """Set the value at `path`; None or an empty text takes it away, so that the default rules.

        Sections that are left empty are taken away, too. IndexError for a node that is not there.
        """
        if value in (None, "") and self.get(path) is None:
            return
        if self.get(path) == value and value is not None:
            return
        *above, last = _parts(path)
        if value in (None, ""):
            self._take(above, last)
        else:
            place: Any = self.document
            for part in above:
                place = place[part] if isinstance(part, int) else place.setdefault(part, {})
            place[last] = value
        self.revision += 1

    def _take(self, above: list[str | int], last: str | int) -> None:
        places: list[Any] = [self.document]
        for part in above:
            places.append(places[-1][part])
        del places[-1][last]
        for index in range(len(above) - 1, -1, -1):
            # Of `ssh` and the like nothing may be left; a node stays, even an empty one.
            if places[index + 1] == {} and not isinstance(above[index], int):
                del places[index][above[index]]

    def put_secret(self, path: str, secret: Secret | None) -> None:
        """Keep a typed secret in memory; the document only says that it is asked for."""
        if secret is None:
            self.secrets.pop(path, None)
            self.put(path, None)
            return
        self.secrets[path] = secret
        self.put(path, dict(_PROMPT))

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The members as typed; change them by the methods here only."""
        return self.document.setdefault("nodes", [])  # type: ignore[no-any-return]

    def add_nodes(self, nodes: list[dict[str, Any]]) -> None:
        """Append members."""
        self.nodes.extend(copy.deepcopy(nodes))
        self.revision += 1

    def remove_node(self, index: int) -> None:
        """Take a member away, and its secrets with it."""
        del self.nodes[index]
        kept = {}
        for path, secret in self.secrets.items():
            found = re.match(r"nodes\[(\d+)\]", path)
            number = int(found[1]) if found else -1
            if number == index:
                continue
            moved = (
                f"nodes[{number - 1}]{path[found.end() :]}" if found and number > index else path
            )
            kept[moved] = secret
        self.secrets = kept
        self.revision += 1

    def replace(self, other: Draft) -> None:
        """Become `other`."""
        self.document, self.base, self.secrets = other.document, other.base, other.secrets
        self.revision += 1

    def _examined(self) -> tuple[int, ClusterSpec, tuple[Problem, ...]]:
        if self._read is None or self._read[0] != self.revision:
            from etcd_tui.spec.reader import examine
            from etcd_tui.spec.rules import is_expected_in_practice

            spec, problems = examine(self.document, self.base)
            if self.practice:
                problems = tuple(p for p in problems if not is_expected_in_practice(p))
            self._read = (self.revision, spec, problems)
        return self._read

    @property
    def spec(self) -> ClusterSpec:
        """What the document says, without secrets; where it has errors, good enough to show."""
        return self._examined()[1]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, errors and warnings."""
        return self._examined()[2]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops a run."""
        return tuple(p for p in self.problems if p.severity == "error")

    def problem_at(self, path: str) -> Problem | None:
        """Return the worst problem of the key at `path` or of an item in it."""
        found = [p for p in self.problems if _within(p.key, path)]
        return min(found, key=lambda problem: problem.severity != "error", default=None)

    def spec_with_secrets(self) -> ClusterSpec:
        """Return the spec in which the typed secrets take the place of questions."""
        from etcd_tui.spec.model import SecretRef

        spec = self.spec
        nodes = tuple(
            replace(node, ssh=self._known(node.ssh, f"nodes[{index}].ssh", spec.ssh))
            for index, node in enumerate(spec.nodes)
        )
        certificates = spec.certificates
        own = certificates.ca
        if own is not None and own.passphrase is not None and CA_PASSPHRASE in self.secrets:
            typed = SecretRef("inline", inline=self.secrets[CA_PASSPHRASE])
            certificates = replace(certificates, ca=replace(own, passphrase=typed))
        ssh = self._known(spec.ssh, "ssh", spec.ssh)
        return replace(spec, nodes=nodes, ssh=ssh, certificates=certificates)

    def _known(self, ssh: Ssh, place: str, common: Ssh) -> Ssh:
        from etcd_tui.spec.model import SecretRef

        changed: dict[str, Any] = {}
        for name in SSH_SECRETS:
            ref = getattr(ssh, name)
            if ref is None or ref.kind != "prompt":
                continue
            own = f"{place}.{name}"
            # A host that says nothing of its own has the secret of all.
            path = (
                own if self.get(own) is not None or getattr(common, name) != ref else f"ssh.{name}"
            )
            if path in self.secrets:
                changed[name] = SecretRef("inline", inline=self.secrets[path])
        return replace(ssh, **changed) if changed else ssh

    def unanswered(self) -> list[str]:
        """Return the paths of the secrets that have to be asked for before a run, each once."""
        asked: dict[str, None] = {}
        for own, common, ref in _references(self.spec):
            path = common if self.get(own) is None else own
            if ref.kind == "prompt" and path not in self.secrets:
                asked[path] = None
        return list(asked)


def _references(spec: ClusterSpec) -> Iterator[tuple[str, str, SecretRef]]:
    """Yield every secret a run would resolve: its own key, the key of all hosts, the reference."""
    for index, node in enumerate(spec.nodes):
        for name in SSH_SECRETS:
            ref = getattr(node.ssh, name)
            if ref is not None:
                yield f"nodes[{index}].ssh.{name}", f"ssh.{name}", ref
    own = spec.certificates.ca
    if own is not None and own.passphrase is not None:
        yield CA_PASSPHRASE, CA_PASSPHRASE, own.passphrase


def _parts(path: str) -> list[str | int]:
    return [int(number) if number else name for name, number in _PART.findall(path)]


def _within(key: str, path: str) -> bool:
    return key == path or key.startswith((f"{path}.", f"{path}["))
