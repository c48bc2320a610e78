"""Keys that are made ahead: each is given away once, and only where an install needs some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etcd_tui.cli import opening
from etcd_tui.pki import keys
from etcd_tui.pki.keys import PrivateKey, generate_key, make_ahead, public_bits
from etcd_tui.spec.model import Binaries, Certificates, ClusterSpec, KeyType
from tests.unit.situations import spec_of


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[KeyType]]:
    """The types of the keys that were made."""
    types: list[KeyType] = []
    really = keys._made

    def note(key_type: KeyType) -> PrivateKey:
        types.append(key_type)
        return really(key_type)

    monkeypatch.setattr(keys, "_made", note)
    yield types
    keys._AHEAD.clear()


def spec(**certificates: object) -> ClusterSpec:
    return spec_of(
        certificates=Certificates(key="ecdsa-p256", **certificates),  # type: ignore[arg-type]
        binaries=Binaries(source="/nowhere/{arch}.tar.gz"),
    )


def test_a_key_is_given_to_one_alone_and_never_of_another_type(made: list[KeyType]) -> None:
    make_ahead(["ecdsa-p256", "ecdsa-p256", "ecdsa-p384"])
    given = [generate_key("ecdsa-p256") for _number in range(3)]
    assert made == ["ecdsa-p256", "ecdsa-p256", "ecdsa-p384", "ecdsa-p256"]
    assert len({public_bits(key.public_key()) for key in given}) == 3
    assert {key.curve.name for key in given} == {"secp256r1"}  # type: ignore[union-attr]


@pytest.mark.parametrize(("profile", "count"), [("cfssl", 5), ("openssl", 3)])
def test_a_first_install_has_a_key_for_the_authority_and_each_certificate(
    profile: str, count: int, made: list[KeyType], tmp_path: Path
) -> None:
    opening._go_ahead(spec(profile=profile), tmp_path / "pki")
    assert made == ["ecdsa-p256"] * count


def test_whoever_has_keys_or_installs_nothing_makes_none(
    made: list[KeyType], tmp_path: Path
) -> None:
    opening._go_ahead(spec(), None)
    (tmp_path / "ca-key.pem").touch()
    opening._go_ahead(spec(), tmp_path)
    opening._go_ahead(spec(), tmp_path / "ca-key.pem")  # no folder: told when it is opened
    assert made == []
