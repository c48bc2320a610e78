"""How a service's process ended, in systemd's words: they are what the diagnosis reads."""

from __future__ import annotations

import signal

_CLEAN = frozenset({0, *(-number for number in (signal.SIGHUP, signal.SIGINT))}) | {
    -signal.SIGTERM,
    -signal.SIGPIPE,
}
_DUMPING = frozenset(
    {signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
)
_STATUSES = {
    0: "SUCCESS",
    1: "FAILURE",
    2: "INVALIDARGUMENT",
    203: "EXEC",
    217: "USER",
}


def result_of(status: int) -> str:
    """Return the unit's result for an exit status, or minus the number of a signal."""
    if status in _CLEAN:
        return "success"
    if status > 0:
        return "exit-code"
    return "core-dump" if -status in _DUMPING else "signal"


def words_of(status: int) -> str:
    """Return `code=exited, status=1/FAILURE` and the like."""
    if status >= 0:
        return f"code=exited, status={status}/{_STATUSES.get(status, 'n/a')}"
    name = signal.Signals(-status).name.removeprefix("SIG")
    code = "dumped" if -status in _DUMPING else "killed"
    return f"code={code}, status={-status}/{name}"


def restarts(policy: str, result: str) -> bool:
    """Whether a service with this `Restart=` is started again (systemd.service(5))."""
    match policy:
        case "always":
            return True
        case "on-failure":
            return result != "success"
        case "on-abnormal":
            return result in ("signal", "core-dump", "timeout")
        case "on-abort":
            return result in ("signal", "core-dump")
        case "on-success":
            return result == "success"
        case _:
            return False
