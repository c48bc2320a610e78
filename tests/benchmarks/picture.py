"""The picture: bars per case, as SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.benchmarks.results import Results
from tests.benchmarks.table import WHO, hosts_text

_CASES = (
    ("fresh", 3, "near", "Fresh install, {hosts}"),
    ("fresh", 7, "near", "Fresh install, {hosts}"),
    ("again", 3, "near", "Nothing to do, {hosts}"),
    ("changed", 3, "near", "One setting changed, {hosts}"),
    ("fresh", 3, "far", "Fresh install, {hosts}, slow line"),
    ("again", 3, "far", "Nothing to do, {hosts}, slow line"),
)
_COLOURS = {
    "etcd-tui": "#0b6e4f",
    "floor": "#8a8f98",
    "guide": "#c98b2b",
    "Ansible": "#a33a3a",
    "pyinfra": "#5b5ba8",
}
_WIDTH = 820
_LEFT = 90
_LONGEST = 520
_BAR = 16
_ROW = 21


def svg(results: Results) -> str:
    """Return the picture; each case has a scale of its own, so each bar says its seconds."""
    parts: list[str] = []
    y = 14
    for case, hosts, line, title in _CASES:
        found = [(who, results.median(case, hosts, line, who)) for who in WHO]
        bars = [(who, seconds) for who, seconds in found if seconds is not None]
        if not bars:
            continue
        parts.append(_text(14, y + 14, title.format(hosts=hosts_text(hosts)), bold=True))
        y += 24
        longest = max(seconds for _, seconds in bars)
        least = dict(bars).get("floor")
        for who, seconds in bars:
            parts += _bar(y, who, seconds, longest, least)
            y += _ROW
        y += 12
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}"'
        f' viewBox="0 0 {_WIDTH} {y}" font-family="sans-serif" font-size="13">'
    )
    ground = f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>'
    return "\n".join([head, "<title>Seconds by case and contender</title>", ground, *parts]) + (
        "\n</svg>\n"
    )


def _bar(y: int, who: str, seconds: float, longest: float, least: float | None) -> list[str]:
    width = max(1.0, seconds / longest * _LONGEST)
    ratio = f", {seconds / least:.2f} × floor" if least and who != "floor" else ""
    return [
        _text(14, y + 12, who),
        f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS[who]}"/>',
        _text(_LEFT + width + 8, y + 12, f"{seconds:.2f} s{ratio}"),
    ]


def _text(x: float, y: float, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#1f2328"{weight}>{escape(words)}</text>'
