"""WideHelp: argparse's help for a language without blanks, whose characters take two cells."""

from __future__ import annotations

import argparse

from etcd_tui.cells import wrap


class WideHelp(argparse.HelpFormatter):
    """Wraps by terminal cells; argparse itself counts characters and breaks only at blanks."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width - len(indent)))
