"""The scripts that change a host, run by real shells in folders of their own."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etcd_tui.observe.observe import probe_script
from etcd_tui.plan import scripts
from etcd_tui.plan.scripts import script_text
from tests.unit.archives import member, pack

SCRIPTS = sorted(p.stem for p in Path(scripts.__file__).parent.glob("*.sh") if p.stem != "lib")
SHELLS = [
    pytest.param(
        shell, marks=pytest.mark.skipif(not shutil.which(shell[0]), reason=f"no {shell[0]}")
    )
    for shell in (["dash"], ["bash"], ["busybox", "sh"])
]
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = (
    *("cat", "chmod", "chown", "cut", "find", "grep", "head", "ls", "mkdir", "mktemp"),
    *("mv", "rm", "rmdir", "sed", "sha256sum", "stat", "sync", "tar", "tr", "wc"),
)
# Appending is atomic, also for the two ends of a pipe.
TRAP = """\
#!/bin/sh
printf x >>"$SEEN"
[ $(/usr/bin/stat -c %s "$SEEN") -lt "$KILL" ] || kill -9 0
"""
ME = pwd.getpwuid(os.getuid()).pw_name
MINE = grp.getgrgid(os.getgid()).gr_name
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="chown 0:0 is root's alone")


@dataclass
class Place:
    """A host's folders below a temporary root, and stand-ins for its foreign programs."""

    root: Path
    shell: list[str] = field(default_factory=lambda: ["sh"])
    kill_before: int = 0
    """Kill the script and all its children before this external command; 0: never."""

    def __post_init__(self) -> None:
        self.etc = self.root / "etc"
        self.state = self.root / "state"
        self.bin = self.root / "stand-ins"
        for folder in (self.etc, self.bin):
            folder.mkdir(parents=True)
        self.stand_in("systemctl", f'echo "$@" >>{self.root}/systemctl')

    def stand_in(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(
        self, script: str, *args: object, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        text = script_text(script).replace("/run/etcd-tui.lock", str(self.root / "lock"))
        env = {"PATH": f"{self.bin}:{SYSTEM_PATH}"}
        if self.kill_before:
            self._arm(env)
        return subprocess.run(
            [*self.shell, "-c", f"umask 077\n{text}", "sh", str(self.state), *map(str, args)],
            input=stdin,
            capture_output=True,
            check=False,
            env=env,
            start_new_session=True,
            timeout=60,
        )

    def _arm(self, env: dict[str, str]) -> None:
        traps = self.root / "traps"
        if not traps.is_dir():
            traps.mkdir()
            for tool in TOOLS:
                real = shutil.which(tool, path=SYSTEM_PATH)
                if real:
                    (traps / tool).write_text(f'{TRAP}exec {real} "$@"\n')
                    (traps / tool).chmod(0o755)
        (self.root / "seen").write_bytes(b"")
        env |= {
            "PATH": f"{traps}:{env['PATH']}",
            "KILL": str(self.kill_before),
            "SEEN": str(self.root / "seen"),
        }

    def write(
        self,
        path: Path,
        data: bytes,
        mode: str = "640",
        expect: str = "",
        created: str = "yes",
        size: int | None = None,
        sha256: str = "",
    ) -> subprocess.CompletedProcess[bytes]:
        size = len(data) if size is None else size
        return self.run(
            "write_file",
            path,
            size,
            sha256 or digest(data),
            ME,
            MINE,
            mode,
            expect,
            created,
            stdin=data,
        )

    def manifest(self) -> list[str]:
        path = self.state / "manifest"
        return path.read_text().splitlines() if path.is_file() else []

    def note(self, *lines: str) -> None:
        self.state.mkdir(exist_ok=True)
        with (self.state / "manifest").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):o}"


def ok(done: subprocess.CompletedProcess[bytes]) -> None:
    assert done.returncode == 0, done.stderr


def leftovers(root: Path) -> list[Path]:
    return list(root.rglob(".etcd-tui.*"))


@pytest.fixture(params=SHELLS, ids=["dash", "bash", "busybox"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    return Place(tmp_path / "host", request.param)


def until_it_ends(
    place: Place, act: Callable[[], subprocess.CompletedProcess[bytes]], check: Callable[[], None]
) -> int:
    """Kill `act` before its 1st, 2nd, … command and `check` each time; how often until it ended."""
    for number in range(1, 200):
        place.kill_before = number
        done = act()
        place.kill_before = 0
        if done.returncode >= 0:
            ok(done)
            return number - 1
        check()
    raise AssertionError("it never ends")


# write_file


def test_a_file_is_written_with_its_mode_and_noted(place: Place) -> None:
    path = place.etc / "etcd.conf"
    data = b"no newline\0 at \xff the end"
    ok(place.write(path, data))
    assert path.read_bytes() == data
    assert (mode(path), path.owner()) == ("640", ME)
    assert place.manifest() == [f"file {path}"]
    assert mode(place.state) == "700"
    assert mode(place.state / "manifest") == "600"
    assert leftovers(place.root) == []


def test_writing_it_twice_is_writing_it_once(place: Place) -> None:
    path = place.etc / "etcd.conf"
    ok(place.write(path, b"one"))
    ok(place.write(path, b"two", mode="600"))
    ok(place.write(path, b"two", mode="600"))
    assert (path.read_bytes(), mode(path)) == (b"two", "600")
    assert place.manifest() == [f"file {path}"]


def test_a_file_that_is_not_ours_is_not_noted(place: Place) -> None:
    ok(place.write(place.etc / "hosts", b"x", created="no"))
    assert place.manifest() == []


@pytest.mark.parametrize("arrived", [b"", b"whole conten", b"whole content and more"])
def test_content_that_did_not_arrive_whole_changes_nothing(arrived: bytes, place: Place) -> None:
    path = place.etc / "etcd.conf"
    path.write_bytes(b"old")
    whole = b"whole content"
    done = place.write(path, arrived, size=len(whole), sha256=digest(whole))
    assert (done.returncode, b"incomplete" in done.stderr) == (65, True)
    assert path.read_bytes() == b"old"
    assert place.manifest() == []
    assert leftovers(place.root) == []


def test_content_that_was_changed_on_the_way_is_refused(place: Place) -> None:
    path = place.etc / "etcd.conf"
    done = place.write(path, b"evil", sha256=digest(b"good"))
    assert (done.returncode, path.exists(), leftovers(place.root)) == (65, False, [])


def test_a_file_that_changed_since_it_was_seen_is_not_overwritten(place: Place) -> None:
    path = place.etc / "hosts"
    path.write_bytes(b"edited meanwhile")
    done = place.write(path, b"new", expect=digest(b"as it was seen"))
    assert (done.returncode, path.read_bytes()) == (66, b"edited meanwhile")
    assert leftovers(place.root) == []
    path.unlink()
    assert place.write(path, b"new", expect=digest(b"as it was seen")).returncode == 66
    assert not path.exists()


def test_an_earlier_try_of_the_same_step_is_no_change_of_somebody_else(place: Place) -> None:
    path = place.etc / "hosts"
    path.write_bytes(b"old")
    for _attempt in range(2):
        ok(place.write(path, b"new", expect=digest(b"old")))
    assert path.read_bytes() == b"new"


def test_a_link_is_replaced_and_not_followed(place: Place) -> None:
    victim = place.root / "victim"
    victim.write_bytes(b"precious")
    path = place.etc / "etcd.conf"
    path.symlink_to(victim)
    ok(place.write(path, b"new"))
    assert victim.read_bytes() == b"precious"
    assert not path.is_symlink()


def test_a_link_to_a_folder_is_replaced_and_nothing_is_put_into_it(place: Place) -> None:
    folder = place.root / "folder"
    folder.mkdir()
    path = place.etc / "etcd.conf"
    path.symlink_to(folder)
    ok(place.write(path, b"new"))
    assert list(folder.iterdir()) == []
    assert path.read_bytes() == b"new"


def test_a_folder_in_the_way_stays_and_what_was_to_come_is_already_noted(place: Place) -> None:
    path = place.etc / "etcd.conf"
    path.mkdir()
    assert place.write(path, b"new").returncode != 0
    assert path.is_dir()
    assert place.manifest() == [f"file {path}"]
    assert leftovers(place.root) == []


def test_a_killed_write_leaves_the_old_file_or_the_new_one(place: Place) -> None:
    path = place.etc / "etcd.conf"

    def whole() -> None:
        assert path.read_bytes() in (b"old", b"new")
        if path.read_bytes() == b"new":
            assert mode(path) == "600"
            assert place.manifest() == [f"file {path}"]
        for left in leftovers(place.root):
            assert mode(left)[-2:] == "00"
            ok(place.run("clean_leftovers", left))
        path.write_bytes(b"old")

    path.write_bytes(b"old")
    kills = until_it_ends(place, lambda: place.write(path, b"new", mode="600"), whole)
    assert kills >= 6
    assert (path.read_bytes(), leftovers(place.root)) == (b"new", [])


# make_dir and restore_dirs


def make_dir(
    place: Place, path: Path, wanted: str = "750", kind: str = "dir"
) -> subprocess.CompletedProcess[bytes]:
    return place.run("make_dir", path, ME, MINE, wanted, kind)


def test_missing_folders_are_made_and_noted_outermost_first(place: Place) -> None:
    path = place.etc / "a" / "b"
    ok(make_dir(place, path))
    ok(make_dir(place, path))
    assert (mode(path), mode(path.parent)) == ("750", "755")
    assert place.manifest() == [f"dir {path.parent}", f"dir {path}"]


def test_a_folder_that_was_here_is_remembered_as_it_was(place: Place) -> None:
    path = place.etc / "etcd"
    path.mkdir()
    path.chmod(0o711)
    ok(make_dir(place, path, "700"))
    ok(make_dir(place, path, "750"))
    assert mode(path) == "750"
    assert place.manifest() == [f"dir-was {path} 711 {ME} {MINE}"]
    ok(place.run("restore_dirs", path))
    assert (mode(path), place.manifest()) == ("711", [])


def test_a_data_folder_is_noted_as_one(place: Place) -> None:
    path = place.root / "data"
    ok(make_dir(place, path, "700", "data"))
    assert place.manifest() == [f"dir {path}", f"data {path}"]


def test_a_link_in_the_way_of_a_folder_is_refused(place: Place) -> None:
    (place.etc / "etcd").symlink_to(place.root)
    before = mode(place.root)
    assert make_dir(place, place.etc / "etcd").returncode == 67
    assert (mode(place.root), place.manifest()) == (before, [])


def test_a_killed_make_dir_is_ended_by_the_next(place: Place) -> None:
    path = place.etc / "a" / "b"

    def noted() -> None:
        for made in (path.parent, path):
            if made.is_dir():
                assert f"dir {made}" in place.manifest()

    assert until_it_ends(place, lambda: make_dir(place, path), noted) >= 3
    assert (mode(path), mode(path.parent)) == ("750", "755")
    ok(place.run("restore_dirs", path, path.parent))
    assert not path.parent.exists()
    assert place.manifest() == []


def test_own_folders_go_if_empty_and_stay_if_not(place: Place) -> None:
    for name in ("gone", "kept"):
        ok(make_dir(place, place.etc / name))
    (place.etc / "kept" / "somebody's").write_text("x")
    done = place.run(
        "restore_dirs", place.etc / "gone", place.etc / "kept", place.etc / "never noted"
    )
    ok(done)
    assert b"not empty" in done.stderr
    assert not (place.etc / "gone").exists()
    assert place.manifest() == [f"dir {place.etc / 'kept'}"]


def test_a_name_is_taken_literally(place: Place) -> None:
    for name, bits in (("aXb", 0o711), ("a.b", 0o755)):
        (place.etc / name).mkdir()
        (place.etc / name).chmod(bits)
        ok(make_dir(place, place.etc / name, "700"))
    ok(place.run("restore_dirs", place.etc / "a.b"))
    assert mode(place.etc / "a.b") == "755"
    assert place.manifest() == [f"dir-was {place.etc / 'aXb'} 711 {ME} {MINE}"]


# remove_files, clean_leftovers, purge_data


def test_only_noted_files_are_removed(place: Place) -> None:
    ours, theirs = place.etc / "ours", place.etc / "theirs"
    theirs.write_text("x")
    ok(place.write(ours, b"x"))
    assert place.run("remove_files", theirs).returncode == 67
    assert theirs.exists()
    ok(place.run("remove_files", ours))
    assert (ours.exists(), place.manifest()) == (False, [])


def test_files_that_are_gone_already_are_only_forgotten(place: Place) -> None:
    ok(place.write(place.etc / "ours", b"x"))
    (place.etc / "ours").unlink()
    ok(place.run("remove_files", place.etc / "ours"))
    assert place.manifest() == []


def test_a_killed_removal_is_ended_by_the_next(place: Place) -> None:
    paths = [place.etc / name for name in ("a", "b", "c")]
    for path in paths:
        ok(place.write(path, b"x"))
    place.note("unit etcd.service", "cluster prod")

    def still_noted() -> None:
        for path in paths:
            assert not path.exists() or f"file {path}" in place.manifest()
        assert "cluster prod" in place.manifest()

    assert until_it_ends(place, lambda: place.run("remove_files", *paths), still_noted) >= 5
    assert place.manifest() == ["cluster prod"]


def test_a_step_whose_end_was_not_heard_of_may_be_run_again(place: Place) -> None:
    """After a lost connection the same script runs once more, with the same arguments."""
    path = place.etc / "etcd"
    place.note("cluster prod")
    steps: list[tuple[object, ...]] = [
        ("make_dir", path, ME, MINE, "750", "data"),
        ("enable_unit",),
        ("record", "file", path / "gone"),
        ("remove_files", path / "gone"),
        ("clean_leftovers", path / ".etcd-tui.abcdef"),
        ("purge_data", path),
        ("restore_dirs", path),
        ("unrecord", "file", path),
        ("forget", "prod"),
    ]
    for name, *args in steps:
        for _again in range(3):
            ok(place.run(str(name), *args))
    assert not place.state.exists()


def test_a_killed_farewell_keeps_the_clusters_name_to_the_last(place: Place) -> None:
    place.note("cluster prod")
    (place.state / "accounts").mkdir()

    def known() -> None:
        assert not place.state.exists() or place.manifest() == ["cluster prod"]

    until_it_ends(place, lambda: place.run("forget", "prod"), known)
    assert not place.state.exists()


def test_only_names_of_our_own_pattern_are_leftovers(place: Place) -> None:
    ours = place.etc / ".etcd-tui.Ab3def"
    (ours / "deep").mkdir(parents=True)
    for name in (".etcd-tui.abc", ".etcd-tui.abcdefg", "etcd.conf", ".etcd-tui.abcde/x"):
        (place.etc / name).parent.mkdir(exist_ok=True)
        (place.etc / name).write_text("x")
        assert place.run("clean_leftovers", place.etc / name).returncode == 67
        assert (place.etc / name).exists()
    ok(place.run("clean_leftovers", ours))
    assert not ours.exists()


def data_folder(place: Place) -> Path:
    path = place.root / "data"
    ok(make_dir(place, path, "700", "data"))
    (path / "member" / "wal").mkdir(parents=True)
    (path / "member" / "wal" / "0.wal").write_text("x")
    (path / ".hidden").write_text("x")
    (path / "out").symlink_to(place.etc)
    (place.etc / "precious").write_text("x")
    return path


def test_purged_data_is_gone_and_what_it_led_to_is_not(place: Place) -> None:
    path = data_folder(place)
    ok(place.run("purge_data", path))
    assert list(path.iterdir()) == []
    assert (place.etc / "precious").exists()
    assert place.manifest() == [f"dir {path}"]
    ok(place.run("restore_dirs", path))
    assert not path.exists()


def test_only_a_noted_folder_is_purged(place: Place) -> None:
    path = data_folder(place)
    for other in (path / "member", place.etc, place.root):
        assert place.run("purge_data", other).returncode == 67
    assert (path / "member" / "wal" / "0.wal").exists()


@pytest.mark.fault(
    56,
    injected="a data folder that became a link",
    seen="not purged",
)
def test_a_data_folder_that_became_a_link_is_not_purged(place: Place) -> None:
    path = data_folder(place)
    moved = path.rename(place.root / "moved")
    path.symlink_to(moved)
    assert place.run("purge_data", path).returncode == 67
    through = place.root / "alias"
    through.symlink_to(place.root)
    place.note(f"data {through / 'moved'}")
    assert place.run("purge_data", through / "moved").returncode == 67
    assert (moved / "member" / "wal" / "0.wal").exists()


def test_data_that_is_gone_already_is_only_forgotten(place: Place) -> None:
    path = data_folder(place)
    shutil.rmtree(path)
    ok(place.run("purge_data", path))
    assert f"data {path}" not in place.manifest()


# the record


def test_notes_are_kept_in_order_and_once(place: Place) -> None:
    for value in ("prod", "a b", "prod"):
        ok(place.run("record", "cluster", value))
    assert place.manifest() == ["cluster prod", "cluster a b"]
    ok(place.run("unrecord", "cluster", "prod"))
    assert place.manifest() == ["cluster a b"]
    ok(place.run("unrecord", "cluster", "never"))
    assert place.manifest() == ["cluster a b"]


def test_a_note_is_compared_as_a_whole_and_literally(place: Place) -> None:
    place.note(f"file {place.etc}/server.key", f"file {place.etc}/serverXkey2")
    for name in ("server.ke", "server.key2"):
        (place.etc / name).write_text("x")
        assert place.run("remove_files", place.etc / name).returncode == 67
        assert (place.etc / name).exists()
    ok(place.run("record", "file", "-x"))
    assert place.manifest()[-1] == "file -x"


@pytest.mark.fault(
    19,
    injected="a write error under the host's record",
    seen="the old record stays",
)
def test_a_manifest_that_cannot_be_rewritten_is_kept(place: Place) -> None:
    place.note("file /a", "file /b")
    place.stand_in(
        "grep",
        'case $1 in -v*) echo "file /"; echo "write error" >&2; exit 2;; esac; exec /bin/grep "$@"',
    )
    assert place.run("unrecord", "file", "/a").returncode != 0
    assert place.manifest() == ["file /a", "file /b"]


def test_the_last_step_forgets_the_host_only_if_nothing_is_left(place: Place) -> None:
    place.note("cluster prod", "file /a", f"dir {place.root}/gone")
    done = place.run("forget", "prod")
    assert done.returncode == 70
    assert b"file /a" in done.stderr
    assert place.manifest() == ["cluster prod", "file /a", f"dir {place.root}/gone"]
    ok(place.run("unrecord", "dir", place.root / "gone"))
    ok(place.run("unrecord", "file", "/a"))
    ok(place.run("forget", "prod"))
    assert not place.state.exists()
    assert not (place.root / "lock").exists()


def test_two_scripts_do_not_work_at_once(place: Place) -> None:
    lock = place.root / "lock"
    with subprocess.Popen(
        ["flock", lock, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(b"held\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"held\n"
        # A wait of 60 s is flock's; here it is asked not to wait at all.
        place.stand_in("flock", 'shift 2; exec /usr/bin/flock -n "$@"')
        done = place.run("record", "cluster", "prod")
        holder.stdin.close()
    assert (done.returncode, place.manifest()) == (75, [])


def test_enabling_is_noted_before_it_happens(place: Place) -> None:
    place.stand_in(
        "systemctl", f'[ "$1" != enable ] || cp {place.state}/manifest {place.root}/then'
    )
    ok(place.run("enable_unit"))
    assert (place.root / "then").read_text() == "unit etcd.service\n"


def test_a_unit_that_is_not_ours_is_not_stopped(place: Place) -> None:
    unit = place.etc / "etcd.service"
    ok(place.run("stop_member", unit))
    assert not (place.root / "systemctl").exists()
    place.note(f"file {unit}")
    place.stand_in("systemctl", f'echo "$@" >>{place.root}/systemctl; echo MainPID=0')
    ok(place.run("stop_member", unit))
    assert "disable --now --quiet etcd.service" in (place.root / "systemctl").read_text()


# waiting


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("ActiveState=active SubState=running NRestarts=0 Job=", 0),
        ("ActiveState=active SubState=running NRestarts=3 Job=", 0),
        ("ActiveState=failed SubState=failed NRestarts=0 Job=", 70),
        ("ActiveState=inactive SubState=dead NRestarts=0 Job=", 70),
        ("ActiveState=activating SubState=start NRestarts=0 Job=12", 71),
        ("ActiveState=inactive SubState=dead NRestarts=0 Job=12", 71),
    ],
)
def test_waiting_ends_as_soon_as_it_is_known_how(shown: str, status: int, place: Place) -> None:
    lines = "\\n".join(shown.split())
    place.stand_in("systemctl", f"printf '{lines}\\n'")
    assert place.run("wait_ready", 0).returncode == status


def test_a_member_that_keeps_failing_is_not_waited_for_to_the_end(place: Place) -> None:
    count = place.root / "count"
    count.write_text("0")
    place.stand_in(
        "systemctl",
        f"read n <{count}; echo $((n + 1)) >{count}\n"
        "printf 'ActiveState=activating\\nSubState=auto-restart\\nNRestarts=%s\\nJob=\\n' $n",
    )
    done = place.run("wait_ready", 1000)
    assert (done.returncode, done.stdout) == (70, b"..")


# install_programs

TOP = "etcd-v3.5.30-linux-amd64"
PROGRAMS = ("etcd", "etcdctl", "etcdutl")


def saying(name: str, version: str) -> bytes:
    title = "etcd Version" if name == "etcd" else f"{name} version"
    return f"#!/bin/sh\necho '{title}: {version}'\necho 'Git SHA: x'\n".encode()


def archive(
    place: Place, *, version: str = "3.5.30", without: str = "", extra: str = "../evil"
) -> bytes:
    members = [
        member(f"{TOP}/{name}", saying(name, version)) for name in PROGRAMS if name != without
    ]
    return pack(place.root / "a.tar.gz", *members, member(extra, b"evil")).read_bytes()


def install(
    place: Place, data: bytes, *, sha256: str = "", size: int = 0, url: str = ""
) -> subprocess.CompletedProcess[bytes]:
    sha256 = sha256 if url else (sha256 or digest(data))
    return place.run(
        "install_programs",
        place.etc,
        "3.5.30",
        sha256,
        size or len(data),
        TOP,
        url,
        *PROGRAMS,
        stdin=b"" if url else data,
    )


def installed(place: Place) -> dict[str, str]:
    return {name: mode(place.etc / name) for name in PROGRAMS if (place.etc / name).exists()}


@needs_root
def test_programs_are_put_in_place_whole_and_nothing_else(place: Place) -> None:
    ok(install(place, archive(place)))
    assert installed(place) == dict.fromkeys(PROGRAMS, "755")
    assert sorted(p.name for p in place.etc.iterdir()) == sorted(PROGRAMS)
    assert place.manifest() == [f"file {place.etc / name}" for name in PROGRAMS]
    assert not list(place.root.glob("evil"))


def cut(place: Place) -> subprocess.CompletedProcess[bytes]:
    data = archive(place)
    return install(place, data[:-20], sha256=digest(data), size=len(data))


BAD_ARCHIVES: dict[
    str, tuple[Callable[[Place], subprocess.CompletedProcess[bytes]], int, bytes]
] = {
    "cut": (cut, 65, b"arrived incomplete"),
    "of another sum": (lambda p: install(p, archive(p), sha256="0" * 64), 65, b"SHA-256 is not 0"),
    "of another release": (
        lambda p: install(p, archive(p, version="3.5.29")),
        69,
        b"is version 3.5.29, not 3.5.30",
    ),
    "without a program": (lambda p: install(p, archive(p, without="etcdutl")), 65, b"unpacked"),
    "no archive": (lambda p: install(p, b"<html>"), 65, b"unpacked"),
}


@pytest.mark.fault(
    35,
    injected="bad archives in the hosts' hands",
    seen="no program in place, nothing left over",
)
@needs_root
@pytest.mark.parametrize(("act", "status", "words"), BAD_ARCHIVES.values(), ids=BAD_ARCHIVES.keys())
def test_a_bad_archive_changes_nothing(
    act: Callable[[Place], subprocess.CompletedProcess[bytes]],
    status: int,
    words: bytes,
    place: Place,
) -> None:
    (place.etc / "etcd").write_bytes(b"old")
    done = act(place)
    assert (done.returncode, words in done.stderr) == (status, True)
    assert [p.name for p in place.etc.iterdir()] == ["etcd"]
    assert (place.etc / "etcd").read_bytes() == b"old"
    assert place.manifest() == []


@needs_root
@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_a_host_that_fetches_for_itself_checks_the_published_sum(place: Place) -> None:
    data = archive(place)
    mirror = place.root / "mirror"
    mirror.mkdir()
    (mirror / "a.tar.gz").write_bytes(data)
    url = f"file://{mirror}/a.tar.gz"
    assert install(place, b"", url=url).returncode == 68
    (mirror / "SHA256SUMS").write_text(f"{'0' * 64}  b.tar.gz\n{digest(data)}  a.tar.gz\n")
    ok(install(place, b"", url=url))
    assert installed(place) == dict.fromkeys(PROGRAMS, "755")
    (mirror / "SHA256SUMS").write_text(f"{'0' * 64}  a.tar.gz\n")
    assert install(place, b"", url=url).returncode == 65
    assert install(place, b"", url=f"{url}.missing", sha256="0" * 64).returncode == 68


@needs_root
def test_a_killed_installation_leaves_each_program_old_or_new(tmp_path: Path) -> None:
    place = Place(tmp_path / "host")
    data = archive(place)
    new = {name: saying(name, "3.5.30") for name in PROGRAMS}

    def old_or_new() -> None:
        for name in PROGRAMS:
            path = place.etc / name
            assert path.read_bytes() in (b"old", new[name])
            if path.read_bytes() != b"old":
                assert f"file {path}" in place.manifest()
            path.write_bytes(b"old")
        for left in leftovers(place.etc):
            ok(place.run("clean_leftovers", left))

    for name in PROGRAMS:
        (place.etc / name).write_bytes(b"old")
    assert until_it_ends(place, lambda: install(place, data), old_or_new) >= 12
    assert {name: (place.etc / name).read_bytes() for name in PROGRAMS} == new
    assert leftovers(place.root) == []


# the text itself


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("name", [*SCRIPTS, "probe"])
def test_shellcheck_finds_no_fault(name: str) -> None:
    text = probe_script() if name == "probe" else script_text(name)
    # SC2034: a library sets more than each script uses.
    done = subprocess.run(
        ["shellcheck", "-s", "sh", "-S", "warning", "-e", "SC2034", "-"],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == ""


@pytest.mark.fault(
    36,
    injected="every shell that is here reads every script",
    seen="no fault: POSIX sh only",
)
@pytest.mark.parametrize("name", [*SCRIPTS, "probe"])
def test_every_shell_can_read_it(name: str, place: Place) -> None:
    text = probe_script() if name == "probe" else script_text(name)
    ok(subprocess.run([*place.shell, "-n"], input=text.encode(), capture_output=True, check=False))


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_changes_what_the_library_means(name: str) -> None:
    """A function of the library that a script defined anew would be the script's for the rest."""
    functions = re.findall(r"(?m)^\s*(\w+)\(\) *[{(]", script_text(name))
    assert len(functions) == len(set(functions))
