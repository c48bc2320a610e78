"""One proof: what was claimed, whether it held, and the command that shows it again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """`member` is empty for what concerns the whole cluster. `key` is stable for programs."""

    key: str
    title: str
    passed: bool
    found: str
    member: str = ""
    command: str = ""
    fix: str = ""
    leader: str = ""
    """The name of the leader, in the proof that all agree on one."""

    def as_json(self) -> dict[str, object]:
        """Return the proof as the fields of the `proved` event and of `report.json`."""
        return {
            "key": self.key, "title": self.title, "passed": self.passed, "found": self.found,
            "member": self.member, "command": self.command, "fix": self.fix,
            "leader": self.leader,
        }  # fmt: skip
