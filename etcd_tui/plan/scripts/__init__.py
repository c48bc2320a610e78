"""The scripts that change a host, each with the library of locks and records before it."""

from functools import cache
from pathlib import Path

from etcd_tui.observe.firewall import FIREWALL_LOOK

_FOLDER = Path(__file__).parent
# One changes nothing and may take minutes, so it must not hold the lock; one takes it away.
_WITHOUT_LIBRARY = frozenset({"wait_ready", "release_host"})
TAKE_HOST = "take_host"
HELD = 74
"""Exit status of a script on a host that another run holds; `SECONDS LINE` of it is printed."""
CHANGED = 76
"""Exit status of `take_host` where another run has held the host since it was looked at."""


@cache
def script_text(name: str) -> str:
    """Return the POSIX sh text of script `name`; its first argument is the host's state folder."""
    text = (_FOLDER / f"{name}.sh").read_text("ascii")
    if name in _WITHOUT_LIBRARY:
        return "set -eu\nshift\n" + text
    library = (_FOLDER / "lib.sh").read_text("ascii")
    if name.startswith("firewall_"):
        library += FIREWALL_LOOK.read_text("ascii")
    return library + ("" if name == TAKE_HOST else "hold\n") + text
