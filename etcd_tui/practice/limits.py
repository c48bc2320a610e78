"""Limits: what practice hosts cannot do, in sentences for the screen: never faked as done."""

from __future__ import annotations

from etcd_tui.content.unit import unit_file
from etcd_tui.i18n import _
from etcd_tui.practice.unit_file import read_unit
from etcd_tui.spec.model import ClusterSpec


def limits(spec: ClusterSpec) -> tuple[str, ...]:
    """Return what a demo with `spec` leaves out of what real hosts would get."""
    unit = read_unit(unit_file(spec))
    return (
        _(
            "Practice hosts are folders and processes of this machine: real SSH, real scripts, "
            "real etcd, but no machines of their own."
        ),
        _("Practice cannot make another user: etcd runs as you, who are root on these hosts."),
        _("Practice has no firewall and no SELinux of its own: neither is looked at or changed."),
        _(
            "The service manager is a small one. Of the unit's settings it does not apply: {names}."
        ).format(names=", ".join(unit.not_applied)),
    )
