"""The way to a node, from the answers and from an ssh_config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from etcd_tui.errors import UsageError
from etcd_tui.remote.route import Route, route
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Node, SecretRef, Ssh


def way(**ssh: object) -> Route:
    return route(Node("etcd1", "192.0.2.1", ssh=Ssh(**ssh)))  # type: ignore[arg-type]


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config"
    path.write_text(
        """
        Host one
          HostName 10.0.0.1
          User bob
          Port 2222
          IdentityFile ~/.ssh/one
          IdentityFile ~/.ssh/two
          IdentitiesOnly yes
          IdentityAgent /agent
          ProxyJump carol@first:2200,second
        Host first
          HostName 10.0.0.9
        Host bare
          IdentityAgent none
          ProxyJump none
        Host circle
          ProxyJump circle
        Host command
          ProxyCommand nc %h %p
        """
    )
    return str(path)


def test_without_more_a_node_is_entered_at_its_address() -> None:
    found = way()
    assert (str(found.target), found.jumps) == ("root@192.0.2.1", ())


def test_the_answers_say_where_and_who() -> None:
    assert str(way(host="h", user="bob", port=2222).target) == "bob@h:2222"
    assert str(way(host="fe80::1%eth0", port=2222).target) == "root@[fe80::1%eth0]:2222"


def test_jump_hosts_take_the_nodes_user_but_neither_its_password_nor_its_pin() -> None:
    password = SecretRef("inline", inline=Secret("x"))
    found = way(user="bob", jump=("a", "eve@[2001:db8::1]:22"), password=password, host_key="pin")
    assert [str(hop) for hop in found.jumps] == ["bob@a", "eve@[2001:db8::1]"]
    assert {(hop.password, hop.host_key) for hop in found.jumps} == {(None, "")}
    assert (found.target.password, found.target.host_key) == (password, "pin")


@pytest.mark.parametrize("bad", ["", "a b", "a:port", "@a", "::1", "a:123456"])
def test_what_is_no_jump_host_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="no jump host"):
        way(jump=(bad,))


def test_an_ssh_config_fills_in_what_the_answers_leave_open(
    config: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = way(host="one", config=config)
    assert str(found.target) == "bob@10.0.0.1:2222"
    assert found.target.private_key == ("~/.ssh/one", "~/.ssh/two")
    assert found.target.identities_only
    assert found.target.agent == "/agent"
    assert [str(hop) for hop in found.jumps] == ["carol@10.0.0.9:2200", "root@second"]


def test_the_answers_win(config: str) -> None:
    found = way(
        host="one",
        config=config,
        user="eve",
        port=2,
        private_key=("k",),
        jump=("x",),
        agent=False,
    )
    assert str(found.target) == "eve@10.0.0.1:2"
    assert found.target.private_key == ("k",)
    assert found.target.agent == ""
    assert [str(hop) for hop in found.jumps] == ["eve@x"]


def test_none_means_none(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/env")
    found = way(host="bare", config=config)
    assert (found.target.agent, found.jumps) == ("", ())
    assert way(host="second", config=config).target.agent == "/env"


def test_a_circle_of_jump_hosts_is_refused(config: str) -> None:
    with pytest.raises(UsageError, match="circle"):
        way(host="circle", config=config)


def test_a_proxy_command_is_refused(config: str) -> None:
    with pytest.raises(UsageError, match="ProxyCommand"):
        way(host="command", config=config)


@pytest.mark.parametrize("content", [None, "Port many\n", "Host 'open\n"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match="config"):
        way(config=str(path))
