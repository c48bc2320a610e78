"""The table: what was measured, as Markdown for the README."""

from __future__ import annotations

from tests.benchmarks.results import Results, median
from tests.benchmarks.rounds import RATE, ROUND_TRIP

WHO = ("etcd-tui", "floor", "guide", "Ansible", "pyinfra")
_ROWS = (
    ("fresh", "near", "Fresh install, {hosts}"),
    ("again", "near", "Nothing to do, {hosts}"),
    ("changed", "near", "One setting changed, {hosts}"),
    ("check", "near", "`check`, {hosts}"),
    ("status", "near", "`status`, {hosts}"),
    ("fresh", "far", "Fresh install, {hosts}, slow line"),
    ("again", "far", "Nothing to do, {hosts}, slow line"),
    ("changed", "far", "One setting changed, {hosts}, slow line"),
    ("check", "far", "`check`, {hosts}, slow line"),
    ("status", "far", "`status`, {hosts}, slow line"),
)
_COSTS = (
    ("cpu", "fresh", "near", "Operator's processor, fresh install", "{:.1f} s", 1),
    ("memory", "fresh", "near", "Operator's memory, largest process", "{:.0f} MB", 1),
    ("to_host", "fresh", "far", "Sent to a host, fresh install", "{:.1f} MB", 1e6),
    ("from_host", "fresh", "far", "Received from a host, fresh install", "{:.2f} MB", 1e6),
    ("to_host", "again", "far", "Sent to a host, nothing to do", "{:.0f} kB", 1e3),
    ("from_host", "again", "far", "Received from a host, nothing to do", "{:.0f} kB", 1e3),
    ("round_trips", "fresh", "far", "Round trips to a host, fresh install", "{:.0f}", 1),
    ("round_trips", "again", "far", "Round trips to a host, nothing to do", "{:.0f}", 1),
)
_ALONE = (
    ("python", "`python -c pass`, for comparison", "{:.0f} ms"),
    ("help", "`etcd-tui --help`", "{:.0f} ms"),
    ("validate", "`etcd-tui answers validate`", "{:.0f} ms"),
    ("frame", "start to the wizard's first frame", "{:.0f} ms"),
    ("key_p50", "key to paint while 7 hosts print 7000 lines/s, median", "{:.0f} ms"),
    ("key_p99", "the same, 99th percentile", "{:.0f} ms"),
    ("growth", "memory that a million log lines add", "{:+.1f} MB"),
    ("check_100_seconds", "`check` of 100 practice hosts on the same machine", "{:.1f} s"),
    ("check_100_memory", "its memory", "{:.0f} MB"),
)


def markdown(results: Results) -> str:
    """Return the part of the README, without the markers around it."""
    parts = [
        _about(results),
        "![Bars for each case](screenshots/measured/benchmarks.svg)",
        _grid(["", *WHO], _times(results)),
        _grid(["", *WHO], _costs(results)),
        _grid(["The tool itself", "median"], _alone(results)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(results: Results) -> str:
    beside = _beside(results, "Ansible")
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"Measured {results.date} on {results.machine}; {versions}. Repeat it with "
        f"`{results.command}`. Each cell: how many times the floor's time, and the median. All"
        " contenders install the same tarball over SSH on hosts as new, in turns; only etcd-tui"
        " checks the archive, the hosts and, in the end, the cluster, and that is in its time."
        " New members that start at the same moment may wait a second for each other, and then"
        " it is chance how soon they elect a leader, so a fresh install may take a second or two"
        " longer, the floor's too: the more members, the more often. etcd-tui starts them a little"
        " apart."
        f" The slow line has a round trip of {ROUND_TRIP * 1000:.0f} ms and"
        f" {RATE / 1e6:.0f} Mbit/s for each host. [How it is measured](tests/benchmarks/README.md)."
        f"{beside}"
    )


def _beside(results: Results, who: str) -> str:
    """Return a sentence with the tool's share of somebody's time, or nothing."""
    said = []
    for case, words in (("fresh", "a fresh install"), ("again", "a second run")):
        ours = results.median(case, 3, "near", "etcd-tui")
        theirs = results.median(case, 3, "near", who)
        if ours and theirs:
            said.append(f"{ours / theirs:.2f} of {who}'s time for {words}")
    return f" On three hosts etcd-tui takes {' and '.join(said)}." if said else ""


def _grid(head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def hosts_text(count: int) -> str:
    """Return `1 host` or `3 hosts`."""
    return "1 host" if count == 1 else f"{count} hosts"


def _times(results: Results) -> list[list[str]]:
    rows = []
    for case, line, title in _ROWS:
        sizes = {run.hosts for run in results.runs if (run.case, run.line) == (case, line)}
        for size in sorted(sizes):
            cells = [_time(results, case, size, line, who) for who in WHO]
            rows.append([title.format(hosts=hosts_text(size)), *cells])
    return rows


def _time(results: Results, case: str, hosts: int, line: str, who: str) -> str:
    mine = results.median(case, hosts, line, who)
    least = results.median(case, hosts, line, "floor")
    if mine is None:
        return ""
    return f"{mine / least:.2f} × ({mine:.2f} s)" if least else f"{mine:.2f} s"


def _costs(results: Results) -> list[list[str]]:
    rows = []
    for what, case, line, title, form, unit in _COSTS:
        found = [results.median(case, 3, line, who, what) for who in WHO]
        if any(found):
            cells = ["" if value is None else form.format(value / unit) for value in found]
            rows.append([f"{title}, 3 hosts", *cells])
    return rows


def _alone(results: Results) -> list[list[str]]:
    found = [(title, form, median(results.alone.get(name, []))) for name, title, form in _ALONE]
    return [[title, form.format(value)] for title, form, value in found if value is not None]
