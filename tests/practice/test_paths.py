"""What runs on a practice host touches that host's disk and no other file of this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import etcd_tui
from etcd_tui.plan.scripts import script_text

PACKAGE = Path(etcd_tui.__file__).parent
# Not run on practice hosts, which have neither firewall nor SELinux.
ELSEWHERE = re.compile(r"firewall|selinux")
SCRIPTS = sorted(
    path
    for folder in ("plan/scripts", "observe", "verify", "drill")
    for path in (PACKAGE / folder).glob("*.sh")
    if not ELSEWHERE.search(path.name)
)
# What all hosts of this machine share: its kernel's figures, and programs that only are asked for.
SHARED = re.compile(
    r"/proc/(meminfo|uptime|self/|\$holder/)|/dev/(null|zero|tcp|fd)|/(usr/)?s?bin/(nologin|false)"
)
ABSOLUTE = re.compile(
    r"""(?<!\$root")(?<![\w$}*/.)-])/(etc|var|run|proc|usr|sys|tmp|dev|opt|s?bin)/?[\w$/]*"""
)


def test_there_are_scripts_to_look_at() -> None:
    names = {path.name for path in SCRIPTS}
    assert {"probe.sh", "lib.sh", "make_user.sh", "write_file.sh"} <= names


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_names_a_path_outside_the_hosts_disk(path: Path) -> None:
    strange = []
    for line in path.read_text("ascii").splitlines():
        code = line.split("# ")[0]
        for match in ABSOLUTE.finditer(code):
            said = "say foreign" in code and '"kubeadm ' in code[: match.start()]
            sourced = "/etc/selinux/config" in match.group()
            if not SHARED.match(match.group()) and not said and not sourced:
                strange.append(line.strip())
    assert strange == []


def test_the_look_finds_a_path_that_is_not_on_the_disk() -> None:
    assert ABSOLUTE.search("rm -f /etc/passwd")
    assert ABSOLUTE.search("exec 9>>/run/lock")
    assert ABSOLUTE.search('cp "/etc/$f" "$state"')
    assert not ABSOLUTE.search('grep x "$root"/proc/[0-9]*/comm')
    assert not ABSOLUTE.search('rm -f "$root/etc/passwd"')


@pytest.mark.parametrize("name", ["record", "write_file", "drill_begin"])
def test_every_script_that_changes_something_is_led_to_the_disk(name: str) -> None:
    assert "word=$root$word" in script_text(name)
