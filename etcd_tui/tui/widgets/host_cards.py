"""HostCards: one card a host: state, step n of m, what it does, for how long. Failed ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from etcd_tui.i18n import N_, _
from etcd_tui.tui.glyphs import Glyphs
from etcd_tui.tui.run_view import CardState, HostCard, RunView

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp

WORDS: dict[CardState, str] = {
    "waiting": N_("waiting"),
    "working": N_("working"),
    "done": N_("done"),
    "failed": N_("failed"),
    "unknown": N_("unknown"),
}
_COLOURS: dict[CardState, str] = {
    "waiting": "$text-muted",
    "working": "$text-primary",
    "done": "$text-success",
    "failed": "$text-error",
    "unknown": "$text-warning",
}
_BAR = 10
_ORDER: dict[CardState, int] = {"failed": 0, "unknown": 1, "working": 2, "waiting": 2, "done": 2}


def bar(done: int, of: int, glyphs: Glyphs, width: int = _BAR) -> str:
    """Return a bar `width` cells wide."""
    full = min(width * done // of, width) if of else 0
    return glyphs.bar * full + glyphs.track * (width - full)


def elapsed(seconds: float) -> str:
    """Return `m:ss`."""
    whole = max(int(seconds), 0)
    return f"{whole // 60}:{whole % 60:02d}"


def _sign(state: CardState, glyphs: Glyphs, now: float) -> str:
    if state == "working":
        return glyphs.spinner[int(now * 10) % len(glyphs.spinner)]
    return {
        "waiting": glyphs.todo,
        "done": glyphs.done,
        "failed": glyphs.problem,
        "unknown": glyphs.unknown,
    }[state]


def card_lines(card: HostCard, view: RunView, glyphs: Glyphs, width: int) -> Content:
    """Return a card: one line, and below it what went wrong and what to do."""
    now = view.clock()
    wide = max([cell_len(name) for name in view.cards] + [6])
    name = set_cell_size(card.host, min(wide, 16))
    word = set_cell_size(_(WORDS[card.state]), 8)
    colour = _COLOURS[card.state]
    took = ""
    if card.began:
        end = now if card.state in ("working", "waiting") and view.running else card.ended
        took = elapsed(end - card.began)
    step = f"{card.number:>2}/{card.of:<2}" if card.of else "     "
    doing = card.doing
    if card.state == "working" and card.total:
        doing = f"{doing} {100 * card.sent // card.total}%"
    room = max(width - cell_len(name) - 34, 8)
    line = Content.assemble(
        (f"{_sign(card.state, glyphs, now)} ", colour),
        (f"{name} ", "bold"),
        (f"{word} ", colour),
        f"{bar(card.finished, card.of, glyphs)} {step} ",
        set_cell_size(doing, room),
        (f" {took:>5}", "$text-muted"),
    )
    if card.state not in ("failed", "unknown"):
        return line
    more = [(f"  {card.what}", colour)] if card.what else []
    if card.cause:
        more.append(("  " + _("Why: {cause}").format(cause=card.cause), ""))
    if card.remedy:
        more.append((f"  {glyphs.arrow} {card.remedy}", "bold"))
    return Content("\n").join([line, *(Content.styled(text, style) for text, style in more)])


class HostCards(VerticalScroll, can_focus=False):
    """The cards, failed hosts first; choosing one shows its log."""

    class Chosen(Message):
        """`host` was chosen; empty: all."""

        def __init__(self, host: str) -> None:
            super().__init__()
            self.host = host

    if TYPE_CHECKING:
        app: WizardApp

    def __init__(self) -> None:
        super().__init__(id="cards")
        self._order: list[str] = []

    def compose(self) -> ComposeResult:
        """A list: arrows choose."""
        yield OptionList(id="card-list", markup=False)

    def show(self, view: RunView) -> None:
        """Draw the cards as they are now."""
        cards = sorted(view.cards.values(), key=lambda card: _ORDER[card.state])
        listing = self.query_one(OptionList)
        width = max(listing.size.width - 2, 40)
        drawn = {card.host: card_lines(card, view, self.app.glyphs, width) for card in cards}
        order = list(drawn)
        if order != self._order:
            chosen = self.chosen
            listing.clear_options()
            listing.add_option(Option(_("All hosts"), id="all"))
            listing.add_options([Option(text, id=f"host-{name}") for name, text in drawn.items()])
            self._order = order
            listing.highlighted = order.index(chosen) + 1 if chosen in order else 0
            return
        for name, text in drawn.items():
            if str(listing.get_option(f"host-{name}").prompt) != str(text):
                listing.replace_option_prompt(f"host-{name}", text)

    @property
    def chosen(self) -> str:
        """The host whose log is wanted; empty: all."""
        number = self.query_one(OptionList).highlighted
        return self._order[number - 1] if number and number <= len(self._order) else ""

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another host was chosen."""
        event.stop()
        self.post_message(self.Chosen(self.chosen))
