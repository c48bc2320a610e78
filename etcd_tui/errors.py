"""The tree of errors: each carries what happened, where, why, and what to type next.

    EtcdTuiError
      UsageError        exit 2   bad usage
      AnswersError      exit 2   problems in the answers file
      RefusedError      exit 3   preflight found a reason not to start; nothing changed
      HostsError        exit 4   hosts that could not be reached, trusted or entered
      ApplyError        exit 5   a change failed part way; run again to go on
      NotProvenError    exit 6   installed, but a proof failed

Raised once, where the cause is known; turned into text, JSON and an exit code once, in `cli`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from etcd_tui.preflight.check import Check
    from etcd_tui.spec.problem import Problem


class Exit(IntEnum):
    """The contract's exit codes."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    REFUSED = 3
    HOSTS = 4
    APPLY = 5
    NOT_PROVEN = 6
    TO_DO = 10
    INTERRUPTED = 130


class EtcdTuiError(Exception):
    """Any expected failure. `what` and `remedy` are whole sentences in the user's language."""

    exit = Exit.INTERNAL

    def __init__(
        self, what: str, *, host: str = "", step: str = "", cause: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.host = host
        self.step = step
        self.cause = cause
        self.remedy = remedy


class UsageError(EtcdTuiError):
    """The command line or a local file it names cannot be used."""

    exit = Exit.USAGE


class AnswersError(EtcdTuiError):
    """The answers file has problems; all of them are in `problems`."""

    exit = Exit.USAGE

    def __init__(self, what: str, problems: Sequence[Problem], *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.problems = tuple(problems)


class RefusedError(EtcdTuiError):
    """Preflight found reasons not to start; the failed checks are in `checks`."""

    exit = Exit.REFUSED

    def __init__(self, what: str, checks: Sequence[Check] = (), *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.checks = tuple(checks)


@dataclass(frozen=True, slots=True)
class HostFailure:
    """Why one host could not be reached, trusted or entered.

    `kind` is stable for programs: `unreachable`, `refused`, `timeout`, `unknown-host-key`,
    `changed-host-key`, `authentication`, `key-file`, `sudo`, `shell`, `lost`. Where it is about a
    host key, `address` is whose key it is: `h` or `[h]:port` as in known_hosts, perhaps a jump
    host's; `fingerprint` (`SHA256:…`) and `key_type` are those of the key that was shown.
    """

    host: str
    kind: str
    what: str
    cause: str = ""
    remedy: str = ""
    fingerprint: str = ""
    key_type: str = ""
    address: str = ""


class HostsError(EtcdTuiError):
    """Some hosts could not be reached, trusted or entered; one `HostFailure` each."""

    exit = Exit.HOSTS

    def __init__(self, what: str, failures: Sequence[HostFailure], *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.failures = tuple(failures)


class ApplyError(EtcdTuiError):
    """A change failed part way. The hosts are in a state from which the next run goes on."""

    exit = Exit.APPLY


class NotProvenError(EtcdTuiError):
    """The cluster is installed, but at least one proof failed."""

    exit = Exit.NOT_PROVEN


class Interrupted(Exception):
    """The run was asked to stop; all begun steps have ended."""
