"""opening: the answers and the state folder, and what can begin before the engine is loaded.

To load the engine and to enter hosts takes half a second: bad answers need not wait for that, and
meanwhile another thread can do what a first install needs: look into the archive, and make keys.
"""

from __future__ import annotations

import argparse
import contextlib
import threading
from pathlib import Path

from etcd_tui.fetch.archive import ArchiveError
from etcd_tui.fetch.origin import obtain, origin
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.reader import load
from etcd_tui.state_folder import StateFolder
from etcd_tui.state_root import default_root

_LOOKING = frozenset({"install", "plan", "check"})


def opened(parsed: argparse.Namespace) -> tuple[ClusterSpec, tuple[Problem, ...], StateFolder]:
    """Return the spec, warnings about the answers, and the state folder; AnswersError if bad."""
    spec, warnings = load(parsed.file)
    root = parsed.state_dir.expanduser().absolute() if parsed.state_dir else default_root()
    state = StateFolder(root / spec.cluster.name)
    if parsed.verb in _LOOKING and not state.token.exists():
        store = state.pki if parsed.verb == "install" else None
        threading.Thread(target=_go_ahead, args=(spec, store), daemon=True).start()
    return spec, warnings, state


def _go_ahead(spec: ClusterSpec, store: Path | None) -> None:
    """Read the archive for the commonest architecture, if it is here; `inspect` remembers it.

    An install whose `store` is still empty needs keys for the authority and all certificates.
    """
    if spec.binaries.fetch == "operator":
        # What is wrong with it is told when it is known that it is needed.
        with contextlib.suppress(ArchiveError):
            obtain(origin(spec, "amd64"), download=False)
    if store is not None and not _holds_any(store):
        from etcd_tui.pki.keys import make_ahead
        from etcd_tui.pki.wanted import wanted_certificates

        own = () if spec.certificates.ca else (spec.certificates.key,)
        make_ahead((*own, *(one.key for one in wanted_certificates(spec))))


def _holds_any(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True  # told when the folder is opened
