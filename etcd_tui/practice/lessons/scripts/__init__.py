"""What plays a lesson on a practice host, and how it is run there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from etcd_tui.errors import RefusedError
from etcd_tui.i18n import _
from etcd_tui.practice.lessons.lesson import Ground
from etcd_tui.remote import sanitise


@cache
def script(name: str) -> str:
    """Return the text of the script `name`."""
    return (Path(__file__).parent / f"{name}.sh").read_text("ascii")


async def run(ground: Ground, host: str, text: str, *args: str, stdin: bytes = b"") -> None:
    """Run a script on `host`; RefusedError where it does not end well."""
    result = await ground.transports[host].run(text, *args, stdin=stdin)
    if not result.ok:
        said = sanitise.text(result.stderr, limit=300).strip()
        raise RefusedError(
            _("The lesson could not be played on {host}: {reason}").format(host=host, reason=said),
            remedy=_("Play it again: the hosts were only for this demo."),
        )
