"""Run the tool and kill it at a moment: `python -m tests.hosts.killed_run "after etcd1 unit" …`.

The rest of the words is the tool's own command line. The product has no hook for this: every
event passes `Stream.emit`, and a process that gets SIGKILL there does nothing more.
"""

from __future__ import annotations

import os
import signal
import sys
from unittest.mock import patch

from etcd_tui.apply.events import Event, Stream, as_json
from etcd_tui.cli import main
from tests.hosts.moment import Moment


def run(moment: Moment, arguments: list[str]) -> int:
    """Run the tool; return its exit code if the moment did not come."""
    tell = Stream.emit

    def emit(stream: Stream, event: Event) -> None:
        has_come = moment.has_come(as_json(event))
        if has_come and moment.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        tell(stream, event)
        if has_come:
            os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(Stream, "emit", emit):
        return main(arguments)


if __name__ == "__main__":
    sys.exit(run(Moment.named(sys.argv[1]), sys.argv[2:]))
