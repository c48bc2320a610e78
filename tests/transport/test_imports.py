"""What needs no network imports none: --help and the pure rooms stay fast."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["transport", "shell", "sanitise", "sudo", "capture", "secrets"])
def test_it_does_not_import_asyncssh(module: str) -> None:
    code = f"import sys, etcd_tui.remote.{module}; sys.exit('asyncssh' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
