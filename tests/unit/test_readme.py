"""The README's examples are real: each answers file in it loads, each verb and option exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etcd_tui.cli.arguments import parse
from etcd_tui.errors import UsageError
from etcd_tui.spec.reader import loads

README = (Path(__file__).parents[2] / "README.md").read_text()
FILES = [
    *re.findall(r"<<'EOF'\n(.*?)EOF\n", README, re.DOTALL),
    *re.findall(r"```yaml\n(.*?)```", README, re.DOTALL),
]


def test_the_readme_shows_a_small_and_a_large_answers_file() -> None:
    assert len(FILES) == 2


@pytest.mark.parametrize("text", FILES, ids=["small", "large"])
def test_an_answers_file_of_the_readme_loads(text: str) -> None:
    # What stands for the reader's own value needs one here.
    text = text.replace("SHA256:…", "SHA256:" + "A" * 43).replace("0123…", "ab" * 32)
    spec, _warnings = loads(text, base=Path("/"))
    assert spec.cluster.name == "prod"
    assert [node.name for node in spec.nodes] == ["etcd1", "etcd2", "etcd3"]


def test_every_verb_of_the_table_is_a_verb() -> None:
    verbs = re.findall(r"^\| `([a-z]+(?: [a-z]+)?)(?: FILE)?` \|", README, re.MULTILINE)
    assert {"install", "plan", "answers new"} <= set(verbs)
    for verb in verbs:
        words = verb.split()
        if verb not in ("answers new", "answers schema", "demo"):
            words.append("prod.yaml")
        assert not isinstance(parse(words), UsageError), verb


def test_every_common_option_is_an_option() -> None:
    line = re.search(r"Every verb takes `([^`]*)`", README)
    assert line
    options = re.findall(r"--[a-z-]+", line[1])
    assert len(options) == 7
    arguments = ["plan", "prod.yaml"]
    for option in options:
        arguments += {"--lang": ["--lang", "en"], "--state-dir": ["--state-dir", "x"]}.get(
            option, [option]
        )
    assert not isinstance(parse(arguments), UsageError)
