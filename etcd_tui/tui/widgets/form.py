"""Form: fields for keys of the answers file; what is typed goes into the draft at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select

from etcd_tui.i18n import _
from etcd_tui.secret import Secret
from etcd_tui.tui.answer_keys import answer_key, as_typed, from_typed
from etcd_tui.tui.labels import label
from etcd_tui.tui.widgets.toggles import Tick
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp


class Field(Vertical):
    """One key: its label, an input of its kind, and below it what is wrong with the value."""

    class Changed(Message):
        """The draft has another value at `path` now."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    if TYPE_CHECKING:
        app: WizardApp

    def __init__(self, path: str, *, inherited: str = "") -> None:
        super().__init__(classes="field")
        self.path = path
        self.answer = answer_key(path)
        self.inherited = inherited
        """The path whose value rules where this one is empty; empty: the default."""

    def compose(self) -> ComposeResult:
        """Label and input in one line, the problem below."""
        with Horizontal(classes="field-row"):
            yield Words(label(self.answer.path), classes="field-label")
            yield self._input()
        yield Words(classes="field-problem")

    def _input(self) -> Widget:
        value = self.app.draft.get(self.path)
        match self.answer.kind:
            case "flag":
                return Tick("", value=self._flag(value), compact=True)
            case "choice":
                chosen = value if value in self.answer.choices else self._ruling()
                options = [(word, word) for word in self.answer.choices]
                return Select(options, value=chosen, allow_blank=False, compact=True)
            case "secret":
                typed = self.path in self.app.draft.secrets
                held = "" if not typed else self.app.draft.secrets[self.path].reveal()
                return Input(held, password=True, compact=True, placeholder=self._secret_hint())
            case kind:
                text = as_typed(kind, value)
                return Input(text, placeholder=self._hint(), compact=True)

    def _hint(self) -> str:
        """What rules where nothing is typed, or else an example, named as one."""
        rule = as_typed(self.answer.kind, self._ruling())
        example = self.answer.key.example.strip('[]{}"')
        return rule or (_("e.g. {example}").format(example=example) if example else "")

    def _secret_hint(self) -> str:
        value = self.app.draft.get(self.path)
        if isinstance(value, dict) and "env" in value:
            return _("taken from the environment variable {name}").format(name=value["env"])
        if isinstance(value, dict) and "file" in value:
            return _("taken from the file {path}").format(path=value["file"])
        if isinstance(value, dict):
            return _("asked for before each run")
        return _("none; kept in memory only")

    def _ruling(self) -> Any:
        """The value that holds where nothing is typed."""
        other = self.app.draft.get(self.inherited) if self.inherited else None
        return self.answer.default if other is None else other

    def _flag(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        ruling = self._ruling()
        if self.answer.path == "certificates.shared_key" and ruling is None:
            return self.app.draft.spec.certificates.one_key_for_all
        return bool(ruling)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.answer.kind == "secret":
            old = self.app.draft.secrets.get(self.path)
            if event.value != (old.reveal() if old else ""):
                secret = Secret(event.value) if event.value else None
                self.app.draft.put_secret(self.path, secret)
                self._told()
            return
        self._put(from_typed(self.answer.kind, event.value))

    @on(Select.Changed)
    def _selected(self, event: Select.Changed) -> None:
        event.stop()
        # What rules anyway is not written: the file stays small, and a default may improve.
        same = event.value == self._ruling()
        self._put(None if same and not self.answer.key.smallest else event.value)

    @on(Checkbox.Changed)
    def _checked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._put(None if event.value == self._flag(None) else event.value)

    def _put(self, value: Any) -> None:
        if value == self.app.draft.get(self.path):
            return
        self.app.draft.put(self.path, value)
        self._told()

    def _told(self) -> None:
        self.app.draft_changed()
        self.post_message(self.Changed(self.path))

    def sync(self) -> None:
        """Show what is wrong now; the input itself is the typist's."""
        problem = self.app.draft.problem_at(self.path)
        below = self.query_one(".field-problem", Words)
        self.disabled = self.app.locked
        self.set_class(problem is not None, "-wrong")
        if problem is None:
            below.say("")
            return
        bad = problem.severity == "error"
        sign = self.app.glyphs.problem if bad else self.app.glyphs.warning
        below.say(f"{sign} {problem.what} {problem.fix}")
        below.set_class(not bad, "-warning")


class Form(VerticalScroll, can_focus=False):
    """Fields one below the other, and one line that explains the one with the focus."""

    def __init__(self, fields: Sequence[Field], *, id: str | None = None) -> None:
        super().__init__(id=id, classes="form")
        self._made = fields

    def compose(self) -> ComposeResult:
        """The fields."""
        yield from self._made

    def sync(self) -> None:
        """Show every field's problem."""
        for field in self.query(Field):
            field.sync()

    def focus_path(self, path: str) -> bool:
        """Focus the field of the key `path`; False if there is none here."""
        for field in self.query(Field):
            if path == field.path or path.startswith((f"{field.path}[", f"{field.path}.")):
                for child in field.query("Input, Select, Checkbox"):
                    child.focus()
                    return True
        return False

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the focused field where the screen has a place for it."""
        for node in event.widget.ancestors:
            if isinstance(node, Field):
                for hint in self.screen.query("#hint"):
                    if isinstance(hint, Words):
                        hint.say(_(node.answer.key.doc))
