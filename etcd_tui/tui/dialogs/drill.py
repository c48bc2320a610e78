"""DrillDialog: what a drill does, and whom it stops."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words
from etcd_tui.verify.drill import Target


class DrillDialog(Dialog[Target]):
    """Gives whom to stop; None: nobody."""

    def __init__(self) -> None:
        super().__init__(_("HA drill: does the cluster survive a member?"))

    def body(self) -> ComposeResult:
        """Said before anything is stopped."""
        yield Words(
            _(
                "One member is stopped for some seconds and started again. Meanwhile writes go "
                "on through the others: the time of the election and the longest gap between two "
                "writes are measured. Then the whole cluster is proven again."
            )
        )
        yield Words("")
        yield Words(
            _(
                "The host starts the member again by itself, even if this tool is killed. Clients "
                "without a retry may notice the gap."
            )
        )

    def buttons(self) -> ComposeResult:
        """Whom to stop."""
        yield Button(_("Stop the leader"), id="leader", compact=True, variant="warning")
        yield Button(_("Kill the leader"), id="crash", compact=True, variant="error")
        yield Button(_("Stop a follower"), id="follower", compact=True)
        yield Button(_("Close"), id="close", compact=True, variant="primary")

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        targets: dict[str, Target] = {
            "leader": "leader",
            "follower": "follower",
            "crash": "crash",
        }
        self.dismiss(targets.get(event.button.id or ""))
