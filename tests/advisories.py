"""`python -m tests.advisories`: fail if an installed package has a known vulnerability (CI).

pip-audit ends well where it has audited nothing: a package index without the advisories of PyPI
answers 404 for every package, and each is skipped. So what it says is read here: a vulnerability
is a failure, packages that could not be looked up are a warning that says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

_PATIENCE = 300
_WAYS = (("pypi", ()), ("osv", ("--vulnerability-service", "osv")))
"""PyPI's own advisories, or Google's collection of them; one of both that answers is enough."""


@dataclass(frozen=True)
class Audit:
    """What came of one way: packages that were looked up, those that were not, what was found."""

    audited: int = 0
    skipped: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


def read(output: str) -> Audit:
    """Return what pip-audit's JSON says; nothing was audited if it is none."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit()
    skipped = tuple(p["name"] for p in packages if "skip_reason" in p)
    found = tuple(
        f"{p['name']} {p['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'none'}"
        for p in packages
        for v in p.get("vulns", ())
    )
    return Audit(len(packages) - len(skipped), skipped, found)


def verdict(audits: list[Audit]) -> tuple[int, str]:
    """Return the exit code and the message."""
    found = [line for audit in audits for line in audit.found]
    if found:
        return 1, "\n".join(["Known vulnerabilities:", *found])
    best = max(audits, key=lambda audit: audit.audited)
    if not best.audited:
        return 0, "WARNING: no advisory service can be reached from here: nothing was audited."
    # The project itself is on no index.
    left_out = [name for name in best.skipped if name != "etcd-tui"]
    if left_out:
        return 0, f"WARNING: {best.audited} packages audited; not looked up: {', '.join(left_out)}."
    return 0, f"No known vulnerabilities in {best.audited} packages."


def main() -> int:
    """Ask one service after the other until one answers."""
    audits: list[Audit] = []
    for _name, options in _WAYS:
        command = ["-m", "pip_audit", "--progress-spinner", "off", "--format", "json", *options]
        done = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            check=False,
            text=True,
            timeout=_PATIENCE,
        )
        audits.append(read(done.stdout))
        if audits[-1].audited:
            break
    code, message = verdict(audits)
    print(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
