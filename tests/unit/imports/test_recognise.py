"""What a file is, by its text and, where that leaves it open, by its name."""

from __future__ import annotations

import pytest

from etcd_tui.spec.imports.recognise import FileFormat, recognise


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("x", "", FileFormat.LINES),
        ("x.txt", "etcd1 192.0.2.1\n", FileFormat.LINES),
        ("x.csv", "name,ip\na,192.0.2.1\n", FileFormat.LINES),
        ("x", "[2001:db8::1]\n[2001:db8::1]:22\n", FileFormat.LINES),
        ("x", "etcd1: 192.0.2.1\n", FileFormat.LINES),
        ("x", "Host a and the other host\n", FileFormat.LINES),
        ("/etc/hosts", "192.0.2.1 a\n", FileFormat.ETC_HOSTS),
        ("x", "127.0.0.1 localhost\n192.0.2.1 a # b\n", FileFormat.ETC_HOSTS),
        ("x", "127.0.0.1 localhost\nroot@192.0.2.1\n", FileFormat.LINES),
        ("x", "Host a\n  HostName 192.0.2.1\n", FileFormat.SSH_CONFIG),
        ("x", "# mine\nhost=a\nuser=b\n", FileFormat.SSH_CONFIG),
        ("x", "Match all\n User x\n", FileFormat.SSH_CONFIG),
        ("/home/ops/.ssh/config", "Host a\n", FileFormat.SSH_CONFIG),
        ("ssh_config", "Host a\n", FileFormat.SSH_CONFIG),
        ("/etc/ansible/hosts", "[etcd]\na\n", FileFormat.ANSIBLE),
        ("x", "a\n[etcd:children]\nb\n", FileFormat.ANSIBLE),
        ("x", "[etcd:vars] # x\n", FileFormat.ANSIBLE),
        ("x", "# x\na ansible_host=192.0.2.1\nb\n", FileFormat.ANSIBLE),
        ("x", "a ansible_host=192.0.2.1\nb 192.0.2.1\n", FileFormat.LINES),
        ("x.ini", "a\nb\n", FileFormat.ANSIBLE),
        ("x", "---\nall:\n  hosts:\n    a:\n", FileFormat.ANSIBLE),
        ("x", "etcd:\n  children:\n    a:\n", FileFormat.ANSIBLE),
        ("x.yml", "etcd:\n  vars: {}\n", FileFormat.ANSIBLE),
        ("x", "$ANSIBLE_VAULT;1.1;AES256\n3361\n", FileFormat.ANSIBLE),
        ("x.yaml", "version: 1\ncluster: {name: a}\nnodes: []\n", FileFormat.ANSWERS),
        ("x", "# x\nversion: 1\nnodes: []\n", FileFormat.ANSWERS),
        ("hosts.ini", "#!/usr/bin/env python3\n", FileFormat.PROGRAM),
        ("x", "\x7fELF\x00\x01", FileFormat.PROGRAM),
    ],
)
def test_a_file_is_recognised(name: str, text: str, expected: FileFormat) -> None:
    assert recognise(name, text) is expected
    assert recognise(name, text.replace("\n", "\r\n")) is expected


def test_a_byte_order_mark_does_not_hide_the_form() -> None:
    assert recognise("x", "\ufeff[etcd]\na\n") is FileFormat.ANSIBLE
