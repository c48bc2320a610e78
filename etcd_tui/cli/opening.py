"""opening: the answers and the state folder, and what can begin before the engine is loaded.

To load the engine takes a quarter of a second: bad answers need not wait for that, and meanwhile
another thread can look into the archive that a first install needs.
"""

from __future__ import annotations

import argparse
import contextlib
import threading

from etcd_tui.fetch.archive import ArchiveError
from etcd_tui.fetch.origin import obtain, origin
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.reader import load
from etcd_tui.state_folder import StateFolder
from etcd_tui.state_root import default_root

_INSTALLING = frozenset({"install", "plan", "check"})


def opened(parsed: argparse.Namespace) -> tuple[ClusterSpec, tuple[Problem, ...], StateFolder]:
    """Return the spec, warnings about the answers, and the state folder; AnswersError if bad."""
    spec, warnings = load(parsed.file)
    root = parsed.state_dir.expanduser().absolute() if parsed.state_dir else default_root()
    state = StateFolder(root / spec.cluster.name)
    if parsed.verb in _INSTALLING and not state.token.exists():
        threading.Thread(target=_look_ahead, args=(spec,), daemon=True).start()
    return spec, warnings, state


def _look_ahead(spec: ClusterSpec) -> None:
    """Read the archive for the commonest architecture, if it is here; `inspect` remembers it."""
    if spec.binaries.fetch == "operator":
        # What is wrong with it is told when it is known that it is needed.
        with contextlib.suppress(ArchiveError):
            obtain(origin(spec, "amd64"), download=False)
