"""cells: one typed line as cells of words; comments, quotes and decoration are taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from etcd_tui.spec.imports.place import is_ip
from etcd_tui.spec.imports.ranges import GROUP

_BULLET = re.compile(
    r"[-*+•·‣◦▪●○]\s+|\[[ xX]?\]\s+|[①-⑳]\s*"
    r"|\(?[0-9]{1,3}[.):]\s+|\(?[0-9]{1,3}\)|[0-9]{1,3},\s*(?=\S)"
)
"""What a list of text, Markdown or a word processor puts before its items."""
_SPACED_RANGE = re.compile(r"((?:[0-9]{1,3}\.){3}[0-9]{1,3}) ?([-~]) ?(?=[0-9])")
_SPACED_GROUP = re.compile(r"[\[{][0-9][0-9 ,.:~-]{0,200}[\]}]")
_GROUP = re.compile(GROUP)
_BRACKETS = re.compile(r"\[[^\[\]\s]*\]")
_NAMED = re.compile(r"([^:=@]+):(.+)")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){2}")
_ARROW = re.compile(r"[-=]>|[→⇒]")
_COMMENT = re.compile(r"#|//")
_PROMPT = re.compile(r"\$ ")
_RULE = re.compile(r"[-=~_*+]+")


def without_bullets(line: str) -> str:
    """Return `line` with single spaces, without list marks and without a shell's `$ ` before it."""
    line = " ".join(line.split())
    for pattern in (_BULLET, _BULLET, _PROMPT):
        match = pattern.match(line)
        line = line[match.end() :] if match else line
    return line


def cells(line: str) -> list[list[str]]:
    """Return the words of `line` (from `without_bullets`), by cells.

    `,`, `;` and `|` end a cell, spaces, brackets and arrows end a word. `name = value`,
    `name: value` and `name:address` become one word `name=value`; quotes hold a word or a value
    together. Cells without words are left out.
    """
    return _Scanner(_SPACED_RANGE.sub(r"\1\2", line)).cells()


@dataclass(slots=True)
class _Scanner:
    line: str
    at: int = 0
    word: str = ""
    done: list[list[str]] = field(default_factory=lambda: [[]])

    def cells(self) -> list[list[str]]:
        while self.at < len(self.line):
            if not self.word and _COMMENT.match(self.line, self.at):
                break
            if not self._taken_whole():
                self._take(self.line[self.at])
                self.at += 1
        self._end_word()
        return [cell for cell in self.done if cell]

    def _taken_whole(self) -> bool:
        """Take what is longer than a character: an arrow, a range, brackets, quoted text."""
        arrow = _ARROW.match(self.line, self.at)
        if arrow:
            self._end_word()
            self.at = arrow.end()
            return True
        spaced = _SPACED_GROUP.match(self.line, self.at)
        if spaced and _GROUP.fullmatch(spaced[0].replace(" ", "")):
            self.word += spaced[0].replace(" ", "")
            self.at = spaced.end()
            return True
        brackets = _BRACKETS.match(self.line, self.at)
        if brackets and "," not in brackets[0]:
            self.word += brackets[0]
            self.at = brackets.end()
            return True
        return self._quoted()

    def _quoted(self) -> bool:
        quote = self.line[self.at]
        if quote not in "\"'`" or not (self.word == "" or self.word.endswith("=")):
            return False
        close = self.line.find(quote, self.at + 1)
        if close < 0:
            return False
        self.word += self.line[self.at + 1 : close]
        self.at = close + 1
        return True

    def _take(self, char: str) -> None:
        if char in ",;|":
            self._end_word()
            self.done.append([])
        elif (char == " " and not self._joins()) or char in "()[]{}":
            self._end_word()
        elif char == "=" or (char == ":" and self._is_assignment()):
            self.word += "="
            if self.line[self.at + 1 : self.at + 2] == " ":
                self.at += 1
        elif char != " " and not (char in "\"'`" and not self.word):
            self.word += char

    def _joins(self) -> bool:
        """Tell whether the space here stands before the sign of an assignment."""
        following = self.line[self.at + 1 : self.at + 3]
        assigns = following.startswith("=") and following != "=>"
        return bool(self.word) and (assigns or following == ": ")

    def _is_assignment(self) -> bool:
        followed = self.line[self.at + 1 : self.at + 2] == " "
        return followed and bool(self.word) and not self.word.endswith((":", "="))

    def _end_word(self) -> None:
        named = _NAMED.fullmatch(self.word)
        if named and not is_ip(self.word) and (is_ip(named[2]) or _IPV4.match(named[2])):
            self.word = f"{named[1]}={named[2]}"
        if self.word and not _RULE.fullmatch(self.word):
            self.done[-1].append(self.word)
        self.word = ""
