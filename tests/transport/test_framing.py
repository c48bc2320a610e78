"""Scripts, arguments and payload arrive byte for byte in every shell, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etcd_tui.remote.shell import Frame, frame, quote, standing, turn

SHELLS = (["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["zsh", "--emulate", "sh"])
PAYLOAD = bytes(range(256)) * 300


def run(frame: Frame, stdin: bytes, shell: list[str] | None = None, **env: str):
    """Run the framed command as sshd would have the login shell do it."""
    shell = shell or ["sh"]
    assert frame.command.startswith("sh -c ")
    command = " ".join(shell) + frame.command.removeprefix("sh")
    return subprocess.run(
        ["sh", "-c", f"exec {command}"],
        check=False,
        input=stdin,
        capture_output=True,
        env={**os.environ, **env},
    )


def own_output(frame: Frame, stdout: bytes) -> bytes:
    return stdout.partition(frame.mark)[2]


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    if not shutil.which(request.param[0]):
        pytest.skip(f"{request.param[0]} is not installed")
    return list(request.param)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "zh_CN.GBK"])
def test_script_arguments_and_payload_arrive_as_they_are(shell: list[str], locale: str) -> None:
    args = ("", "a b", "it's", 'a"$(id)`id`\\n\\', "中\n文\t", "-n", "*")
    framed = frame('printf "<%s>" "$@"; echo "$#"; cat', *args)
    done = run(framed, framed.line + PAYLOAD, shell, LC_ALL=locale)
    expected = "".join(f"<{arg}>" for arg in args).encode() + b"7\n" + PAYLOAD
    assert own_output(framed, done.stdout) == expected
    assert done.returncode == 0


def test_a_long_script_leaves_the_payload_alone(shell: list[str]) -> None:
    framed = frame("# padding\n" * 3000 + "wc -c")
    done = run(framed, framed.line + PAYLOAD, shell)
    assert own_output(framed, done.stdout).strip() == b"%d" % len(PAYLOAD)


def test_a_script_that_was_cut_short_does_not_run(shell: list[str], tmp_path: Path) -> None:
    target = tmp_path / "made"
    framed = frame('touch "$1"\n', str(target))
    for length in (0, 1, len(framed.line) // 2, len(framed.line) - 1):
        done = run(framed, framed.line[:length], shell)
        assert done.returncode != 0
        assert not target.exists()


def test_a_password_that_nobody_asked_for_is_neither_run_nor_echoed(shell: list[str]) -> None:
    framed = frame("cat")
    done = run(framed, b"touch /secret\n" + framed.line, shell)
    assert (done.returncode, done.stdout, done.stderr) == (125, b"", b"")


def test_the_exit_status_is_the_scripts(shell: list[str]) -> None:
    for script, status in (("exit 7", 7), ("false", 1), ("set -e; false; :", 1), ("(", 2)):
        framed = frame(script)
        assert (run(framed, framed.line, shell).returncode != 0) == (status != 0)
    framed = frame("exit 7")
    assert run(framed, framed.line, shell).returncode == 7


@pytest.mark.fault(
    13,
    injected="noise before the script",
    seen="cut off at a mark that is another in every run",
)
def test_both_streams_begin_with_the_mark(shell: list[str]) -> None:
    framed = frame("echo out; echo err >&2")
    done = run(framed, framed.line, shell)
    assert done.stdout == framed.mark + b"out\n"
    assert done.stderr == framed.mark + b"err\n"


def test_the_environment_of_a_script_is_known(shell: list[str]) -> None:
    framed = frame('umask; echo "$LC_ALL $PATH"')
    done = run(framed, framed.line, shell, LC_ALL="zh_CN.GBK", PATH=os.environ["PATH"])
    umask, rest = own_output(framed, done.stdout).decode().splitlines()
    assert int(umask, 8) == 0o077
    assert rest == "C /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_nothing_of_script_or_arguments_stands_in_the_command() -> None:
    framed = frame("echo hush", "secret-argument")
    assert "hush" not in framed.command
    assert "secret" not in framed.command
    assert "secret" not in repr(framed.nonce)


@pytest.mark.fault(
    53,
    injected="a host that knows an old mark",
    seen="a new one in every run",
)
def test_two_runs_share_no_mark() -> None:
    assert frame(":").mark != frame(":").mark


@pytest.mark.parametrize("bad", ["\0", "a\0b"])
def test_nul_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        frame("cat", bad)
    with pytest.raises(ValueError, match="NUL"):
        frame(bad)


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(args=st.lists(words, max_size=5), payload=st.binary(max_size=200))
def test_any_arguments_and_payload_survive(args: list[str], payload: bytes) -> None:
    framed = frame('for arg; do printf "%s\\0" "$arg"; done; cat', *args)
    done = run(framed, framed.line + payload)
    expected = b"".join(arg.encode() + b"\0" for arg in args) + payload
    assert own_output(framed, done.stdout) == expected


@settings(max_examples=40, deadline=None)
@given(word=words)
def test_a_quoted_word_is_one_word(word: str) -> None:
    done = subprocess.run(["sh", "-c", f"printf %s {quote(word)}"], check=True, capture_output=True)
    assert done.stdout == word.encode()


def test_a_standing_shell_runs_one_script_after_the_other(shell: list[str]) -> None:
    stands = standing()
    scripts = (
        ("cd /; x=set; set -e; trap 'echo bye' EXIT; exit 3", b"", b"bye\n", 3),
        ('pwd >/dev/null; echo "${x-unset}"; cat; printf end', b"it's \\n\n\xff\n\n", None, 0),
        ("cat; false", b"", b"", 1),
        ("true", b"read by nobody" * 9000, b"", 0),
    )
    turns = [turn(stands, script, (), payload) for script, payload, _out, _status in scripts]
    done = run(stands, b"".join(one.line for one in turns), shell)
    assert done.returncode == 0
    out, err = done.stdout, done.stderr
    for one, (_script, payload, said, status) in zip(turns, scripts, strict=True):
        wanted = b"unset\n" + payload + b"end" if said is None else said
        end = one.end + b"%d\n" % status
        assert out.startswith(one.mark + wanted + end)
        out = out.removeprefix(one.mark + wanted + end)
        assert err.startswith(one.mark + end)
        err = err.removeprefix(one.mark + end)
    assert (out, err) == (b"", b"")


def test_a_turn_that_was_cut_short_does_not_run(shell: list[str], tmp_path: Path) -> None:
    target = tmp_path / "made"
    stands = standing()
    line = turn(stands, 'touch "$1"\n', (str(target),), b"payload").line
    for length in (1, len(line) // 2, len(line) - 1):
        run(stands, line[:length], shell)
        assert not target.exists()


def test_a_standing_shell_ends_at_a_line_that_is_not_ours(shell: list[str]) -> None:
    stands = standing()
    after = turn(stands, "echo never", ()).line
    assert run(stands, b"echo secret\n" + after, shell).returncode == 125
    assert run(stands, turn(standing(), "echo never", ()).line + after, shell).stdout == b""


@settings(max_examples=40, deadline=None)
@given(args=st.lists(words, max_size=5), payload=st.binary(max_size=200))
def test_any_arguments_and_payload_survive_a_turn(args: list[str], payload: bytes) -> None:
    payload = payload.replace(b"\0", b"")
    stands = standing()
    one = turn(stands, 'for arg; do printf "%s\\0" "$arg"; done; cat', args, payload)
    expected = b"".join(arg.encode() + b"\0" for arg in args) + payload
    assert run(stands, one.line).stdout == one.mark + expected + one.end + b"0\n"


def test_nul_is_refused_in_a_turn() -> None:
    for script, args, payload in (("\0", (), b""), ("cat", ("\0",), b""), ("cat", (), b"\0")):
        with pytest.raises(ValueError, match="NUL"):
            turn(standing(), script, args, payload)


@pytest.mark.parametrize("greeting", ["echo 'a'", "test ! -e a", "echo a\necho b"])
def test_a_greeting_that_some_login_shell_would_read_otherwise_is_refused(greeting: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        standing(greeting)
