"""CI fails for a known vulnerability, and says so where nothing could be looked up."""

from __future__ import annotations

import json

from tests.advisories import Audit, read, verdict

CLEAN = {"name": "good", "version": "1", "vulns": []}
SKIPPED = {"name": "away", "skip_reason": "Dependency not found on PyPI"}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


def audited(*packages: object) -> Audit:
    return read(json.dumps({"dependencies": packages, "fixes": []}))


def test_a_vulnerability_is_a_failure_that_names_package_and_remedy() -> None:
    code, message = verdict([audited(CLEAN, BAD, SKIPPED)])
    assert code == 1
    assert "bad 2: CVE-1, mended in 3" in message


def test_a_service_that_knows_no_package_has_audited_nothing() -> None:
    code, message = verdict([audited(SKIPPED), read("a traceback")])
    assert code == 0
    assert message.startswith("WARNING: no advisory service")


def test_packages_that_were_left_out_are_named() -> None:
    own = {**SKIPPED, "name": "etcd-tui"}
    assert verdict([audited(CLEAN, SKIPPED, own)]) == (
        0,
        "WARNING: 1 packages audited; not looked up: away.",
    )
    assert verdict([audited(CLEAN, own)]) == (0, "No known vulnerabilities in 1 packages.")


def test_a_find_of_one_service_counts_whatever_the_other_says() -> None:
    assert verdict([audited(BAD), audited(CLEAN, CLEAN)])[0] == 1
