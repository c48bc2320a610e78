"""What is known about releases."""

from __future__ import annotations

import pytest

from etcd_tui.spec.releases import (
    ARCHITECTURES,
    LATEST_STABLE,
    LINES,
    newest,
    pinned_sha256,
    release,
)


def test_the_newest_of_each_line_is_safe_and_for_production() -> None:
    for line in LINES:
        assert newest(line.name) == line.newest
        best = release(line.newest)
        assert (best.line, best.unsafe, best.for_production) == (line.name, False, True)
    assert newest("3.7") == LATEST_STABLE


@pytest.mark.parametrize("patch", [0, 1, 2])
def test_the_first_three_of_3_5_are_unsafe(patch: int) -> None:
    assert release(f"3.5.{patch}").unsafe
    assert not release(f"3.5.{patch + 3}").unsafe
    assert not release(f"3.6.{patch}").unsafe


def test_3_4_gets_no_more_patches_and_has_no_etcdutl() -> None:
    old, new = release("3.4.23"), release("3.5.30")
    assert (old.end_of_life, old.has_etcdutl) == (True, False)
    assert (new.end_of_life, new.has_etcdutl) == (False, True)


def test_3_4_starts_on_arm64_only_when_told_to() -> None:
    assert release("3.4.45").needs_unsupported_arch("arm64")
    assert not release("3.5.30").needs_unsupported_arch("arm64")
    assert "s390x" not in release("3.4.45").architectures
    assert release("3.5.30").architectures == ARCHITECTURES


@pytest.mark.parametrize(
    ("version", "name", "known"),
    [
        ("3.4.24", "ETCD_TLS_MIN_VERSION", False),
        ("3.4.25", "ETCD_TLS_MIN_VERSION", True),
        ("3.5.4", "ETCD_EXPERIMENTAL_COMPACT_HASH_CHECK_ENABLED", False),
        ("3.5.5", "ETCD_EXPERIMENTAL_COMPACT_HASH_CHECK_ENABLED", True),
        ("3.5.30", "ETCD_ENABLE_V2", True),
        ("3.6.0", "ETCD_ENABLE_V2", False),
        ("3.6.0", "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK", True),
        ("3.7.0", "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK", False),
        ("3.6.0", "ETCD_FEATURE_GATES", True),
        ("3.5.30", "ETCD_NAME", True),
        ("3.5.30", "ETCD_VERSION", False),
        ("3.5.30", "ETCD_RUBBISH", False),
    ],
)
def test_a_release_understands_the_settings_of_its_time(
    version: str, name: str, known: bool
) -> None:
    assert release(version).understands(name) is known
    assert (name in release(version).environment_names()) is known


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("3.4.23", ["ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK"]),
        ("3.5.1", ["ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK"]),
        (
            "3.5.30",
            [
                "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK",
                "ETCD_EXPERIMENTAL_COMPACT_HASH_CHECK_ENABLED",
            ],
        ),
        ("3.6.14", ["ETCD_FEATURE_GATES"]),
        ("3.7.1", ["ETCD_FEATURE_GATES"]),
    ],
)
def test_corruption_checks_are_asked_for_in_the_words_of_the_release(
    version: str, names: list[str]
) -> None:
    about = release(version)
    assert [name for name, _value in about.corruption_check_environment()] == names
    assert all(about.understands(name) for name in names)


def test_every_known_setting_has_a_name_that_etcd_can_have() -> None:
    for line in LINES:
        names = release(line.newest).environment_names()
        assert len(names) > 80
        assert all(name.startswith("ETCD_") and name.isupper() for name in names)


def test_unknown_lines_and_other_texts_are_told_apart() -> None:
    with pytest.raises(LookupError):
        release("3.8.0")
    with pytest.raises(LookupError):
        newest("2.3")
    for text in ("3.5", "v3.5.30", "3.5.30\n", "3.5.030", "3.5.1000"):
        with pytest.raises(ValueError, match="3"):
            release(text)


def test_sums_are_pinned_for_what_upstream_published() -> None:
    known = pinned_sha256("3.5.30", "amd64")
    assert known == "a495115162845640be08c6cda069ff961260dbced53207c5a83b1b006ff2ea8e"
    assert pinned_sha256("3.5.30", "arm64") not in (None, known)
    assert pinned_sha256("3.5.30", "riscv64") is None
    assert pinned_sha256("3.5.99", "amd64") is None
