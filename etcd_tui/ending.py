"""finish: how a run ended, as the last event of its stream. Light: bad answers end here, too."""

from __future__ import annotations

import time

from etcd_tui.apply.events import Finished, ProblemFound, Stream
from etcd_tui.errors import AnswersError, EtcdTuiError


def finish(
    stream: Stream,
    verb: str,
    error: EtcdTuiError,
    began: float,
    *,
    cluster: str = "",
    report: str = "",
) -> Finished:
    """Tell `error` as the last event and return that. `began` is of `time.monotonic`."""
    if isinstance(error, AnswersError):
        for problem in error.problems:
            stream.emit(ProblemFound(problem))
    last = Finished(
        exit=int(error.exit),
        verb=verb,
        cluster=cluster,
        what=error.what,
        host=error.host,
        step=error.step,
        cause=error.cause,
        remedy=error.remedy,
        seconds=round(time.monotonic() - began, 3),
        report=report,
    )
    stream.emit(last)
    return last
