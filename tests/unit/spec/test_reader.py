"""Reading an answers file: what loads, and how problems are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from etcd_tui.errors import AnswersError, Exit
from etcd_tui.spec.model import Binaries, Ssh, Subject
from etcd_tui.spec.reader import load, loads

from .conftest import SMALLEST, answers, errors, problems, read, the_error, warnings


def test_the_smallest_form_loads_without_a_word() -> None:
    spec, found = read(SMALLEST)
    assert found == ()
    assert (spec.cluster.name, spec.cluster.etcd) == ("prod", "3.5.30")
    assert [node.address for node in spec.nodes] == ["192.0.2.11", "192.0.2.12", "192.0.2.13"]
    assert spec.ssh == Ssh(private_key=("~/.ssh/id_ed25519",))
    assert spec.binaries == Binaries("/operator/answers/etcd-v3.5.30-linux-amd64.tar.gz")


def test_a_node_takes_the_ssh_keys_of_the_cluster_and_its_own_on_top() -> None:
    own = {"user": "admin", "port": 2222, "sudo_password": {"env": "SUDO_PW"}}
    spec, _ = read(answers(nodes__1__ssh=own, ssh__connect_timeout=5))
    first, second, _third = spec.nodes
    assert first.ssh == spec.ssh
    assert (second.ssh.user, second.ssh.port, second.ssh.connect_timeout) == ("admin", 2222, 5)
    assert second.ssh.sudo_password is not None
    assert second.ssh.private_key == spec.ssh.private_key


def test_an_empty_ssh_key_of_a_node_means_the_built_in_default() -> None:
    spec, _ = read(answers(ssh__jump="bastion", nodes__0__ssh={"jump": None}))
    assert [node.ssh.jump for node in spec.nodes] == [(), ("bastion",), ("bastion",)]


def test_relative_paths_count_from_the_folder_of_the_answers() -> None:
    spec, _ = read(
        answers(
            ssh__private_key=["keys/a", "/abs/b", "~/c"],
            ssh__config="../ssh_config",
            ssh__password={"file": "pw"},
            certificates__ca={"certificate": "./ca.crt", "key": "ca.key"},
        )
    )
    assert spec.ssh.private_key == ("/operator/answers/keys/a", "/abs/b", "~/c")
    assert spec.ssh.config == "/operator/ssh_config"
    assert spec.ssh.password is not None
    assert spec.ssh.password.name == "/operator/answers/pw"
    assert spec.certificates.ca is not None
    assert spec.certificates.ca.key == "/operator/answers/ca.key"


def test_units_become_hours_and_bytes() -> None:
    spec, _ = read(
        answers(
            certificates__validity="10000d",
            certificates__ca_validity="5y",
            tuning__quota_backend_bytes="8GiB",
        )
    )
    assert spec.certificates.validity_hours == 240000
    assert spec.certificates.ca_validity_hours == 43800
    assert spec.tuning.quota_backend_bytes == 8 * 1024**3


def test_an_empty_subject_is_not_no_subject() -> None:
    assert read(answers(certificates__subject={}))[0].certificates.subject == Subject()
    assert read(answers())[0].certificates.subject is None


def test_a_leading_v_of_the_release_is_dropped() -> None:
    assert read(answers(cluster__etcd="v3.5.30"))[0].cluster.etcd == "3.5.30"


def test_addresses_are_normalised() -> None:
    spec, _ = read(answers(nodes__0__address="2001:DB8:0::0011"))
    assert spec.nodes[0].address == "2001:db8::11"


def test_all_problems_come_at_once_with_file_line_key_and_remedy() -> None:
    text = """\
version: 1
cluster:
  nam: prod
  etcd: 3.5.1
nodes:
  - {name: etcd1, address: 192.0.2.11}
  - name: Etcd2
    address: 192.0.2.11
ssh:
  port: 70000
tuning:
  election_timeout: 400
"""
    found = {(p.line, p.key) for p in errors(text)}
    assert found == {
        (3, "cluster.nam"),
        (3, "cluster.name"),
        (4, "cluster.etcd"),
        (7, "nodes[1].name"),
        (8, "nodes[1].address"),
        (10, "ssh.port"),
        (12, "tuning.election_timeout"),
    }
    assert all(p.file == "answers.yaml" and p.what and p.fix for p in problems(text))


def test_the_error_ends_with_exit_2() -> None:
    with pytest.raises(AnswersError) as caught:
        read("version: 1")
    assert caught.value.exit is Exit.USAGE


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("nam", "name"), ("ETCD", "etcd"), ("start_timout", "start_timeout")],
)
def test_an_unknown_key_names_the_nearest_known_one(wrong: str, meant: str) -> None:
    problem = the_error(answers(**{f"cluster__{wrong}": "x"}))
    assert problem.key == f"cluster.{wrong}"
    assert f'"{meant}"' in problem.fix


def test_a_known_key_in_the_wrong_place_is_sent_to_the_right_one() -> None:
    assert "paths.data" in the_error(answers(data="/data/etcd")).fix
    assert "nodes[].ssh.host_key" in the_error(answers(ssh__host_key="SHA256:x")).fix


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("123", 'quotes: "123"'),
        ("no", 'quotes: "no"'),
        ("1e3", ""),
        ("2024-01-01", 'quotes: "2024-01-01"'),
        ("~", "Write a value"),
        ("", "Write a value"),
        ("[a]", "one value"),
        ("{a: b}", "one value"),
    ],
)
def test_what_yaml_makes_of_a_plain_word_is_explained(value: str, fix: str) -> None:
    found = errors(SMALLEST.replace("name: prod", f"name: {value}"))
    assert [fix in p.fix for p in found] == [True] * bool(fix)
    assert [p.line for p in found] == [3] * bool(fix)


def test_a_release_that_yaml_reads_as_a_number_is_asked_for_whole() -> None:
    assert "all three numbers" in the_error(answers(cluster__etcd=3.5)).fix


@pytest.mark.parametrize("value", ["022", "0x16", "2_2", "22:22", '"22"', "22.0", "0", "65536"])
def test_a_port_is_a_plain_decimal_number(value: str) -> None:
    problem = the_error(SMALLEST.replace("user: root", f"port: {value}"))
    assert problem.key == "ssh.port"
    assert "1 to 65535" in problem.fix


@pytest.mark.parametrize("value", ["yes", "on", "True", '"true"', "1", "no"])
def test_a_flag_is_true_or_false_and_nothing_else(value: str) -> None:
    assert "true or false" in the_error(SMALLEST.replace("user: root", f"agent: {value}")).fix


def test_anchors_aliases_and_merges_are_understood() -> None:
    text = SMALLEST.replace(
        "address: 192.0.2.11}", "address: 192.0.2.11, ssh: &own {port: 2222}}"
    ).replace("address: 192.0.2.12}", "address: 192.0.2.12, ssh: {<<: *own, user: admin}}")
    first, second, _third = read(text)[0].nodes
    assert first.ssh.port == second.ssh.port == 2222
    assert second.ssh.user == "admin"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("version: 1\ncluster: [\n", 2, "no valid YAML"),
        ("version: 1\n\tcluster: 2\n", 2, "tab"),
        ("version: 1\ncluster: a: b\n", 2, "no valid YAML"),
        ("version: 1\n---\nversion: 1\n", 2, "more than one"),
        ("version: !!python/object:os.system 1\n", 1, "tags"),
        ("version: 1\ncluster: *nowhere\n", 2, "alias"),
        ("version: &a [*a]\n", 1, "contains itself"),
        ("version: 1\n{{ x }}: 1\n", 2, "list or a mapping"),
        ("version: 1\nname: \x00\n", 2, "U+0000"),
        ("- version\n- 1\n", 1, "keys with values"),
        ("version\n", 1, "keys with values"),
        ("[" * 1000, 1, "nested"),
    ],
)
def test_text_that_is_no_answers_file_is_told_with_its_line(
    text: str, line: int, what: str
) -> None:
    problem = the_error(text)
    assert problem.line == line
    assert what in problem.what


def test_a_key_that_stands_twice_is_a_problem() -> None:
    problem = the_error(SMALLEST + "version: 1\n")
    assert (problem.line, '"version"' in problem.what) == (17, True)


def test_an_alias_bomb_is_stopped_early() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "more than" in the_error("\n".join(rows)).what


def test_a_section_whose_keys_are_all_commented_out_is_empty() -> None:
    assert read(SMALLEST + "tuning:\n  #log_level: info\n")[0].tuning.log_level == "info"


def test_only_form_1_is_read() -> None:
    assert the_error(answers(version=2)).key == "version"
    assert the_error(answers(version=...)).key == "version"


def test_a_file_is_read_from_its_own_folder(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(SMALLEST)
    spec, found = load(path)
    assert found == ()
    assert spec.binaries.source == str(tmp_path / "etcd-v3.5.30-linux-amd64.tar.gz")


def test_answers_without_a_folder_count_from_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert loads(SMALLEST)[0].binaries.source.startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (None, "does not exist", 0),
        (b"version: 1\n# \xff\n", "not UTF-8", 2),
        (b"#" * (1 << 20) + b"\n", "larger than 1 MiB", 0),
        ("version: 1\n".encode("utf-16"), "not UTF-8", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    tmp_path: Path, content: bytes | None, what: str, line: int
) -> None:
    path = tmp_path / "answers.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AnswersError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (what in problem.what, problem.line, problem.file) == (True, line, str(path))


def test_a_folder_is_no_answers_file(tmp_path: Path) -> None:
    with pytest.raises(AnswersError) as caught:
        load(tmp_path)
    assert "cannot be read" in caught.value.problems[0].what


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    text = "\ufeff" + SMALLEST.replace("\n", "\r\n")
    assert warnings(text) == []
    assert the_error(text.replace("user: root", "prt: 1")).line == 10
