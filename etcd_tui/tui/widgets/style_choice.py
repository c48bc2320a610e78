"""StyleChoice: cfssl and openssl side by side, with what each makes, as the profiles say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import RadioSet

from etcd_tui.i18n import _
from etcd_tui.tui.widgets.toggles import Pick
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp

STYLES = ("cfssl", "openssl")


def what_it_makes(style: str, host: str) -> str:
    """Return a few lines: files here, files on a host, validity, how many keys."""
    from etcd_tui.pki.profile import PROFILES
    from etcd_tui.spec.quantities import duration_text

    profile = PROFILES[style]  # type: ignore[index]
    holder = host if style == "cfssl" else profile.shared_name
    here = (*profile.authority.names, *profile.files(holder).names, profile.document)
    there = profile.on_host
    keys = _("one key a host") if style == "cfssl" else _("one key for all hosts")
    return "\n".join(
        (
            _("Here: {files}").format(files=", ".join(here)),
            _("On hosts: {files}").format(
                files=", ".join((there.authority, there.certificate, there.key))
            ),
            _("{keys}, valid {time}").format(keys=keys, time=duration_text(profile.validity_hours)),
        )
    )


class StyleChoice(Vertical):
    """Two buttons, two columns; writes `certificates.profile` into the draft."""

    if TYPE_CHECKING:
        app: WizardApp

    def compose(self) -> ComposeResult:
        """The choice, and what comes of it."""
        now = self.app.draft.get("certificates.profile", STYLES[0])
        with RadioSet(id="style", compact=True):
            for style in STYLES:
                yield Pick(style, value=style == now, id=f"style-{style}")
        nodes = self.app.draft.nodes
        first = str(nodes[0].get("name") or "etcd1") if nodes else "etcd1"
        with Horizontal(id="style-columns"):
            for style in STYLES:
                with Vertical(classes="style-column"):
                    yield Words(style, classes="heading")
                    yield Words(what_it_makes(style, first))

    @on(RadioSet.Changed)
    def _chosen(self, event: RadioSet.Changed) -> None:
        event.stop()
        self.app.draft.put("certificates.profile", STYLES[event.index])
        self.app.draft_changed()

    def sync(self) -> None:
        """Answers are read only while they are in use."""
        for choice in self.query(RadioSet):
            choice.disabled = self.app.locked
