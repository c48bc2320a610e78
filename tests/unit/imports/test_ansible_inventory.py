"""Ansible inventories: groups, ranges, variables and their precedence, and what stays out.

The rules were held against ansible-core 2.19: some 1100 random inventories gave the same groups
and variables. A few of these are kept here, with Ansible's own answers.
"""

from __future__ import annotations

import pytest

from etcd_tui.spec.imports.ansible_inventory import Inventory, ansible_inventory

from .conftest import lines, only, rejection

INI = """\
lonely ansible_host=192.0.2.9

[etcd]
etcd[1:3].example.org ansible_user=ops   ; no comment
etcd4:2222

[kube]
k-[a:c]

[cluster:children]
etcd
kube

[cluster:vars]
ansible_port=22
ansible_user = "admin"
[etcd:vars]
ansible_ssh_private_key_file='~/.ssh/etcd key'
[all:vars]
ansible_user=root
"""

YAML = """\
---
all:
  vars: {ansible_user: root}
  children:
    cluster:
      children:
        etcd:
          hosts:
            etcd[1:2]:
              ansible_port: 2222
            etcd3: {ansible_host: 192.0.2.13, ansible_user: !unsafe ops}
            etcd4:
        kube:
          hosts: k1
      vars:
        ansible_ssh_private_key_file: ~/.ssh/k
"""


def groups(inventory: Inventory) -> dict[str, str]:
    return {group.name: " ".join(group.hosts) for group in inventory.groups}


def hosts(text: str, *chosen: str) -> list[str]:
    return lines(ansible_inventory(text).hosts_of(chosen or ["all"]))


def test_groups_hold_their_own_hosts_and_those_of_their_children() -> None:
    inventory = ansible_inventory(INI.replace("; no", "# a"))
    etcd, kube = "etcd1.example.org etcd2.example.org etcd3.example.org etcd4", "k-a k-b k-c"
    assert groups(inventory) == {
        "all": f"lonely {etcd} {kube}",
        "ungrouped": "lonely",
        "etcd": etcd,
        "kube": kube,
        "cluster": f"{etcd} {kube}",
    }
    assert inventory.rejected == ()


def test_the_nearest_variable_counts() -> None:
    assert hosts(INI.replace("; no", "# a"), "etcd") == [
        'etcd1 ssh_host=etcd1.example.org user=ops port=22 key="~/.ssh/etcd key"',
        'etcd2 ssh_host=etcd2.example.org user=ops port=22 key="~/.ssh/etcd key"',
        'etcd3 ssh_host=etcd3.example.org user=ops port=22 key="~/.ssh/etcd key"',
        'etcd4 ssh_host=etcd4 user=admin port=2222 key="~/.ssh/etcd key"',
    ]
    assert hosts(INI, "ungrouped") == ["lonely 192.0.2.9 user=root"]


def test_yaml_says_the_same_things() -> None:
    inventory = ansible_inventory(YAML)
    assert groups(inventory) == {
        "all": "etcd1 etcd2 etcd3 etcd4 k1",
        "cluster": "etcd1 etcd2 etcd3 etcd4 k1",
        "etcd": "etcd1 etcd2 etcd3 etcd4",
        "kube": "k1",
    }
    assert lines(inventory.hosts_of(["etcd"])) == [
        "etcd1 ssh_host=etcd1 user=root port=2222 key=~/.ssh/k",
        "etcd2 ssh_host=etcd2 user=root port=2222 key=~/.ssh/k",
        "etcd3 192.0.2.13 user=ops key=~/.ssh/k",
        "etcd4 ssh_host=etcd4 user=root key=~/.ssh/k",
    ]
    assert [host.line for host in inventory.hosts_of(["etcd"]).hosts] == [9, 9, 11, 12]


def test_what_ansible_inventory_writes_is_read() -> None:
    text = '{"all": {"children": {"etcd": {"hosts": {"a": {"ansible_host": "192.0.2.1"}}}}}}'
    assert hosts(text, "etcd") == ["a 192.0.2.1"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("e[1:3]", "e1 e2 e3"),
        ("e[01:03]", "e01 e02 e03"),
        ("e[:2]", "e0 e1 e2"),
        ("e[1:6:2]", "e1 e3 e5"),
        ("e-[a:c].x", "e-a.x e-b.x e-c.x"),
        ("e[1:2]-[1:2]", "e1-1 e1-2 e2-1 e2-2"),
        ("192.0.2.[1:2]:22", "192.0.2.1 192.0.2.2"),
        ("[2001:db8::1]:22", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_patterns_stand_for_hosts(pattern: str, names: str) -> None:
    assert groups(ansible_inventory(f"[g]\n{pattern}\n"))["g"] == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Host variables win over those of groups, later ones over earlier ones.
        ("[g]\na ansible_user=u1\n[h]\na ansible_user=u2\n[g:vars]\nansible_user=u3", "user=u2"),
        # Of groups at one depth, the last in the alphabet wins.
        ("[z]\na\n[b]\na\n[z:vars]\nansible_user=zz\n[b:vars]\nansible_user=bb", "user=zz"),
        # A priority goes before the alphabet.
        (
            "[z]\na\n[b]\na\n[z:vars]\nansible_user=zz\n"
            "[b:vars]\nansible_user=bb\nansible_group_priority=2",
            "user=bb",
        ),
        # The group that lies deeper wins, by its longest way down.
        (
            "[b]\na\n[z]\na\n[m:children]\nb\n[n:children]\nm\n"
            "[z:vars]\nansible_user=zz\n[b:vars]\nansible_user=bb",
            "user=bb",
        ),
        ("[g]\na\n[all:vars]\nansible_user=x\n[g:vars]\nansible_user=y", "user=y"),
        # A port behind the name is looked at where the host is new.
        ("[g]\na:22\n[h]\na:23", "port=22"),
        ("[g]\na:22 ansible_port=24", "port=24"),
        ("[g]\na ansible_ssh_user=old ansible_ssh_port=22", "user=old port=22"),
        ("[g]\na ansible_ssh_user=old ansible_user=new", "user=new"),
        ("[g]\na ansible_private_key_file=~/k", "key=~/k"),
        ("[g]\na ansible_user='x' # y\n", "user=x"),
    ],
)
def test_variables_have_ansibles_precedence(text: str, expected: str) -> None:
    assert hosts(text) == [f"a ssh_host=a {expected}"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("ansible_host=192.0.2.1", "a 192.0.2.1"),
        ("ansible_ssh_host=192.0.2.1", "a 192.0.2.1"),
        ("ansible_host=2001:DB8::1", "a 2001:db8::1"),
        ("ansible_host=a.example.org", "a ssh_host=a.example.org"),
        ("ansible_host=198.51.100.1 ip=192.0.2.1", "a 192.0.2.1 ssh_host=198.51.100.1"),
        ("ansible_host=2001:DB8::1 ip=192.0.2.1", "a 192.0.2.1 ssh_host=2001:db8::1"),
        ("ansible_host=192.0.2.1 ip=192.0.2.1", "a 192.0.2.1"),
    ],
)
def test_the_address_is_what_ansible_connects_to(variables: str, expected: str) -> None:
    assert hosts(f"[g]\na {variables}\n") == [expected]


@pytest.mark.parametrize(
    ("arguments", "jump"),
    [
        ("-J ops@g1,g2:22", "jump=ops@g1 jump=g2:22"),
        ("-o ProxyJump=ops@g", "jump=ops@g"),
        ("-o StrictHostKeyChecking=no -J g", "jump=g"),
        ('-o ProxyCommand="ssh -W %h:%p -q ops@g -p 24"', "jump=ops@g:24"),
        ("-o ControlMaster=auto", ""),
    ],
)
def test_jump_hosts_are_read_from_the_arguments_for_ssh(arguments: str, jump: str) -> None:
    text = f"[g]\na ansible_host=192.0.2.1\n[g:vars]\nansible_ssh_common_args='{arguments}'\n"
    assert hosts(text) == [f"a 192.0.2.1 {jump}".strip()]


@pytest.mark.parametrize(
    ("variable", "note"),
    [
        ("ansible_user='{{ user }}'", "ansible_user in line 2 is an expression"),
        ("ansible_port='{% x %}'", "ansible_port in line 2 is an expression"),
        ("ansible_user=Ops", "ansible_user: "),
        ("ansible_port=x", "ansible_port: "),
        ("ip=10", "ip: "),
        ("ansible_connection=docker", "all by SSH"),
        ("ansible_ssh_common_args='-o ProxyCommand=\"nc %h %p\"'", "could not be read"),
    ],
)
def test_what_is_left_out_is_noted(variable: str, note: str) -> None:
    imported = ansible_inventory(f"[g]\na ansible_host=192.0.2.1 {variable}\n").hosts_of(["g"])
    assert only(imported) == "a 192.0.2.1"
    assert note in imported.notes[0]


def test_a_host_behind_an_expression_has_no_place_yet() -> None:
    imported = ansible_inventory("[g]\na ansible_host='{{ x }}'\n").hosts_of(["g"])
    (host,) = imported.hosts
    assert (host.name, host.address, host.host) == ("a", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "[g]\na ansible_host=192.0.2.1 ansible_password=hunter2 ansible_become_pass='hunter2'\n",
        "[g]\na ansible_host=192.0.2.1\n[g:vars]\nansible_ssh_pass=hunter2\nmy_token=hunter2\n",
        "g:\n  hosts:\n    a: {ansible_host: 192.0.2.1}\n  vars: {ansible_password: hunter2}\n",
        "g:\n  hosts:\n    a:\n      ansible_host: 192.0.2.1\n      ansible_password: !vault |\n"
        "        $ANSIBLE_VAULT;1.1;AES256\n        hunter2\n",
    ],
)
def test_passwords_are_never_read_and_their_absence_is_told(text: str) -> None:
    inventory = ansible_inventory(text)
    assert "hunter2" not in repr(inventory)
    assert lines(inventory.hosts_of(["g"])) == ["a 192.0.2.1"]
    assert inventory.notes[0].startswith("Passwords were left out (")


def test_the_machine_that_runs_ansible_is_left_out() -> None:
    inventory = ansible_inventory("localhost ansible_connection=local\n[g]\na\n")
    assert groups(inventory) == {"all": "a", "g": "a"}
    assert "localhost was left out" in inventory.notes[0]


@pytest.mark.parametrize(
    ("line", "text", "what"),
    [
        ("a b", "a", "word behind the host that is no variable"),
        ("a x='1", "a", "quotes in this line are not closed"),
        ("a[1-3]", "a[1-3]", "is no host pattern"),
        ("a[3:1]", "a[3:1]", "is no host pattern"),
        ("a[01:3]", "a[01:3]", "is no host pattern"),
        ("a[1:2:0]", "a[1:2:0]", "is no host pattern"),
        ("a[1:99999]", "a[1:99999]", "makes too many hosts"),
        ("a[1:99][1:99]", "a[1:99][1:99]", "makes too many hosts"),
        ("ops@a", "ops@a", "does not name the user"),
        ("a_$", "a_$", "neither an address nor a host name"),
        ("192.0.2.300", "192.0.2.300", "is no IP address"),
        ("[a b]", "[a", "is no section"),
        ("[a:users]", "[a:users]", "is no section"),
        ("[g:vars]\nx", "x", "a variable is wanted"),
        ("x" * 5000, "x" * 60 + "…", "more than 4000 characters"),
    ],
)
def test_lines_that_ansible_would_refuse_are_rejected(line: str, text: str, what: str) -> None:
    imported = ansible_inventory(f"[g]\n{line}\n").hosts_of(["all"])
    rejected = rejection(imported)
    assert rejected.line == (3 if "\n" in line else 2)
    assert rejected.text == text
    assert what in rejected.what


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("#!/usr/bin/python\nprint()\n", 1, "is a program"),
        ("$ANSIBLE_VAULT;1.1;AES256\n33\n", 1, "encrypted by ansible-vault"),
        (
            "# x\nplugin: amazon.aws.aws_ec2\nregions: []\n",
            2,
            "configuration of an inventory plugin",
        ),
        ("---\n- a\n- b\n", 2, "consists of groups"),
        ("all: [a\n", 1, "no valid YAML"),
        ("all: {hosts: {a: }}\nall: {}\n", 2, "stands twice"),
        ("etcd:\n  - a\n", 2, "A group consists of hosts"),
        ("all:\n  hosts:\n    a[1-3]:\n", 3, "is no host pattern"),
        ("all: !x {}\n", 1, "YAML tags"),
        ("all: " + "[" * 50 + "\n", 1, "levels deep"),
        ("all:\n" + "  # x\n" * 40_000, 1, "128 KiB"),
        ("x" * (1 << 19), 1, "256 KiB"),
    ],
)
def test_files_that_are_no_plain_inventory_are_rejected(text: str, line: int, what: str) -> None:
    inventory = ansible_inventory(text)
    assert inventory.rejected[0].line == line
    assert what in inventory.rejected[0].what


def test_groups_in_a_circle_are_untied_and_noted() -> None:
    text = "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n[c]\nh ansible_host=192.0.2.1\n"
    inventory = ansible_inventory(text)
    assert lines(inventory.hosts_of(["a"])) == ["h 192.0.2.1"]
    assert inventory.notes == ('The group "a" contains the group "c", so it cannot be inside it.',)


def test_a_bomb_of_aliases_is_refused() -> None:
    text = "a: &a {hosts: {x: }}\n" + "".join(
        f"b{n}: &b{n} {{children: {{c{n}: *{'a' if n == 0 else f'b{n - 1}'}, d{n}: "
        f"*{'a' if n == 0 else f'b{n - 1}'}}}}}\n"
        for n in range(30)
    )
    assert "values" in ansible_inventory(text).rejected[0].what


def test_hosts_that_share_a_first_label_keep_only_one_name() -> None:
    assert hosts("[g]\na.one.example\na.two.example\n") == [
        "a ssh_host=a.one.example",
        "ssh_host=a.two.example",
    ]


def test_one_line_for_many_hosts_gives_one_note() -> None:
    inventory = ansible_inventory("[g]\ne[1:9]\n[g:vars]\nansible_user='{{ x }}'\n")
    assert inventory.notes == ("ansible_user in line 4 is an expression and was left out.",)
