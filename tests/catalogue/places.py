"""Where the sources and the catalogue are."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "etcd_tui"
PO = PACKAGE / "locale/zh_CN/LC_MESSAGES/etcd_tui.po"
MO = PO.with_suffix(".mo")
