"""Secrets come from where the answers say, once, and show nowhere."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from etcd_tui.errors import UsageError
from etcd_tui.remote.secrets import Secrets
from etcd_tui.secret import Secret
from etcd_tui.spec.model import SecretRef


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_PW", "hush")
    assert Secrets(None).get(SecretRef("env", "SUDO_PW"), "sudo").reveal() == "hush"


@pytest.mark.parametrize("value", [None, ""])
def test_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SUDO_PW", raising=False)
    if value is not None:
        monkeypatch.setenv("SUDO_PW", value)
    with pytest.raises(UsageError, match="SUDO_PW") as caught:
        Secrets(None).get(SecretRef("env", "SUDO_PW"), "the sudo password")
    assert "the sudo password" in caught.value.what
    assert "SUDO_PW" in caught.value.remedy


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> SecretRef:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return SecretRef("file", str(path))


@pytest.mark.parametrize("content", [b"hush", b"hush\n", b"hush\r\n"])
def test_from_a_file_without_its_line_end(tmp_path: Path, content: bytes) -> None:
    assert Secrets(None).get(secret_file(tmp_path, content), "x").reveal() == "hush"


def test_from_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    secret_file(tmp_path, b"hush")
    assert Secrets(None).get(SecretRef("file", "~/secret"), "x").reveal() == "hush"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match="Others can read") as caught:
        Secrets(None).get(secret_file(tmp_path, b"hush", mode), "x")
    assert caught.value.remedy == f"chmod 600 {tmp_path / 'secret'}"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"two\nlines"])
def test_a_file_without_one_line_of_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError):
        Secrets(None).get(secret_file(tmp_path, content), "x")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gone"):
        Secrets(None).get(SecretRef("file", str(tmp_path / "gone")), "x")


def test_a_person_is_asked_once_for_each_purpose() -> None:
    asked: list[str] = []

    def prompt(purpose: str) -> Secret:
        asked.append(purpose)
        return Secret(f"answer {len(asked)}")

    secrets = Secrets(prompt)
    ref = SecretRef("prompt")
    answers = [secrets.get(ref, purpose).reveal() for purpose in ("sudo", "sudo", "key", "sudo")]
    assert answers == ["answer 1", "answer 1", "answer 2", "answer 1"]
    assert asked == ["sudo", "key"]


def test_with_nobody_to_ask_the_remedy_is_another_source() -> None:
    with pytest.raises(UsageError, match="sudo") as caught:
        Secrets(None).get(SecretRef("prompt"), "the sudo password")
    assert "env" in caught.value.remedy


def test_a_literal_is_itself() -> None:
    assert Secrets(None).get(SecretRef("inline", inline=Secret("hush")), "x").reveal() == "hush"


def test_no_repr_and_no_traceback_shows_a_secret(tmp_path: Path) -> None:
    ref = SecretRef("inline", inline=Secret("hush"))
    secrets = Secrets(None)
    secrets.get(ref, "x")
    assert "hush" not in repr(ref) + repr(vars(secrets)) + str(secrets)
    try:
        secrets.get(secret_file(tmp_path, b"h" + b"ush\n" * 2), "x")
    except UsageError as error:
        assert "hush" not in "".join(traceback.format_exception(error)) + repr(vars(error))
