"""Certificates: the style, what is different from it, and the names in every certificate."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from etcd_tui.i18n import _
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.steps import belongs_to
from etcd_tui.tui.widgets.form import Field, Form
from etcd_tui.tui.widgets.style_choice import StyleChoice
from etcd_tui.tui.widgets.words import Words

_SUBJECT = (
    "country", "state", "locality", "organization", "organizational_unit", "common_name",
)  # fmt: skip
KEYS = (
    "key", "validity", "ca_validity", "shared_key", "sans",
    *(f"subject.{name}" for name in _SUBJECT),
    "ca.certificate", "ca.key", "ca.chain", "ca.passphrase",
)  # fmt: skip


class CertificatesScreen(WizardScreen):
    """The choice above, the form at the left, the SANs of every host at the right."""

    key = "certificates"
    _drawn = -1

    def body(self) -> ComposeResult:
        """Style, form, SANs."""
        yield StyleChoice()
        with Horizontal(id="certificate-columns"):
            yield Form([Field(f"certificates.{name}") for name in KEYS])
            with Vertical(id="san-column"):
                yield Words(_("Names in the certificates (SANs)"), classes="heading")
                with VerticalScroll(can_focus=False):
                    yield Words("", id="sans")
        yield Words("", id="hint")

    def sync(self) -> None:
        """Show problems, and the SANs as they will be."""
        self.query_one(StyleChoice).sync()
        self.query_one(Form).sync()
        if self._drawn != self.app.draft.revision:
            self._drawn = self.app.draft.revision
            self.query_one("#sans", Words).say(self._sans())

    def _sans(self) -> Content:
        from etcd_tui.pki.wanted import wanted_certificates

        spec = self.app.draft.spec
        if not spec.nodes or any(not node.name or not node.address for node in spec.nodes):
            return Content(_("Shown when every host has a name and an address."))
        lines = []
        for wanted in wanted_certificates(spec):
            if wanted.role != "host":
                continue
            names = ", ".join((*wanted.dns, *map(str, wanted.addresses)))
            lines.append(Content.assemble((f"{wanted.holder}: ", "bold"), names))
        return Content("\n").join(lines)

    def first_problem(self) -> str:
        """Focus the first problem and say it."""
        for problem in self.app.draft.errors:
            if belongs_to(problem.key) == self.key:
                self.query_one(Form).focus_path(problem.key)
                return f"{problem.what} {problem.fix}"
        return ""
