"""A host's disk and programs for the model: real tools, and a systemd made of files.

Only systemctl, journalctl and sync are not the real ones. systemctl keeps what runs in
`run/model`, sees the other hosts' disks beside its own (a quorum is two that run), and writes down
what must never happen twice: `bootstraps`, and restarts that cost the quorum in `alone`.
"""

from __future__ import annotations

import io
import os
import platform
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.fetch.archive import Archive, sha256_of
from etcd_tui.practice.disk import Disk, make_disk, make_programs

VERSION = "3.5.30"
PROGRAMS = ("etcd", "etcdctl", "etcdutl")
# They write; whoever is stopped between two of the others has changed nothing since.
TRAPPED = ("cat", "chmod", "chown", "mkdir", "mktemp", "mv", "rm", "rmdir", "sync", "tar")
# Appending is atomic, also for the two ends of a pipe.
_TRAP = """\
#!/bin/sh
printf x >>"$TRAP_SEEN"
[ "$({stat} -c %s "$TRAP_SEEN")" -eq "$TRAP_AT" ] || exec {real} "$@"
case $TRAP in kill) kill -9 0 ;; *) echo "${{0##*/}}: No space left on device" >&2; exit 1 ;; esac
"""
_SYSTEMCTL = r"""#!/bin/sh
PATH=${0%/*} # whole or not at all, like systemd itself
at=$ETCD_TUI_ROOT/run/model all=${ETCD_TUI_ROOT%/*} self=${ETCD_TUI_ROOT##*/}
unit=$ETCD_TUI_ROOT/etc/systemd/system/etcd.service
wants=$ETCD_TUI_ROOT/etc/systemd/system/multi-user.target.wants/etcd.service
running() {
  n=0; for each in "$all"/*/run/model/process; do [ ! -e "$each" ] || n=$((n + 1)); done; echo $n
}
look() { [ ! -e "$at/process" ] || [ -e "$at/ready" ] || [ "$(running)" -lt 2 ] || : >"$at/ready"; }
load() { rm -f "$at/loaded"; [ ! -f "$unit" ] || cp "$unit" "$at/loaded"; }
end() {
  [ ! -e "$at/process" ] || { read -r pid <"$at/process"; rm -rf "$ETCD_TUI_ROOT/proc/$pid"; }
  rm -f "$at/process" "$at/ready" "$at/failed"
}
fail() { echo "$1" >>"$at/journal"; : >"$at/failed"; exit 0; }
begin() {
  [ ! -e "$at/process" ] || return 0
  rm -f "$at/failed"
  [ -f "$at/loaded" ] || load
  [ -f "$at/loaded" ] || { echo 'Unit etcd.service not found.' >&2; exit 5; }
  conf=$(sed -n 's/^EnvironmentFile=//p' "$at/loaded")
  program=$(sed -n 's/^ExecStart=//p' "$at/loaded")
  set -a; . "$ETCD_TUI_ROOT$conf" || fail 'no settings'; set +a
  "$ETCD_TUI_ROOT$program" --version >/dev/null 2>&1 || fail 'no program'
  for file in "$ETCD_TRUSTED_CA_FILE" "$ETCD_CERT_FILE" "$ETCD_KEY_FILE"; do
    grep -q '^-----END ' "$ETCD_TUI_ROOT$file" || fail "cannot read $file"
  done
  data=$ETCD_TUI_ROOT$ETCD_DATA_DIR
  if [ ! -e "$data/member/wal/0.wal" ]; then
    [ "$ETCD_INITIAL_CLUSTER_STATE" = new ] || fail 'member has no data'
    mkdir -p "$data/member/wal"
    echo "$ETCD_INITIAL_CLUSTER_TOKEN" >"$data/member/wal/0.wal"
    echo "$self $ETCD_INITIAL_CLUSTER_TOKEN" >>"$all/bootstraps"
  fi
  n=$(cat "$at/count" 2>/dev/null || echo 0); n=$((n + 1)); echo $n >"$at/count"
  pid=$((900000 + n)); proc=$ETCD_TUI_ROOT/proc/$pid
  mkdir "$proc"; grep -v '^#' "$ETCD_TUI_ROOT$conf" | tr -d '"' | tr '\n' '\0' >"$proc/environ"
  echo etcd >"$proc/comm"; ln -s "$program" "$proc/exe"; echo $pid >"$at/process"
}
exec 8>>"$all/model.lock"; flock 8
verb=$1
case $* in --version) echo 'systemd 252 (model)'; exit ;; esac
case $verb in
  show)
    look; [ -f "$at/loaded" ] || load # as systemd does for a unit that it does not know
    pid=0 fragment= load=not-found active=inactive sub=dead enabled='' reload=no
    [ ! -e "$at/process" ] || read -r pid <"$at/process"
    if [ -f "$unit" ] || [ -f "$at/loaded" ]; then
      fragment=/etc/systemd/system/etcd.service load=loaded enabled=disabled
      [ ! -L "$wants" ] || enabled=enabled
      [ ! -f "$at/loaded" ] || cmp -s "$unit" "$at/loaded" || reload=yes
    fi
    if [ -e "$at/failed" ]; then active=failed sub=failed
    elif [ -e "$at/ready" ]; then active=active sub=running
    elif [ -e "$at/process" ]; then active=activating sub=start; fi
    printf '%s\n' "LoadState=$load" "ActiveState=$active" "SubState=$sub" Result=success \
      "UnitFileState=$enabled" "MainPID=$pid" NRestarts=0 "FragmentPath=$fragment" DropInPaths= \
      "NeedDaemonReload=$reload" Job=0 ;;
  daemon-reload) load ;;
  enable)
    case $* in *--no-reload*) ;; *) load ;; esac
    [ -f "$unit" ] || exit 1
    ln -sf /etc/systemd/system/etcd.service "$wants" ;;
  disable) rm -f "$wants" ;;
  start) begin ;;
  restart)
    # Only who was seen to be ready has a quorum to lose: the others start together.
    if [ -e "$at/ready" ] && [ "$(running)" -lt 3 ]; then echo "$self" >>"$all/alone"; fi
    end; begin ;;
  stop) end ;;
  reboot) end; rm -f "$at/loaded"; [ ! -L "$wants" ] || begin ;;
esac
exit 0
"""


@dataclass(frozen=True)
class Programs:
    """The hosts' PATH, another one whose programs are trapped, and the release."""

    plain: Path
    trapped: Path
    archive: Archive
    contents: dict[str, bytes]


def make_all_programs(folder: Path) -> Programs:
    plain, trapped = folder / "programs", folder / "trapped"
    make_programs(plain, os.environ["PATH"])
    ours = {"systemctl": _SYSTEMCTL, "journalctl": "#!/bin/sh\n", "sync": "#!/bin/sh\n"}
    for name, text in {**ours, "ss": "#!/bin/sh\n"}.items():
        (plain / name).unlink(missing_ok=True)
        (plain / name).write_text(text)
        (plain / name).chmod(0o755)
    trapped.mkdir()
    for name in TRAPPED:
        text = _TRAP.format(real=plain / name, stat=shutil.which("stat"))
        (trapped / name).write_text(text)
        (trapped / name).chmod(0o755)
    contents = {name: _program(name) for name in PROGRAMS}
    return Programs(plain, trapped, _pack(folder, contents), contents)


def _program(name: str) -> bytes:
    says = f"etcd Version: {VERSION}" if name == "etcd" else f"{name} version: {VERSION}"
    # What follows the exit makes it long enough to be cut short and still run.
    ballast = "".join(f"# {n * 7919 % 104729:05d}\n" for n in range(4000))
    return f"#!/bin/sh\necho '{says}'\nexit 0\n{ballast}".encode()


def _pack(folder: Path, contents: dict[str, bytes]) -> Archive:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    top = f"etcd-v{VERSION}-linux-{machine}"
    path = folder / f"{top}.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size, info.mode = len(data), 0o755
            archive.addfile(info, io.BytesIO(data))
    return Archive(path, VERSION, machine, sha256_of(path), path.stat().st_size, top, PROGRAMS)


def make_host_disk(folder: Path, programs: Programs, name: str, address: str) -> Disk:
    disk = make_disk(folder / name, programs.plain, name, address)
    (disk.root / "run/model").mkdir()
    return disk
