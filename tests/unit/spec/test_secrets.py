"""Secrets stand in the file by reference; a literal one only in a file nobody else can read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etcd_tui.errors import AnswersError
from etcd_tui.secret import Secret
from etcd_tui.spec.model import SecretRef
from etcd_tui.spec.reader import load
from etcd_tui.spec.writer import dump

from .conftest import SMALLEST, answers, problems, read, the_error

SECRET = "hunter2-and-more"


def test_secrets_are_referred_to() -> None:
    spec, _ = read(
        answers(
            ssh__passphrase={"env": "KEY_PW"},
            ssh__password={"prompt": True},
            ssh__user="admin",
            ssh__sudo_password={"file": "~/pw"},
        )
    )
    assert spec.ssh.passphrase == SecretRef("env", "KEY_PW")
    assert spec.ssh.password == SecretRef("prompt")
    assert spec.ssh.sudo_password == SecretRef("file", "~/pw")


@pytest.mark.parametrize(
    "reference",
    [
        {"env": SECRET},
        {"evn": SECRET},
        {"env": "A", "file": SECRET},
        {"prompt": False},
        {"prompt": SECRET},
        {"file": f"{SECRET}\n"},
        {"env": [SECRET]},
        {SECRET: "env"},
        [SECRET],
        {},
        {"env": 12345678},
    ],
)
@pytest.mark.parametrize("private", [True, False])
def test_other_references_are_refused_without_being_shown(reference: object, private: bool) -> None:
    (problem,) = problems(answers(ssh__password=reference), literal_secrets=private)
    assert problem.severity == "error"
    assert "hunter2" not in repr(problem)
    assert "12345678" not in repr(problem)


@pytest.mark.parametrize("literal", [SECRET, 12345678, True, "", "two\nlines"])
def test_a_literal_in_a_file_that_is_not_private_is_refused_without_being_shown(
    literal: object,
) -> None:
    problem = the_error(answers(ssh__password=literal))
    assert "not private" in problem.what
    assert str(literal) not in problem.what or literal in ("", True)


def test_a_number_as_a_secret_is_to_be_quoted_and_not_shown() -> None:
    (problem,) = problems(answers(ssh__password=12345678), literal_secrets=True)
    assert "quotes" in problem.fix
    assert "12345678" not in repr(problem)


def saved(folder: Path, mode: int) -> Path:
    path = folder / "answers.yaml"
    path.write_text(SMALLEST.replace("user: root", f"password: {SECRET}"))
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_literal_in_a_private_file_is_accepted_with_a_warning(tmp_path: Path, mode: int) -> None:
    spec, (warning,) = load(saved(tmp_path, mode))
    assert spec.ssh.password == SecretRef("inline", inline=Secret(SECRET))
    assert (warning.severity, warning.key) == ("warning", "ssh.password")
    assert SECRET not in repr(spec) + repr(warning) + dump(spec)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o610])
def test_a_literal_in_a_file_that_others_can_read_is_an_error(tmp_path: Path, mode: int) -> None:
    with pytest.raises(AnswersError) as caught:
        load(saved(tmp_path, mode))
    assert SECRET not in repr(caught.value.problems)


def test_a_literal_from_a_pipe_is_an_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, saved(tmp_path, 0o600).read_bytes())
        os.close(writer)
        with pytest.raises(AnswersError):
            load(Path(f"/dev/fd/{reader}"))
    finally:
        os.close(reader)


def test_yaml_errors_show_no_piece_of_the_text() -> None:
    for broken in (f"!{SECRET}!x", f"*{SECRET}", f"!{SECRET} x", f"&{SECRET} [", f"'{SECRET}"):
        (problem,) = problems(SMALLEST.replace("user: root", f"password: {broken}"))
        assert "hunter2" not in repr(problem)
