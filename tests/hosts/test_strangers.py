"""A stranger who is turned away leaves the cluster proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import assert_proven

pytestmark = pytest.mark.lab


def test_a_stranger_with_a_foreign_certificate_is_no_fault_of_the_cluster(
    installed: Cluster, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger"]
    lab = installed.lab
    lab.run_operator([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    url = f"https://{installed.host_of('etcd1').address}:2379/health"
    call = ["curl", "-sk", "--cert", certificate, "--key", key, url]

    refused = lab.run_operator(call, capture_output=True)

    assert refused.returncode != 0
    assert b"true" not in refused.stdout
    assert_proven(installed, installed.json("verify"))
