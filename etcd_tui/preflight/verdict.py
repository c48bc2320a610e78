"""Three short ways to say what a check found."""

from __future__ import annotations

from etcd_tui.preflight.check import Check


def passed(host: str, key: str, title: str, found: str) -> Check:
    """The check found nothing wrong."""
    return Check(host, key, title, "pass", found)


def warned(
    host: str,
    key: str,
    title: str,
    found: str,
    why: str,
    fix: str,
    offer: tuple[tuple[str, int | str], ...] = (),
) -> Check:
    """The install can go on, but somebody should look, or take the answers in `offer`."""
    return Check(host, key, title, "warn", found, why, fix, offer)


def failed(host: str, key: str, title: str, found: str, why: str, fix: str) -> Check:
    """The install must not go on."""
    return Check(host, key, title, "fail", found, why, fix)
