"""What people paste, and what is read in it."""

from __future__ import annotations

import pytest

from etcd_tui.spec.imports.pasted import MAX_HOSTS, pasted

from .conftest import lines, only, rejection


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("etcd1 192.0.2.11", "etcd1 192.0.2.11"),
        ("192.0.2.11 etcd1", "etcd1 192.0.2.11"),
        ("192.0.2.11", "192.0.2.11"),
        ("ETCD1 192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1.example.org 192.0.2.11", "etcd1 192.0.2.11"),
        ("root@192.0.2.11", "192.0.2.11 user=root"),
        ("root@192.0.2.11:2222", "192.0.2.11 user=root port=2222"),
        ("etcd1 root@192.0.2.11", "etcd1 192.0.2.11 user=root"),
        ("2001:DB8::0:11", "2001:db8::11"),
        ("[2001:db8::11]", "2001:db8::11"),
        ("[2001:db8::11]:22", "2001:db8::11 port=22"),
        ("root@[2001:db8::11]:2222", "2001:db8::11 user=root port=2222"),
        ("root@2001:db8::11", "2001:db8::11 user=root"),
        ("etcd1=192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1 = 192.0.2.11", "etcd1 192.0.2.11"),
        ("192.0.2.11=etcd1", "etcd1 192.0.2.11"),
        ("etcd1: 192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1 : 192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1:192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1:2001:db8::11", "etcd1 2001:db8::11"),
        ("192.0.2.11: etcd1", "etcd1 192.0.2.11"),
        ("etcd1 -> 192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1→192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1 - 192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1 (192.0.2.11)", "etcd1 192.0.2.11"),
        ("etcd1\t192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1,192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1; 192.0.2.11", "etcd1 192.0.2.11"),
        ("| etcd1 | 192.0.2.11 |", "etcd1 192.0.2.11"),
        ('"etcd1" "192.0.2.11"', "etcd1 192.0.2.11"),
        ("- `etcd1` 192.0.2.11", "etcd1 192.0.2.11"),
        ("- {name: etcd1, address: 192.0.2.11}", "etcd1 192.0.2.11"),
        ("192.0.2.11/24", "192.0.2.11"),
        ("192.0.2.11\tetcd1.example.org etcd1 # rack 3", "etcd1 192.0.2.11"),
        ("192.0.2.11 etcd1.example.org", "etcd1 192.0.2.11"),
        ("192.0.2.11 my_alias etcd1", "etcd1 192.0.2.11"),
        ("etcd1 192.0.2.11 etcd1.example.org", "etcd1 192.0.2.11"),
        ("root@etcd1.example.org", "etcd1 ssh_host=etcd1.example.org user=root"),
        ("etcd1.example.org:2222", "etcd1 ssh_host=etcd1.example.org port=2222"),
        ("etcd1", "etcd1 ssh_host=etcd1"),
        ("my_alias", "ssh_host=my_alias"),
        ("a etcd1.example.org", "a ssh_host=etcd1.example.org"),
        ("etcd1 ansible_host=192.0.2.11 ansible_user=ops", "etcd1 192.0.2.11 user=ops"),
        ("etcd1 192.0.2.11 ssh_host=198.51.100.1", "etcd1 192.0.2.11 ssh_host=198.51.100.1"),
        ("etcd1 192.0.2.11 ssh_host=192.0.2.11", "etcd1 192.0.2.11"),
        ("etcd1 192.0.2.11 user=ops port=22", "etcd1 192.0.2.11 user=ops port=22"),
        ('192.0.2.11 key="~/my keys/id"', '192.0.2.11 key="~/my keys/id"'),
        ("192.0.2.11 jump=a@g1 jump=g2:22", "192.0.2.11 jump=a@g1 jump=g2:22"),
        ("etcd1=https://192.0.2.11:2380", "etcd1 192.0.2.11"),
        ("http://192.0.2.11:8080/x", "192.0.2.11"),
        ("ssh 192.0.2.11", "192.0.2.11"),
        ("ssh root@192.0.2.11 -p 2222", "192.0.2.11 user=root port=2222"),
        ("$ ssh -p22 -l ops -i ~/.ssh/k 192.0.2.11", "192.0.2.11 user=ops port=22 key=~/.ssh/k"),
        ("ssh -qo Port=2222 -o 'User ops' 192.0.2.11 uptime", "192.0.2.11 user=ops port=2222"),
        ("ssh -J a@g1,g2:22 root@192.0.2.11", "192.0.2.11 user=root jump=a@g1 jump=g2:22"),
        ("ssh -o ProxyCommand='ssh -W %h:%p a@g' 192.0.2.11", "192.0.2.11 jump=a@g"),
        ("ssh ssh://root@192.0.2.11:2222", "192.0.2.11 user=root port=2222"),
        ("ssh://root@192.0.2.11:2222", "192.0.2.11 user=root port=2222"),
    ],
)  # fmt: skip
def test_a_line_names_a_host(text: str, line: str) -> None:
    assert only(pasted(text)) == line


@pytest.mark.parametrize(
    "text",
    [
        "etcd1，192.0.2.11", "etcd1：192.0.2.11", "etcd1： 192.0.2.11", "etcd1　192.0.2.11",
        "etcd1、192.0.2.11", "etcd1；192.0.2.11", "ｅｔｃｄ１　１９２．０．２．１１",
        "etcd1 192。0。2。11", "etcd1（192.0.2.11）", "“etcd1” 192.0.2.11", "etcd1＝192.0.2.11",
        "1、etcd1 192.0.2.11", "（1）etcd1 192.0.2.11", "① etcd1 192.0.2.11",
        "etcd1 192.0.2.11 ＃ 备注", "etcd1 192.0.2.11 ／／ 备注", "etcd1 【192.0.2.11】",
        "\ufeffetcd1 192.0.2.11", "etcd1 192.0.2.11\u200b", "etcd1\u00a0192.0.2.11",
    ],
)  # fmt: skip
def test_punctuation_of_chinese_input_methods_is_understood(text: str) -> None:
    assert only(pasted(text)) == "etcd1 192.0.2.11"


@pytest.mark.parametrize(
    "mark", ["-", "*", "+", "•", "1.", "12)", "(3)", "- [ ]", "- [x]", "7:", "$"]
)
def test_list_marks_are_taken_off(mark: str) -> None:
    assert only(pasted(f"  {mark} etcd1 192.0.2.11")) == "etcd1 192.0.2.11"


@pytest.mark.parametrize(
    "text", ["", "\n\r\n \t\n", "# etcd1 192.0.2.11", "// x", "  #", "---", "|---|"]
)
def test_blank_lines_and_comments_are_no_hosts(text: str) -> None:
    imported = pasted(text)
    assert (imported.hosts, imported.rejected) == ((), ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_hosts_know_their_lines_whatever_ends_these(end: str) -> None:
    text = end.join(["# hosts", "a 192.0.2.1", "", "?", "b 192.0.2.2", ""])
    imported = pasted(text)
    assert [(host.name, host.line) for host in imported.hosts] == [("a", 2), ("b", 5)]
    assert [item.line for item in imported.rejected] == [4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1, 192.0.2.2 192.0.2.3", ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        ("a 192.0.2.1, b 192.0.2.2; 192.0.2.3", ["a 192.0.2.1", "b 192.0.2.2", "192.0.2.3"]),
        ("a 192.0.2.1 b 192.0.2.2", ["a 192.0.2.1", "b 192.0.2.2"]),
        ("192.0.2.1 a 192.0.2.2 b", ["a 192.0.2.1", "b 192.0.2.2"]),
        ("a,192.0.2.1,b,192.0.2.2", ["a 192.0.2.1", "b 192.0.2.2"]),
        ("a=192.0.2.1 b=192.0.2.2", ["a 192.0.2.1", "b 192.0.2.2"]),
        ("a, b.example.org", ["a ssh_host=a", "b ssh_host=b.example.org"]),
        ("ops@192.0.2.1, ops@b", ["192.0.2.1 user=ops", "b ssh_host=b user=ops"]),
        (
            "a=https://192.0.2.1:2380,b=https://[2001:db8::2]:2380",
            ["a 192.0.2.1", "b 2001:db8::2"],
        ),
        ("192.0.2.1 192.0.2.2 user=ops", ["192.0.2.1 user=ops", "192.0.2.2 user=ops"]),
    ],
)
def test_one_line_can_name_several_hosts(text: str, expected: list[str]) -> None:
    imported = pasted(text)
    assert (lines(imported), imported.rejected) == (expected, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.[11-13]", ["192.0.2.11", "192.0.2.12", "192.0.2.13"]),
        ("192.0.2.11-13", ["192.0.2.11", "192.0.2.12", "192.0.2.13"]),
        ("192.0.2.11～12", ["192.0.2.11", "192.0.2.12"]),
        ("192.0.2.11 - 12", ["192.0.2.11", "192.0.2.12"]),
        ("192.0.2.255 - 192.0.3.0", ["192.0.2.255", "192.0.3.0"]),
        ("ops@192.0.2.11-12:22", ["192.0.2.11 user=ops port=22", "192.0.2.12 user=ops port=22"]),
        ("etcd[1-2] 192.0.2.[11-12]", ["etcd1 192.0.2.11", "etcd2 192.0.2.12"]),
        ("192.0.2.[11 - 12] etcd[1 - 2]", ["etcd1 192.0.2.11", "etcd2 192.0.2.12"]),
        ("etcd[09-10]=192.0.2.11-12", ["etcd09 192.0.2.11", "etcd10 192.0.2.12"]),
        ("e[1,3] 192.0.2.{1..2}", ["e1 192.0.2.1", "e3 192.0.2.2"]),
        ("e[1:2]", ["e1 ssh_host=e1", "e2 ssh_host=e2"]),
        ("192.0.[2-3].[1-2]", ["192.0.2.1", "192.0.2.2", "192.0.3.1", "192.0.3.2"]),
        ("2001:db8::[11-12]", ["2001:db8::11", "2001:db8::12"]),
        ("name=e[1-2] ip=192.0.2.[1-2] port=9", ["e1 192.0.2.1 port=9", "e2 192.0.2.2 port=9"]),
    ],
)  # fmt: skip
def test_ranges_stand_for_hosts(text: str, expected: list[str]) -> None:
    imported = pasted(text)
    assert (lines(imported), imported.rejected) == (expected, ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("192.0.2.300", "is no IP address"),
        ("192.0.2", "is no IP address"),
        ("0.0.0.0", "stands for all addresses"),
        ("fe80::1%eth0", "link-local"),
        ("192.0.2.0/24", "range of addresses, not a host"),
        ("192.0.2.11:99999", "is no port"),
        ("192.0.2.11:x", "is no port"),
        ("Root@192.0.2.11", "is no user name"),
        ("root:secret@192.0.2.11", "password stands before the @"),
        ("my_name 192.0.2.11", "is not usable as a name"),
        ("localhost 192.0.2.11", "already has a meaning"),
        ("192.0.2.11 root", "looks like the user"),
        ("192.0.2.11 22", 'what the number "22" means'),
        ("please install etcd", "no address in this line"),
        ("a b 192.0.2.1", "more in this line"),
        ("a,192.0.2.1,rack,Linux", "more in this line"),
        ("a 192.0.2.1 192.0.2.2", "not clear which name"),
        ("a b 192.0.2.1 192.0.2.2", "not clear which name"),
        ("a 192.0.2.1 ip=192.0.2.2", "not clear which name"),
        ("name=a", "no address in this line"),
        ("user=ops", "no address in this line"),
        ("a 192.0.2.1 color=red", '"color=" is not known'),
        ("a 192.0.2.1 port=22 port=23", "key port stands twice"),
        ("a 192.0.2.1 port=0", "is no port"),
        ("192.0.2.1-2 ssh_host=g", "not clear which name"),
        ("etcd[1-3] 192.0.2.[1-4]", "names for 3 hosts and addresses for 4"),
        ("etcd 192.0.2.[1-3]", "names for 1 hosts and addresses for 3"),
        ("192.0.2.[3-1]", "runs backwards"),
        ("192.0.2.9-3", "runs backwards"),
        ("192.0.2.250-300", "is no range of addresses"),
        ("10.0.[0-9].[0-99]", "makes more than 100 hosts"),
        ("10.0.0.0-10.255.255.255", "makes more than 100 hosts"),
        ("e[1-999999999]", "makes more than 100 hosts"),
        ("192.0.2.1-60 198.51.100.1-60", "names more than 100 hosts"),
        ("ssh -p", "names no host"),
        ("ssh -Z 192.0.2.1", "has no option"),
        ("ssh 'root@192.0.2.1", "quotes of this command"),
        ("ssh -o ProxyCommand='nc %h %p' 192.0.2.1", "ProxyCommand"),
        ("192.0.2.1 jump=a:b:c", "is no jump host"),
        ("x" * 5000, "more than 4000 characters"),
    ],
)
def test_what_is_not_clear_is_rejected_with_the_reason(text: str, what: str) -> None:
    rejected = rejection(pasted(text))
    assert what in rejected.what
    assert rejected.fix.endswith(".")
    assert rejected.line == 1


@pytest.mark.parametrize(
    "text",
    [
        "root:hunter2@192.0.2.11",
        "ssh://root:hunter2@192.0.2.11",
        "a 192.0.2.1 password=hunter2",
        "a 192.0.2.1 password: 'hunter2'",
        "a 192.0.2.1 密码：hunter2",
        "a 192.0.2.1 ansible_become_pass = hunter2 x",
        "name,ip,password\na,192.0.2.999,hunter2",
        "[etcd]\na ansible_password=hunter2 x",
        "[etcd]\na ansible_password='hunter2",
        "[etcd]\nroot:hunter2@a",
        "[etcd:vars]\nansible_password=hunter2",
    ],
)
def test_passwords_are_in_no_part_of_the_result(text: str) -> None:
    assert "hunter2" not in repr(pasted(text))


def test_terminal_escapes_do_not_reach_the_screen() -> None:
    rejected = rejection(pasted("\x1b]0;owned\x07 ? \u202e"))
    assert rejected.text.isprintable()
    assert rejected.what.isprintable()


def test_repeated_addresses_and_names_are_named_with_the_first_line() -> None:
    imported = pasted("a 192.0.2.1\nb 192.0.2.1\nA 192.0.2.3\nroot@h\nh")
    assert lines(imported) == ["a 192.0.2.1", "h ssh_host=h user=root"]
    assert [(item.line, item.what) for item in imported.rejected] == [
        (2, "192.0.2.1 already stands in line 1."),
        (3, "The name a already stands in line 1."),
        (5, "h already stands in line 4."),
    ]


def test_a_name_that_was_only_guessed_gives_way() -> None:
    imported = pasted("a 192.0.2.1\na.one.example\nb.one.example\nb.two.example")
    assert lines(imported) == [
        "a 192.0.2.1", "ssh_host=a.one.example", "b ssh_host=b.one.example",
        "ssh_host=b.two.example",
    ]  # fmt: skip


def test_one_address_with_several_ports_is_a_forwarder() -> None:
    imported = pasted("a root@192.0.2.1:2201\nb root@192.0.2.1:2202\nc 192.0.2.1:2202")
    assert lines(imported) == [
        "a ssh_host=192.0.2.1 user=root port=2201", "b ssh_host=192.0.2.1 user=root port=2202",
    ]  # fmt: skip
    assert "behind 192.0.2.1" in imported.notes[0]
    assert [item.line for item in imported.rejected] == [3]


def test_ports_of_etcd_are_not_taken_for_ports_of_ssh() -> None:
    imported = pasted("a 192.0.2.1:2379")
    assert only(imported) == "a 192.0.2.1"
    assert "2379" in imported.notes[0]


def test_more_hosts_than_the_bound_are_not_read() -> None:
    imported = pasted("\n".join(f"10.0.{n // 250}.{n % 250 + 1}" for n in range(300)) + "\n")
    assert len(imported.hosts) == MAX_HOSTS
    (rejected,) = imported.rejected
    assert (rejected.line, "100 hosts already" in rejected.what) == (MAX_HOSTS + 1, True)


def test_a_text_that_is_no_list_is_given_up() -> None:
    imported = pasted("not a host line\n" * 5000)
    assert len(imported.rejected) == 201
    assert "up to this line only" in imported.rejected[-1].what


def test_a_huge_text_is_not_read_at_all() -> None:
    assert "256 KiB" in rejection(pasted("a" * (1 << 21))).what


@pytest.mark.parametrize(
    "text",
    [
        "name,ip,user,port\netcd1,192.0.2.11,root,22\n\n# x\n,,,\netcd2,192.0.2.12,,",
        "ip;port;user;name\n192.0.2.11;22;root;etcd1\n192.0.2.12;;;etcd2",
        'Host Name\tIP Address\tUser\tPort\n"etcd1"\t192.0.2.11\troot\t22\netcd2\t192.0.2.12',
        "| 主机名 | IP地址 | 用户名 | 端口 |\n|---|:-:|-|-|\n| etcd1 | 192.0.2.11 | root | 22 |\n"
        "| etcd2 | 192.0.2.12 | | |",
        "主机名，IP地址，用户，SSH端口\netcd1，192.0.2.11，root，22\netcd2，192.0.2.12",
        "NAME   IP          USER  PORT\netcd1  192.0.2.11  root  22\netcd2  192.0.2.12",
        "host,ip,user,port\netcd1,192.0.2.11,root,22\netcd2,192.0.2.12",
    ],
)
def test_tables_with_a_header_are_read_by_their_columns(text: str) -> None:
    imported = pasted(text)
    assert lines(imported) == ["etcd1 192.0.2.11 user=root port=22", "etcd2 192.0.2.12"]
    assert imported.rejected == ()


def test_columns_that_are_left_out_are_named() -> None:
    imported = pasted("name,ip,root password,rack\netcd1,192.0.2.11,hunter2,r1")
    assert only(imported) == "etcd1 192.0.2.11"
    assert '"root password"' in imported.notes[0]
    assert '"rack"' in imported.notes[1]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("etcd1,,root", "no address in this row"),
        ("etcd1,192.0.2.11,root,22", "more columns"),
        ("etcd1,192.0.2.11,Root", "is no user name"),
        ("no name,192.0.2.11", "is not usable as a name"),
    ],
)
def test_rows_that_do_not_fit_are_rejected(row: str, what: str) -> None:
    rejected = rejection(pasted(f"name,ip,user\n{row}"))
    assert (rejected.line, what in rejected.what) == (2, True)


def test_other_columns_of_a_table_tell_how_ssh_connects() -> None:
    text = "name,ip,public ip,key,bastion\na,192.0.2.1,198.51.100.1,~/.ssh/k,ops@g\n"
    expected = "a 192.0.2.1 ssh_host=198.51.100.1 key=~/.ssh/k jump=ops@g"
    assert only(pasted(text)) == expected
    assert only(pasted("name,public ip\na,198.51.100.1")) == "a 198.51.100.1"


@pytest.mark.parametrize(
    ("text", "host", "note"),
    [
        ("Host a\n  HostName 192.0.2.1\n  User ops\n", "a 192.0.2.1 user=ops", "ssh_config"),
        ("[etcd]\na ansible_host=192.0.2.1 ansible_user=ops\n", "a 192.0.2.1 user=ops", "Ansible"),
        ("127.0.0.1 localhost\n192.0.2.1 a.example a\n", "a 192.0.2.1", "/etc/hosts"),
    ],
)
def test_a_pasted_file_of_a_known_form_is_read_as_such(text: str, host: str, note: str) -> None:
    imported = pasted(text)
    assert only(imported) == host
    assert any(note in sentence for sentence in imported.notes)


def test_programs_and_answers_files_are_no_lists() -> None:
    assert "program" in rejection(pasted("#!/bin/sh\necho 192.0.2.1\n")).what
    assert "answers file" in rejection(pasted("version: 1\nnodes:\n- {name: a}\n")).what
