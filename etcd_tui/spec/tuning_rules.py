"""Rules about etcd's own settings: elections, quota, retention."""

from __future__ import annotations

from collections.abc import Iterator

from etcd_tui.i18n import _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.quantities import size_text

_SMALLEST_QUOTA = 16 << 20
_SUGGESTED_QUOTA = 8 << 30


def elections_are_slow_enough(spec: ClusterSpec) -> Iterator[Problem]:
    """Five heartbeats fit into an election timeout, or etcd does not start (embed.Config)."""
    heartbeat, election = spec.tuning.heartbeat_interval, spec.tuning.election_timeout
    if 5 * heartbeat > election:
        what = _(
            "An election timeout of {election} ms is less than five heartbeats of {heartbeat} ms; "
            "etcd would not start."
        )
        fix = _("Write an election timeout of at least {least}, ten heartbeats is usual.")
        yield Problem(
            "error",
            "tuning.election_timeout",
            what.format(election=election, heartbeat=heartbeat),
            fix.format(least=min(5 * heartbeat, 50000)),
        )


def quota_is_sane(spec: ClusterSpec) -> Iterator[Problem]:
    """Room for some data; no more than etcd suggests (op-guide, "Storage size limit")."""
    quota = spec.tuning.quota_backend_bytes
    if quota < _SMALLEST_QUOTA:
        what = _("A quota of {size} bytes is full at once.").format(size=quota)
        fix = _("Write at least 16MiB; 2GiB is the default.")
        yield Problem("error", "tuning.quota_backend_bytes", what, fix)
    elif quota > _SUGGESTED_QUOTA:
        what = _("A quota of {size} is above the 8GiB that etcd suggests at most.")
        fix = _("Write 8GiB, or make sure of memory and of three times that much disk.")
        yield Problem(
            "warning", "tuning.quota_backend_bytes", what.format(size=size_text(quota)), fix
        )


def retention_has_form(spec: ClusterSpec) -> Iterator[Problem]:
    """A retention in revisions is a number; one of zero keeps everything for ever."""
    mode, kept = spec.tuning.auto_compaction_mode, spec.tuning.auto_compaction_retention
    if mode == "revision" and not kept.isdigit():
        yield Problem(
            "error",
            "tuning.auto_compaction_retention",
            _("Mode revision counts revisions; {value} is a duration.").format(value=kept),
            _("Write a number such as 10000, or auto_compaction_mode: periodic."),
        )
    elif not kept.strip("0hms"):
        yield Problem(
            "warning",
            "tuning.auto_compaction_retention",
            _("A retention of zero turns compaction off: the database grows until it is full."),
            _("Write 8h, or make sure that the clients compact."),
        )
