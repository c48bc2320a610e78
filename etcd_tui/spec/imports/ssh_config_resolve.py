"""resolve: what an ssh_config file says about one alias, by OpenSSH's own rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from etcd_tui.i18n import _
from etcd_tui.spec.imports.pattern import matches_list, matches_words
from etcd_tui.spec.imports.place import port_number
from etcd_tui.spec.imports.ssh_config_file import Directive

_TOKEN = re.compile(r"%(.?)")
_WITHOUT_ARGUMENT = frozenset({"all", "canonical", "final"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """The values for one alias; empty: not said. For each the first one in the file counts."""

    alias: str
    hostname: str
    """In lower case, as ssh connects to it; the alias itself where no HostName applies."""
    user: str = ""
    port: str = ""
    identity_files: tuple[str, ...] = ()
    """All that apply, as they are written."""
    proxy_jump: str = ""
    proxy_command: str = ""
    passed_over: tuple[int, ...] = ()
    """Lines of the `Match` blocks that might apply: only ssh itself can tell."""
    bad_token: str = ""
    """A token in HostName that ssh does not know there; it refuses the file."""


def resolve(directives: Iterable[Directive], alias: str) -> Resolved:
    """Return what `ssh alias` would use. Nothing is run, opened or looked up.

    Conditions of `Match` that can be told from the file are: all, host and originalhost. With any
    other (exec, user, final, …) a block is passed over, unless one of these rules it out already.
    """
    state = _State(alias)
    state.apply(directives, active=True, never=False)
    hostname, bad_token = expanded(state.first.get("hostname", "") or alias, {"h": alias})
    return Resolved(
        alias=alias,
        hostname=hostname.lower(),
        user=state.first.get("user", ""),
        port=state.first.get("port", ""),
        identity_files=tuple(dict.fromkeys(state.identity_files)),
        proxy_jump=state.first.get("proxyjump", ""),
        proxy_command=state.first.get("proxycommand", ""),
        passed_over=tuple(dict.fromkeys(state.passed_over)),
        bad_token=bad_token,
    )


def port_of(resolved: Resolved) -> int:
    """Return the port of `resolved`, 0 if the file says none; Refused if it is no port."""
    if not resolved.port:
        return 0
    # ssh also takes the names of services; this is the only one that makes sense.
    return port_number("22" if resolved.port == "ssh" else resolved.port)


def expanded(text: str, tokens: dict[str, str]) -> tuple[str, str]:
    """Return `text` with its `%` tokens filled in, and the first one that is not in `tokens`."""
    known = {"%": "%", **tokens}
    unknown = [letter for letter in _TOKEN.findall(text) if letter not in known]
    filled = _TOKEN.sub(lambda match: known.get(match[1], match[0]), text)
    return filled, f"%{unknown[0]}" if unknown else ""


@dataclass(slots=True)
class _State:
    alias: str
    first: dict[str, str] = field(default_factory=dict)
    identity_files: list[str] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)

    def apply(self, directives: Iterable[Directive], active: bool, never: bool) -> None:
        """Take the values that apply. `never`: the file is included where nothing applies."""
        for directive in directives:
            if directive.keyword == "host":
                active = not never and matches_words(self.alias, directive.arguments)
            elif directive.keyword == "match":
                active = not never and self._match(directive)
            elif directive.keyword == "include":
                for included in directive.included:
                    # A Host line in it ends with its file.
                    self.apply(included, active, never or not active)
            elif active:
                self._take(directive)

    def _take(self, directive: Directive) -> None:
        value = directive.arguments[0]
        keyword = directive.keyword
        if keyword == "identityfile":
            self.identity_files.append(value)
        elif keyword == "proxyjump" and value.lower() != "none":
            # Whichever of the two comes first rules out the other; "ProxyJump none" does not.
            if not {"proxyjump", "proxycommand"} & self.first.keys():
                self.first |= {"proxyjump": value, "proxycommand": "none"}
        else:
            self.first.setdefault(keyword, value)

    def _match(self, directive: Directive) -> bool:
        unknown = False
        words = iter(directive.arguments)
        for word in words:
            negated = word.startswith("!")
            name, sign, value = word.removeprefix("!").partition("=")
            name = name.lower()
            if name not in _WITHOUT_ARGUMENT and not sign:
                value = next(words, "")
            holds = self._holds(name, value)
            if holds is None:
                unknown = True
            elif holds == negated:
                return False
        if unknown:
            self.passed_over.append(directive.line)
        return not unknown

    def _holds(self, name: str, value: str) -> bool | None:
        """Tell whether one condition holds; None if it cannot be told here."""
        if name == "all":
            return True
        if name == "originalhost":
            return matches_list(self.alias, value)
        if name == "host":
            hostname, _unknown = expanded(self.first.get("hostname", ""), {"h": self.alias})
            return matches_list(hostname or self.alias, value)
        return None


def passed_over_note(lines: Iterable[int]) -> str:
    """Return the sentence about `Match` blocks in `lines` that were passed over."""
    numbers = ", ".join(map(str, lines))
    return _("Match blocks that only ssh can decide were passed over: lines {lines}.").format(
        lines=numbers
    )
