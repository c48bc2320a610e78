"""The draft: what is typed is never lost, reads as the answers file does, and keeps no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.secret import Secret
from etcd_tui.spec.reader import loads
from etcd_tui.spec.writer import dump, yaml_text
from etcd_tui.tui.answer_keys import answer_key, as_typed, from_typed
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.drafts import Drafts
from etcd_tui.tui.labels import LABELS
from tests.tui.scripted import three_hosts


def test_what_is_typed_is_there_even_if_it_is_wrong() -> None:
    draft = three_hosts()
    draft.put("nodes[1].address", "not an address")
    assert draft.get("nodes[1].address") == "not an address"
    problem = draft.problem_at("nodes[1].address")
    assert problem is not None
    assert problem.severity == "error"


def test_an_emptied_value_leaves_no_trace() -> None:
    draft = three_hosts()
    before = yaml_text(draft.document)
    draft.put("nodes[0].ssh.user", "admin")
    draft.put("tuning.log_level", "debug")
    draft.put("nodes[0].ssh.user", None)
    draft.put("tuning.log_level", "")
    assert yaml_text(draft.document) == before


def test_a_draft_reads_as_the_answers_file_that_is_saved_from_it() -> None:
    draft = three_hosts()
    draft.put("ssh.private_key", ["~/.ssh/id_ed25519"])
    draft.put("certificates.profile", "openssl")
    draft.put("tuning.environment", {"ETCD_MAX_REQUEST_BYTES": "3145728"})
    assert draft.errors == ()
    text = dump(draft.spec)
    spec, _warnings = loads(text, base=draft.base)
    assert spec == draft.spec
    assert dump(spec) == text


def test_a_typed_secret_is_in_the_run_and_in_no_file(tmp_path: Path) -> None:
    draft = three_hosts()
    draft.put_secret("ssh.password", Secret("hush-1"))
    draft.put_secret("nodes[1].ssh.sudo_password", Secret("hush-2"))
    draft.put("nodes[1].ssh.user", "admin")
    spec = draft.spec_with_secrets()
    first, second, _third = spec.nodes
    assert first.ssh.password is not None
    assert first.ssh.password.inline == Secret("hush-1")
    assert second.ssh.sudo_password is not None
    assert second.ssh.sudo_password.inline == Secret("hush-2")
    assert draft.unanswered() == []
    drafts = Drafts(tmp_path)
    drafts.save(draft)
    written = "".join(path.read_text() for path in drafts.folder.iterdir())
    assert "hush" not in written + dump(spec) + repr(draft)


def test_a_secret_that_is_only_named_is_asked_for_once() -> None:
    draft = three_hosts()
    draft.put("ssh.password", {"prompt": True})
    assert draft.unanswered() == ["ssh.password"]
    draft.put("nodes[2].ssh.password", {"prompt": True})
    draft.put("nodes[2].ssh.user", "admin")
    draft.put_secret("ssh.password", Secret("hush"))
    assert draft.unanswered() == ["nodes[2].ssh.password"]


def test_removing_a_host_takes_its_secrets_and_moves_those_behind_it() -> None:
    draft = three_hosts()
    for index in range(3):
        draft.put_secret(f"nodes[{index}].ssh.password", Secret(f"hush-{index}"))
    draft.remove_node(1)
    assert draft.secrets == {
        "nodes[0].ssh.password": Secret("hush-0"),
        "nodes[1].ssh.password": Secret("hush-2"),
    }


def test_a_spec_makes_a_draft_that_reads_the_same() -> None:
    draft = three_hosts()
    draft.put("nodes[0].sans", ["etcd1.example.org"])
    draft.put("host.client_ranges", ["198.51.100.0/24"])
    assert Draft.of(draft.spec, draft.base).spec == draft.spec


def test_a_saved_draft_is_offered_to_the_next_wizard(tmp_path: Path) -> None:
    draft = three_hosts()
    draft.put("nodes[0].address", "half typ")
    Drafts(tmp_path).save(draft)
    later = Drafts(tmp_path)
    (saved,) = later.saved()
    assert (saved.cluster, saved.members) == ("prod", 3)
    again = later.open(saved)
    assert again is not None
    assert again.document == draft.document
    later.forget()
    assert Drafts(tmp_path).saved() == []


@pytest.mark.parametrize("text", ["", "{", "draft: 1", "draft: 1\nanswers: 3", "- a", "\x00"])
def test_a_damaged_draft_is_passed_over(tmp_path: Path, text: str) -> None:
    drafts = Drafts(tmp_path)
    drafts.folder.mkdir()
    (drafts.folder / "20260101T000000Z-abcd.yaml").write_text(text)
    assert drafts.saved() == []


def test_drafts_are_private_and_the_newest_five_are_kept(tmp_path: Path) -> None:
    for _number in range(7):
        Drafts(tmp_path).save(three_hosts())
    files = list((tmp_path / ".drafts").iterdir())
    assert len(files) == 5
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.parametrize("path", LABELS)
def test_every_label_is_of_a_key_and_every_default_survives_typing(path: str) -> None:
    full = f"nodes[0].{path}" if path in ("ssh.host", "ssh.host_key") else path
    answer = answer_key(full)
    if answer.kind in ("text", "number", "choice") and answer.default is not None:
        assert from_typed(answer.kind, as_typed(answer.kind, answer.default)) == answer.default


@given(st.text(max_size=60), st.sampled_from(["text", "number", "list", "mapping"]))
def test_nothing_typed_breaks_the_reader(text: str, kind: str) -> None:
    draft = three_hosts()
    places = {
        "text": "cluster.name",
        "number": "ssh.port",
        "list": "nodes[0].sans",
        "mapping": "tuning.environment",
    }
    draft.put(places[kind], from_typed(kind, text))  # type: ignore[arg-type]
    assert len(draft.spec.nodes) == 3
    assert yaml_text(draft.document)
