"""No secret and no private key leaves through text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.redact import redact
from etcd_tui.secret import Secret

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"


def test_keys_of_every_kind_are_taken_out() -> None:
    for kind in ("", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "):
        key = KEY.replace("RSA ", kind)
        assert redact(f"before {key} after {key}!") == "before *** after ***!"


def test_a_key_that_was_cut_short_is_taken_out_to_the_end() -> None:
    assert redact(f"x {KEY[:50]}") == "x ***"


def test_a_key_in_a_line_of_json_is_taken_out() -> None:
    assert json.loads(redact(json.dumps({"a": KEY, "b": "kept"}))) == {"a": "***", "b": "kept"}


def test_certificates_are_public() -> None:
    certificate = KEY.replace("RSA PRIVATE KEY", "CERTIFICATE")
    assert redact(certificate) == certificate


secrets = st.text(min_size=4).filter(lambda value: "*" not in value)


@given(secrets, st.text(), st.text())
def test_no_secret_stays_in_a_text(value: str, before: str, after: str) -> None:
    assert value not in redact(f"{before}{value}{after}", [Secret(value)])


@given(secrets.filter(lambda value: value not in '{"text": ""}'))
def test_no_secret_stays_in_a_line_of_json(value: str) -> None:
    line = redact(json.dumps({"text": f"a {value} b"}, ensure_ascii=False), [Secret(value)])
    assert value not in json.loads(line)["text"]


def test_a_secret_that_begins_like_another_does_not_save_its_end() -> None:
    assert (
        redact("password1234 password", [Secret("password"), Secret("password1234")]) == "*** ***"
    )


def test_words_of_three_letters_protect_nothing_and_stay() -> None:
    assert redact("the end", [Secret("the"), Secret("")]) == "the end"


def test_a_secret_shows_itself_nowhere_else() -> None:
    secret = Secret("hunter22")
    assert "hunter22" not in f"{secret} {secret!r} {[secret]}"
    assert secret == Secret("hunter22")
    assert secret != "hunter22"
    assert len({secret, Secret("hunter22")}) == 1
