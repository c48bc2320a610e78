"""The scripts that change a host, each with the library of locks and records before it."""

from functools import cache
from pathlib import Path

from etcd_tui.observe.firewall import FIREWALL_LOOK

_FOLDER = Path(__file__).parent
# It changes nothing and may take minutes, so it must not hold the lock.
_WITHOUT_LIBRARY = frozenset({"wait_ready"})


@cache
def script_text(name: str) -> str:
    """Return the POSIX sh text of script `name`; its first argument is the host's state folder."""
    text = (_FOLDER / f"{name}.sh").read_text("ascii")
    if name in _WITHOUT_LIBRARY:
        return "set -eu\nshift\n" + text
    library = (_FOLDER / "lib.sh").read_text("ascii")
    if name.startswith("firewall_"):
        library += FIREWALL_LOOK.read_text("ascii")
    return library + text
