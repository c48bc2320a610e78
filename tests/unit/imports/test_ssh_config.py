"""ssh_config files: what they offer, and what an alias means, held against `ssh -G`."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etcd_tui.spec.imports.imported import Imported
from etcd_tui.spec.imports.ssh_config import ssh_config_aliases, ssh_config_hosts
from etcd_tui.spec.imports.ssh_config_file import read_ssh_config
from etcd_tui.spec.imports.ssh_config_resolve import Resolved, resolve

from .conftest import lines, only, rejection

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh to ask")

KNOWN = ("hostname", "user", "port", "identityfile", "proxyjump", "proxycommand")


def asked_of_ssh(file: Path, alias: str) -> dict[str, list[str]]:
    """What `ssh -G` says; it opens no connection."""
    done = subprocess.run(
        ["ssh", "-G", "-F", str(file), alias],
        capture_output=True, text=True, check=True, env={"HOME": str(file.parent)},
    )  # fmt: skip
    said: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _space, value = line.partition(" ")
        if key in KNOWN:
            said.setdefault(key, []).append(value)
    return said


def as_ssh_says_it(resolved: Resolved, defaults: dict[str, list[str]]) -> dict[str, list[str]]:
    """`resolved` in the words of `ssh -G`, with ssh's own defaults for what is not said."""
    said = {
        "hostname": [resolved.hostname],
        "user": [resolved.user or getpass.getuser()],
        "port": ["22" if resolved.port in ("", "ssh") else resolved.port],
        "identityfile": list(resolved.identity_files) or defaults["identityfile"],
    }
    if resolved.proxy_jump and resolved.proxy_jump.lower() != "none":
        said["proxyjump"] = [resolved.proxy_jump]
    if resolved.proxy_command and resolved.proxy_command.lower() != "none":
        said["proxycommand"] = [resolved.proxy_command]
    return said


def read_below(folder: Path) -> Callable[[str], list[str]]:
    def read(pattern: str) -> list[str]:
        pattern = pattern.replace("~", str(folder), 1)
        return [path.read_text() for path in sorted(Path("/").glob(pattern.lstrip("/")))]

    return read


def check(folder: Path, text: str, *aliases: str) -> None:
    file = folder / "config"
    file.write_text(text)
    defaults = asked_of_ssh(Path("/dev/null"), "nothing")
    directives = read_ssh_config(text, read_below(folder)).directives
    for alias in aliases:
        said = asked_of_ssh(file, alias)
        if said.get("proxycommand") == ["none"]:
            del said["proxycommand"]
        assert as_ssh_says_it(resolve(directives, alias), defaults) == said, alias


CASES = {
    "the first value counts": (
        "Host a\n User one\n Port 1\nHost *\n User two\n Port 2\n HostName %h.example.org\n",
        "a b",
    ),
    "values before the first Host are for all": ("User all\nHost a\n User one\n", "a b"),
    "wildcards and negation": (
        "Host db-* !db-3 web?\n User x\n Port 9\nHost !a\n User y\nHost * !b\n User z\n",
        "db-1 db-3 web1 web12 a b",
    ),
    "a pattern without wildcards is no prefix": ("Host a\n User x\n", "a aa A"),
    "host patterns know upper case, host names do not": (
        "Host UP\n HostName %h.Example.ORG\nHost up\n User low\n",
        "UP up",
    ),
    "keyword=value, quotes and comments": (
        'Host=a b # c\nHostName="x.example"\n  USER  =  "ops"\n\tPort=22 # p\n'
        "IdentityFile \"~/my keys/id\" # k\nIdentityFile '~/q'\\ r\n#User x\n",
        "a b c",
    ),
    "carriage returns": ("Host a\r\n  HostName x.example\r\n  User ops\r\n", "a"),
    "identity files add up, each once": (
        "IdentityFile none\nHost a\n IdentityFile ~/a\n IdentityFile %d/b-%h\nHost *\n"
        " IdentityFile ~/a\n IdentityFile ~/c\n",
        "a b",
    ),
    "tokens in HostName": ("Host a\n HostName %h-%%-x\n", "a"),
    "a port by its name": ("Host a\n Port ssh\n", "a"),
    "jump hosts": (
        "Host a\n ProxyJump ops@g1:2222,g2\nHost b\n ProxyJump none\nHost *\n ProxyJump g3\n",
        "a b c",
    ),
    "a jump host and a command rule each other out": (
        "Host a\n ProxyJump g\n ProxyCommand nc %h %p\nHost b\n ProxyCommand nc %h  %p\n"
        " ProxyJump g\nHost c\n ProxyCommand none\n ProxyJump g\nHost d\n ProxyJump none\n"
        " ProxyJump g\nHost e\n ProxyJump None\n ProxyCommand nc %h %p\n",
        "a b c d e",
    ),
    "Match all": ("Host a\n User x\nMatch all\n User y\n Port 7\n", "a b"),
    "Match host looks at HostName, originalhost at the alias": (
        "Host a\n HostName a.example.org\nMatch host *.example.org\n User in\n"
        "Match originalhost a\n Port 5\nMatch host a\n Port 6\nMatch !host a*,b\n User out\n",
        "a b c a.example.org",
    ),
    "Match with lists and negation": (
        "Match host web*,!web2,db\n User x\nMatch originalhost db !host b*\n Port 3\n",
        "web1 web2 db b",
    ),
    "Match does not look at upper and lower case": (
        "Match originalhost ABC\n User x\n",
        "ABC abc",
    ),
    "Match that ssh alone can decide, but a host rules out": (
        "Match host b exec /bin/true\n User x\nMatch host c user nobody\n Port 8\n",
        "a",
    ),
}


@needs_ssh
@pytest.mark.parametrize("case", CASES)
def test_an_alias_resolves_as_ssh_itself_says(case: str, tmp_path: Path) -> None:
    text, aliases = CASES[case]
    check(tmp_path, text, *aliases.split())


@needs_ssh
def test_includes_resolve_as_ssh_itself_says(tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "conf.d").mkdir(parents=True)
    (tmp_path / ".ssh" / "conf.d" / "1.conf").write_text("Host a\n User one\nHost *\n Port 11\n")
    (tmp_path / ".ssh" / "conf.d" / "2.conf").write_text("Host b\n User two\n")
    (tmp_path / "only-a").write_text("User three\nHost b\n User four\nMatch all\n Port 33\n")
    (tmp_path / "loose").write_text("HostName loose.example\nInclude only-b-in-ssh\n")
    (tmp_path / ".ssh" / "only-b-in-ssh").write_text(
        "Host b\n HostName x.example\n IdentityFile k\n"
    )
    text = (
        f"Host a\n Include {tmp_path}/only-a\n IdentityFile ~/a\n"
        "Include conf.d/*.conf nothing-here\nHost b c\n"
        f" Include {tmp_path}/loose\n IdentityFile ~/bc\nHost *\n User last\n"
    )
    check(tmp_path, text, "a", "b", "c", "d")


_PATTERNS = st.lists(
    st.sampled_from(["a", "b", "ab", "a*", "*b", "?", "*", "!a", "!b*", "!*", "x.a"]),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip
_LISTS = st.sampled_from(["a", "b", "a,b", "a*,!ab", "!a", "*", "x.*", "x.a,b", "*b"])
_BLOCKS = st.one_of(
    _PATTERNS.map("Host {}".format),
    st.just("Match all"),
    _LISTS.map("Match host {}".format),
    _LISTS.map("Match originalhost {}".format),
    st.tuples(_LISTS, _LISTS).map(lambda both: f"Match !host {both[0]} originalhost {both[1]}"),
)
_VALUES = st.sampled_from(
    ["User u1", "User u2", "Port 1", "Port 2", "HostName x.%h", "HostName b", "HostName ab",
     "IdentityFile ~/1", "IdentityFile ~/2", "ProxyJump g", "ProxyJump none", "ProxyCommand c"]
)  # fmt: skip
_BODY = st.lists(_VALUES, max_size=3).map("\n ".join)
CONFIGS = st.lists(st.tuples(_BLOCKS, _BODY).map("\n ".join), max_size=6).map("\n".join)


@needs_ssh
@given(_BODY, CONFIGS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_plain_file_resolves_as_ssh_itself_says(tmp_path: Path, head: str, blocks: str) -> None:
    check(tmp_path, f"{head}\n{blocks}\n", "a", "b", "ab")


def imported(text: str, *chosen: str, **files: str) -> Imported:
    aliases = ssh_config_aliases(text, lambda pattern: [files[pattern]] if pattern in files else [])
    return ssh_config_hosts(aliases, chosen or aliases.names)


def test_the_literal_aliases_are_offered_in_their_order() -> None:
    text = "Host b a *.x\nHost !c d? e\nInclude more\nMatch host z\nHost a f\n"
    aliases = ssh_config_aliases(text, lambda _pattern: ["Host inner *\n"])
    assert aliases.names == ("b", "a", "e", "inner", "f")
    assert aliases.lines == (1, 1, 2, 3, 5)
    assert not aliases.match_exec


@pytest.mark.parametrize(
    "condition",
    ["exec true", "originalhost a exec 'true x'", "!exec true", 'EXEC="true"', "all\nMatch exec x"],
)
def test_a_match_exec_is_told_and_its_block_passed_over(condition: str) -> None:
    text = f"Host a\n HostName 192.0.2.1\nMatch {condition}\n Port 9\n"
    aliases = ssh_config_aliases(text)
    assert aliases.match_exec
    result = ssh_config_hosts(aliases, ["a"])
    if "all" not in condition:
        assert only(result) == "a 192.0.2.1"
    assert "passed over: lines" in result.notes[0]


def test_a_match_exec_in_an_included_file_is_told_too() -> None:
    assert ssh_config_aliases("Include x", lambda _pattern: ["Match exec y"]).match_exec


def test_nothing_in_the_file_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    text = f"Host a\n HostName 192.0.2.1\nMatch exec 'touch {marker}'\n User x\n"
    imported(text)
    assert not marker.exists()


@pytest.mark.parametrize("condition", ["user x", "localuser x", "canonical", "final", "tagged x"])
def test_blocks_that_only_ssh_can_decide_are_passed_over_and_named(condition: str) -> None:
    result = imported(f"Host a\n HostName 192.0.2.1\nMatch {condition}\n Port 9\n")
    assert only(result) == "a 192.0.2.1"
    assert result.notes == ("Match blocks that only ssh can decide were passed over: lines 3.",)


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("Host a\n HostName 192.0.2.1\n User ops\n Port 2222", "a 192.0.2.1 user=ops port=2222"),
        ("Host a\n HostName 2001:DB8::1", "a 2001:db8::1"),
        ("Host a\n HostName a.example.org", "a ssh_host=a.example.org"),
        ("Host a", "a ssh_host=a"),
        ("Host A", "a ssh_host=a"),
        ("Host n1.example.org", "n1 ssh_host=n1.example.org"),
        ("Host 192.0.2.1", "192.0.2.1"),
        ("Host my_host\n HostName 192.0.2.1", "192.0.2.1"),
        ("Host a\n HostName 192.0.2.1\n IdentityFile none", "a 192.0.2.1"),
        (
            "Host a\n HostName 192.0.2.1\n User u\n IdentityFile %d/.ssh/%r-%h-%n-%p%%",
            "a 192.0.2.1 user=u key=~/.ssh/u-192.0.2.1-a-22%",
        ),
    ],
)
def test_an_alias_becomes_a_host(block: str, line: str) -> None:
    assert only(imported(block)) == line


def test_what_cannot_be_taken_over_is_noted() -> None:
    result = imported(
        "Host a\n HostName 192.0.2.1\n User DOMAIN+x\n IdentityFile ~/%u\n IdentityFile ${K}"
    )
    assert only(result) == "a 192.0.2.1"
    assert [note.partition(":")[0] for note in result.notes] == ['"a"', '"a"', '"a"']


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ("HostName 0.0.0.0", "stands for all addresses"),
        ("HostName a_b$", "neither an address nor a host name"),
        ("HostName %x", "which ssh does not know there"),
        ("Port 99999", "is no port"),
        ("ProxyCommand nc %h %p", "ProxyCommand, which etcd-tui does not run"),
        ("ProxyJump a", "in a circle"),
        ("ProxyJump b%", "neither an address nor a host name"),
    ],
)
def test_an_alias_that_cannot_be_used_is_rejected(block: str, what: str) -> None:
    rejected = rejection(imported(f"\nHost a\n {block}\n"))
    assert (rejected.line, rejected.text) == (2, "a")
    assert what in rejected.what


@pytest.mark.parametrize(
    ("text", "jumps"),
    [
        ("ProxyJump ops@gate:2222", "jump=ops@gate:2222"),
        ("ProxyJump g\nHost g\n HostName g.example\n User u\n Port 22", "jump=u@g.example:22"),
        ("ProxyJump m@g:2\nHost g\n HostName 2001:db8::1\n Port 3", "jump=m@[2001:db8::1]:2"),
        ("ProxyJump g,h\nHost g\n User a\nHost h\n User b\n ProxyJump x", "jump=a@g jump=b@h"),
        ("ProxyJump g1\nHost g1\n ProxyJump g2\nHost g2\n ProxyJump g3", "jump=g3 jump=g2 jump=g1"),
        ("ProxyJump ssh://ops@gate:2222", "jump=ops@gate:2222"),
        ("ProxyCommand ssh -q -W %h:%p ops@gate -p 24", "jump=ops@gate:24"),
        ("ProxyCommand ssh gate nc %h %p\nHost gate\n User ops", "jump=ops@gate"),
        ("ProxyCommand none", ""),
        ("ProxyJump none\nHost *\n ProxyJump gate", ""),
    ],
)  # fmt: skip
def test_jump_hosts_are_written_out(text: str, jumps: str) -> None:
    result = imported(f"Host a\n HostName 192.0.2.1\n {text}\n", "a")
    assert only(result) == f"a 192.0.2.1 {jumps}".strip()


def test_keys_of_jump_hosts_are_named() -> None:
    text = "Host a\n HostName 192.0.2.1\n ProxyJump g\nHost g\n IdentityFile ~/g\n"
    assert imported(text, "a").notes == (
        '"a": the keys of its jump hosts are not imported: "~/g".',
    )


def test_includes_without_a_reader_are_noted() -> None:
    aliases = ssh_config_aliases("Include conf.d/*\nHost a\n")
    assert aliases.notes == ('Include "conf.d/*" in line 1 was not followed.',)


def test_included_files_are_asked_for_by_anchored_patterns() -> None:
    asked: list[str] = []

    def read(pattern: str) -> list[str]:
        asked.append(pattern)
        return []

    ssh_config_aliases('Include a /b ~/c "d e"\n', read)
    assert asked == ["~/.ssh/a", "/b", "~/c", "~/.ssh/d e"]


def test_files_that_include_each_other_come_to_an_end() -> None:
    aliases = ssh_config_aliases(
        "Host a\nInclude x x\n", lambda _pattern: ["Include x x\nHost b\n"]
    )
    assert aliases.names == ("a", "b")
    assert aliases.notes


def test_open_quotes_are_noted() -> None:
    aliases = ssh_config_aliases('Host a\n HostName "x\n')
    assert "Line 2" in aliases.notes[0]


def test_aliases_of_one_host_are_named() -> None:
    result = imported("Host a b\n HostName 192.0.2.1\n")
    assert lines(result) == ["a 192.0.2.1"]
    assert "192.0.2.1 already stands in line 1" in result.rejected[0].what
