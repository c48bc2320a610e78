"""The probe, run on this very machine (it changes nothing), and what is made of its output."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.observe import probe_script
from etcd_tui.observe.parse import parse_probe, parse_unit, with_manifest

SHELLS = [
    pytest.param(
        shell, marks=pytest.mark.skipif(not shutil.which(shell[0]), reason=f"no {shell[0]}")
    )
    for shell in (["sh"], ["dash"], ["bash"], ["busybox", "sh"])
]
FOLDERS = ("config", "data", "bin", "units", "state")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine's five folders."""
    root = tmp_path / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    return root


def probe(root: Path, shell: list[str] | None = None, names: str = "etcd.conf ca.crt") -> HostFacts:
    folders = [str(root / name) for name in FOLDERS]
    done = subprocess.run(
        [*(shell or ["sh"]), "-c", probe_script(), "sh", *folders, names, "127.0.0.1"],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    facts = parse_probe("etcd1", done.stdout, 5.0)
    return with_manifest(facts, str(root / "state" / "manifest"))


def put(path: Path, text: str = "x\n", mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def snapshot(root: Path) -> dict[str, tuple[int, float]]:
    return {str(p): (p.lstat().st_mode, p.lstat().st_mtime) for p in root.rglob("*")}


# real output


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_tells_the_same_of_this_machine(shell: list[str], root: Path) -> None:
    text = '# c\nETCD_NAME="etcd1"\nüml\n'
    conf = put(root / "config" / "etcd.conf", text, 0o600)
    put(root / "data" / "member" / "wal" / "0-0.wal")
    put(root / "state" / "manifest", "cluster prod\nfile /a b\n")
    put(root / "units" / ".etcd-tui.abc123")
    before = snapshot(root)
    facts = probe(root, shell)
    assert snapshot(root) == before
    assert facts.hostname == Path("/proc/sys/kernel/hostname").read_text().strip()
    assert facts.kernel.startswith("Linux ")
    assert facts.architecture == {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    assert facts.clock > 1e9
    assert facts.memory_kib > 0
    assert "etc" not in facts.missing_tools
    there = facts.path(str(conf))
    assert (there.kind, there.mode) == ("file", "600")
    assert there.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert facts.text(str(conf)) == text
    assert facts.is_whole(str(conf))
    assert facts.path(str(root / "data")).kind == "dir"
    assert not facts.path(str(root / "config" / "ca.crt")).present
    assert facts.has_wal
    assert facts.data_entries == ("member",)
    assert facts.leftovers == (str(root / "units" / ".etcd-tui.abc123"),)
    assert facts.manifest.entries == (("cluster", "prod"), ("file", "/a b"))
    fs = facts.file_system(str(root / "data"))
    assert fs is not None
    assert fs.free_kib > 0
    assert fs.mount_point.startswith("/")


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_there_yet(shell: list[str], tmp_path: Path) -> None:
    facts = probe(tmp_path / "not" / "there", shell)
    assert facts.manifest.entries == ()
    assert not facts.has_wal
    assert facts.data_entries == ()
    fs = facts.file_system(str(tmp_path / "not" / "there" / "data"))
    assert fs is not None
    assert fs.free_kib > 0


def test_links_other_kinds_and_attributes_are_told(root: Path) -> None:
    config = root / "config"
    config.chmod(0o750)
    (config / "etcd.conf").symlink_to("/no where/at all")
    os.mkfifo(config / "ca.crt")
    facts = probe(root)
    link = facts.path(str(config / "etcd.conf"))
    assert (link.kind, link.target, link.sha256) == ("link", "/no where/at all", "")
    assert facts.path(str(config / "ca.crt")).kind == "other"
    assert facts.path(str(config)).mode == "750"
    assert facts.path(str(config)).owner == config.owner()


def test_a_large_file_is_cut_and_known_to_be(root: Path) -> None:
    conf = put(root / "config" / "etcd.conf", "x" * 300_000)
    facts = probe(root)
    assert len(facts.text(str(conf))) == 262_144
    assert not facts.is_whole(str(conf))


def test_bytes_that_are_no_text_come_back_as_they_were(root: Path) -> None:
    conf = root / "config" / "etcd.conf"
    conf.write_bytes(b"\xff\x00\x1b[31m\r\n")
    assert probe(root).text(str(conf)).encode("utf-8", "surrogateescape") == b"\xff\x00\x1b[31m\r\n"


@pytest.mark.fault(
    53,
    injected="file names with newlines and escapes",
    seen="data, never facts",
)
def test_names_of_files_cannot_pass_for_facts(root: Path) -> None:
    for name in (
        "a b",
        "t\tt",
        "n\narch=forged",
        "r\rarch=forged",
        "r\r\nwal=1",
        ".hidden",
        "\x1b[2J",
    ):
        put(root / "data" / name)
    facts = probe(root)
    assert facts.architecture != "forged"
    assert not facts.has_wal
    assert len(facts.data_entries) == 7
    assert {"a b", "t\tt", ".hidden"} <= set(facts.data_entries)
    assert "\x1b" not in "".join(facts.data_entries)


@pytest.mark.fault(
    53,
    injected="a process whose name is made of our words",
    seen="data, never facts",
)
def test_command_lines_of_processes_cannot_pass_for_facts(root: Path) -> None:
    """Anybody on the host may call a process etcd and give it any arguments."""
    spoof = "x\rwal=1\narch=forged\rtext=/etc/hosts eA=="
    program = root / "etcd"
    shutil.copy(shutil.which("sleep") or "sleep", program)
    with subprocess.Popen([spoof, "60"], executable=program) as process:
        try:
            facts = probe(root)
        finally:
            process.send_signal(signal.SIGKILL)
    assert facts.architecture != "forged"
    assert not facts.has_wal
    assert facts.text("/etc/hosts") != "x"
    assert [sign for sign in facts.foreign if "arch=forged" in sign]


def test_a_name_that_is_written_otherwise_in_lists_has_its_checksum(root: Path) -> None:
    put(root / "config" / "back\\slash", "text\n")
    fact = probe(root, names="back\\slash").path(str(root / "config" / "back\\slash"))
    assert fact.sha256 == hashlib.sha256(b"text\n").hexdigest()
    assert fact.mode == "644"


# programs


def around(tmp_path: Path, **programs: str) -> dict[str, str]:
    """An environment in which these programs come first. Each is the rest of a script."""
    for name, text in programs.items():
        put(tmp_path / "first" / name.replace("_", "-"), f"#!/bin/sh\n{text}\n", 0o755)
    return {**os.environ, "PATH": f"{tmp_path}/first:{os.environ['PATH']}"}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_the_hosts_programs_say_is_told(shell: list[str], root: Path, tmp_path: Path) -> None:
    unit = "echo LoadState=loaded; echo MainPID=0; echo 'DropInPaths=/a.conf /b*.conf'"
    proxies = "echo HTTPS_PROXY=http://p:1; echo x_y_proxy=no; echo noproxy=no; echo 'no_proxy=* x'"
    ways = 'while read -r _ _ to; do echo "$to via x src 192.0.2.9 uid 0"; done'
    env = around(
        tmp_path,
        systemctl=f'case "$1" in show) {unit} ;; show-environment) {proxies} ;; esac',
        ip='case "$*" in *addr*) echo "1: lo    inet 192.0.2.9/24 brd x"; '
        f"echo '2: e0    inet6 2001:db8::9 peer x' ;; *batch*) {ways} ;; esac",
        ss="echo 'LISTEN 0 128 192.0.2.9:2379 0.0.0.0:* users:((\"a*\",pid=7,fd=3))'; "
        "echo 'LISTEN 0 128 *:22 *:*'; echo 'LISTEN 0 128 [::]:2380 [::]:*'",
        getent='[ "$1" = passwd ] && echo "etcd:x:998:997::/var/lib/*:/sbin/nologin"',
        dpkg_query="echo 'ii  etcd 3.3*'; echo 'rc  etcd-server 3.4'; echo 'un  x '",
    )
    folders = [str(root / name) for name in FOLDERS]
    done = subprocess.run(
        [*shell, "-c", probe_script(), "sh", *folders, "x", "192.0.2.11 192.0.2.12"],
        env=env, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    facts = parse_probe("etcd1", done.stdout, 1.0)
    assert (facts.unit.load, facts.unit.drop_ins) == ("loaded", ("/a.conf", "/b*.conf"))
    assert facts.service_proxies == (("HTTPS_PROXY", "http://p:1"), ("no_proxy", "* x"))
    assert facts.addresses == ("192.0.2.9", "2001:db8::9")
    assert facts.sources == (("192.0.2.11", "192.0.2.9"), ("192.0.2.12", "192.0.2.9"))
    assert [(at.address, at.port, at.pid) for at in facts.listeners] == [
        ("192.0.2.9", 2379, 7),
        ("::", 2380, 0),
    ]
    assert facts.user == "998:997:/var/lib/*:/sbin/nologin"
    assert [sign for sign in facts.foreign if "package" in sign] == ["package etcd 3.3*"]


def test_one_program_tells_of_all_paths(root: Path, tmp_path: Path) -> None:
    """On many hosts at once every process counts."""
    for name in ("etcd.conf", "ca.crt", "server.crt"):
        put(root / "config" / name, "x" * 5000)
    put(root / "units" / "etcd.service")
    put(root / "state" / "manifest", "cluster prod\n")
    seen = tmp_path / "seen"
    programs = ("stat", "sha256sum", "df")
    real = {name: shutil.which(name) for name in programs}
    env = around(
        tmp_path,
        **{name: f"echo {name} >>'{seen}'; exec {real[name]} \"$@\"" for name in programs},
    )
    folders = [str(root / name) for name in FOLDERS]
    done = subprocess.run(
        ["sh", "-c", probe_script(), "sh", *folders, "etcd.conf ca.crt server.crt", "127.0.0.1"],
        env={**env, "ETCD_TUI_ROOT": ""}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    facts = parse_probe("etcd1", done.stdout, 1.0)
    assert len([path for path in facts.paths if path.sha256]) >= 4
    started = seen.read_text().split()
    assert [started.count(name) for name in ("stat", "sha256sum", "df")] == [1, 1, 2]


def fake(root: Path, name: str, version: str) -> Path:
    """A program that leaves a trace where it is run."""
    words = f"etcd Version: {version}" if name == "etcd" else f"{name} version: {version}"
    text = f"#!/bin/sh\necho run >>'{root}/ran-{name}'\necho '{words}'\necho more\n"
    return put(root / "bin" / name, text, 0o755)


def test_programs_that_are_not_ours_are_not_run(root: Path) -> None:
    programs = [fake(root, name, "3.5.30") for name in ("etcd", "etcdctl", "etcdutl")]
    put(
        root / "state" / "manifest",
        f"file {programs[1]}\nfile {programs[2]}x\nfile x{programs[0]}\n",
    )
    facts = probe(root)
    assert facts.versions == (("etcdctl", "3.5.30"),)
    assert [path.name for path in root.glob("ran-*")] == ["ran-etcdctl"]
    assert facts.path(str(programs[0])).mode == "755"


def test_a_program_that_says_nothing_has_no_version(root: Path) -> None:
    program = put(root / "bin" / "etcd", "#!/bin/sh\nexit 1\n", 0o755)
    put(root / "state" / "manifest", f"file {program}\n")
    assert dict(probe(root).versions).get("etcd", "") == ""


# hostile output


@given(st.binary())
def test_any_bytes_are_facts(output: bytes) -> None:
    facts = parse_probe("etcd1", output, 1.0)
    assert (facts.name, facts.asked) == ("etcd1", 1.0)


KEYS = [
    "clock",
    "arch",
    "systemd",
    "memory",
    "path",
    "fs",
    "text",
    "version",
    "source",
    "unit",
    "environ",
    "listen",
    "foreign",
    "user",
    "leftover",
    "data",
    "wal",
    "firewall-kind",
    "helper",
    "container",
    "timekeeper",
    "service-proxy",
    "login-proxy",
]
values = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "nan",
            "inf",
            "-1",
            "1e999",
            "٣",
            "²",
            "\t\t\t\t",
            "a\tb\tc\td\te",
            "MainPID=x",
            "NRestarts=inf",
            "/x !",
        ]
    ),
)


@given(st.lists(st.tuples(st.sampled_from(KEYS), values)))
def test_known_keys_with_any_values_are_facts(lines: list[tuple[str, str]]) -> None:
    output = "\n".join(f"{key}={value}" for key, value in lines)
    facts = parse_probe("etcd1", output.encode("utf-8", "surrogatepass"), 1.0)
    assert isinstance(with_manifest(facts, "/x"), HostFacts)
    assert facts.memory_kib >= 0 or "memory" in output


def test_nothing_said_is_the_default() -> None:
    assert parse_probe("etcd1", b"", 1.0) == HostFacts("etcd1", asked=1.0)


def test_lines_that_are_cut_short_keep_their_defaults() -> None:
    output = b"path=file\t600 root\nfs=/x\nclock=\narch=riscv64\ntext=/a !!!\n"
    output += b"systemd=systemd 252 (252.1)\n"
    facts = parse_probe("etcd1", output, 1.0)
    assert (facts.paths, facts.file_systems, facts.clock, facts.systemd) == ((), (), 0.0, 252)
    assert facts.architecture == "riscv64"
    assert facts.text("/a") == ""


def test_systemd_and_sockets_are_read() -> None:
    environ = base64.b64encode(b"ETCD_NAME=etcd1\0ETCD_X=a b\0PATH=/bin\0").decode()
    output = "\n".join(
        [
            "unit=LoadState=loaded",
            "unit=ActiveState=active",
            "unit=SubState=running",
            "unit=MainPID=77",
            "unit=NRestarts=2",
            "unit=NeedDaemonReload=yes",
            "unit=DropInPaths=/a.conf /b.conf",
            "unit=UnitFileState=enabled",
            "unit=FragmentPath=/etc/systemd/system/etcd.service",
            f"environ={environ}",
            'listen=[::]:2379 users:(("etcd",pid=77,fd=8))',
            "listen=192.0.2.11:2380 ",
            "source=192.0.2.12 192.0.2.11",
            "address=::1",
            "address=::1",
            "user=998:998:/:/sbin/nologin",
        ]
    )
    facts = parse_probe("etcd1", output.encode(), 1.0)
    assert facts.ready
    assert facts.running
    assert (facts.unit.restarts, facts.unit.needs_daemon_reload) == (2, True)
    assert facts.unit.drop_ins == ("/a.conf", "/b.conf")
    assert dict(facts.process_environment)["ETCD_X"] == "a b"
    first, second = facts.listeners
    assert (first.port, first.address, first.process, first.pid) == (2379, "::", "etcd", 77)
    assert (second.port, second.address, second.process, second.pid) == (2380, "192.0.2.11", "", 0)
    assert facts.sources == (("192.0.2.12", "192.0.2.11"),)
    assert facts.addresses == ("::1",)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https_proxy=http://user:pa@ss@proxy:3128", ("https_proxy", "http://proxy:3128")),
        ('HTTPS_PROXY="user:word@proxy:3128"', ("HTTPS_PROXY", "proxy:3128")),
        ("no_proxy='10.0.0.0/8,.x'", ("no_proxy", "10.0.0.0/8,.x")),
        ("https_proxy=", ("https_proxy", "")),
        ("https_proxy", ("https_proxy", "")),
    ],
)
def test_a_proxy_is_told_without_its_password(said: str, kept: tuple[str, str]) -> None:
    facts = parse_probe("etcd1", f"service-proxy={said}\nlogin-proxy={said}".encode(), 1.0)
    assert facts.service_proxies == facts.login_proxies == (kept,)


def test_what_is_around_etcd_is_found_in_the_hosts_own_files(root: Path) -> None:
    put(root / "etc/environment", "PATH=/bin\nexport HTTPS_PROXY=http://p:1\nno_proxy=x\n")
    put(root / "run/systemd/container", "lxc\n")
    for pid, name in ((7, "chronyd"), (8, "etcd"), (9, "chronyd"), (10, "bash")):
        put(root / f"proc/{pid}/comm", f"{name}\n")
    put(root / "proc/8/cmdline", "/opt/etcd\0--x\0")
    done = subprocess.run(
        ["sh", "-c", probe_script(), "sh", *(f"/{name}" for name in FOLDERS), "x", "127.0.0.1"],
        env={**os.environ, "ETCD_TUI_ROOT": str(root)},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    facts = parse_probe("etcd1", done.stdout, 1.0)
    assert facts.login_proxies == (("HTTPS_PROXY", "http://p:1"), ("no_proxy", "x"))
    assert facts.container == "lxc"
    assert facts.timekeepers == ("chronyd",)
    assert [sign.strip() for sign in facts.foreign if "process" in sign] == [
        "process 8: /opt/etcd --x"
    ]
    assert "bash" in facts.helpers


@pytest.mark.skipif(not shutil.which("ss"), reason="no ss")
def test_a_listener_that_tries_peers_at_the_moment_holds_no_port(root: Path) -> None:
    """Somebody else's listener on the same port is told."""
    listen = "import socket, time; s = socket.create_server(('127.3.5.7', 2380)); print(flush=True)"
    command = [sys.executable, "-c", f"{listen}; time.sleep(60)"]
    for env, told in (({"ETCD_TUI_RUN": "x"}, False), ({}, True)):
        with subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.PIPE) as there:
            try:
                assert there.stdout is not None
                there.stdout.readline()
                addresses = {listener.address for listener in probe(root).listeners}
            finally:
                there.kill()
        assert ("127.3.5.7" in addresses) is told


@pytest.mark.parametrize(
    ("active", "sub", "ready"),
    [
        ("active", "running", True),
        ("activating", "start", False),
        ("activating", "auto-restart", False),
        ("deactivating", "stop-sigterm", False),
        ("failed", "failed", False),
        ("active", "exited", False),
    ],
)
def test_ready_is_what_systemd_calls_active_and_running(active: str, sub: str, ready: bool) -> None:
    lines = f"unit=ActiveState={active}\nunit=SubState={sub}".encode()
    assert parse_probe("etcd1", lines, 1.0).ready is ready


def test_a_drill_is_seen() -> None:
    assert parse_probe("etcd1", b"drill=1", 1.0).drill
    assert not parse_probe("etcd1", b"", 1.0).drill


def test_no_unit_is_a_unit_that_is_not_found() -> None:
    assert parse_unit([]).load == "not-found"
