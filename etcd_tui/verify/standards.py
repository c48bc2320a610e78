"""Standards: what CIS asks of etcd's files and settings, and how far its unit is shut off.

CIS Kubernetes Benchmark 1.12, 1.1.7 to 1.1.21 and 2.1 to 2.7. One deviation: our key belongs to
the user etcd, who has to read it, and its folder to root.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.content.unit import UNIT
from etcd_tui.i18n import _
from etcd_tui.pki.profile import PROFILES
from etcd_tui.remote.shell import quote
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify.claims import proved
from etcd_tui.verify.proof import Proof

MOST_EXPOSED = 2.0
"""Of 10, as `systemd-analyze security` counts."""
# Before it, systemd knows less than the unit asks for, and counts that against it.
_KNOWS_ALL = 247
_KUBERNETES = "/etc/kubernetes/pki/ca.crt"
_SETTINGS = {
    "ETCD_CLIENT_CERT_AUTH": "true",
    "ETCD_PEER_CLIENT_CERT_AUTH": "true",
    "ETCD_AUTO_TLS": "false",
    "ETCD_PEER_AUTO_TLS": "false",
}
_FILES = (
    *("ETCD_CERT_FILE", "ETCD_KEY_FILE", "ETCD_TRUSTED_CA_FILE"),
    *("ETCD_PEER_CERT_FILE", "ETCD_PEER_KEY_FILE", "ETCD_PEER_TRUSTED_CA_FILE"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A path of the host; its mode may be stricter. `group` empty: any."""

    path: str
    mode: int
    owner: str
    group: str


def _wanted(spec: ClusterSpec) -> tuple[_Wanted, ...]:
    names, paths, user = PROFILES[spec.certificates.profile].on_host, spec.paths, spec.host.user
    config = paths.config
    return (
        _Wanted(f"{config}/etcd.conf", 0o600, "root", "root"),
        _Wanted(f"{paths.units}/{UNIT}", 0o644, "root", "root"),
        _Wanted(paths.data, 0o700, user, user),
        _Wanted(config, 0o755, "root", ""),
        _Wanted(f"{config}/{names.authority}", 0o644, "root", "root"),
        _Wanted(f"{config}/{names.certificate}", 0o644, "root", "root"),
        _Wanted(f"{config}/{names.key}", 0o600, user, user),
    )


def asking(spec: ClusterSpec) -> str:
    """Return sh for the one question that verify asks a host, after what `hear` asks.

    Whatever the shell can do itself costs the host no process; which systemd it is matters only
    where the unit is more exposed than it may be.
    """
    paths = [wanted.path.lstrip("/") for wanted in _wanted(spec)]
    authority = f"{spec.paths.config}/{PROFILES[spec.certificates.profile].on_host.authority}"
    return f"""\
stat -c "owned=%a %U %G /%n" {" ".join(map(quote, paths))}
pid=${{unit##*MainPID=}} pid=${{pid%%[!0-9]*}}
set -f; IFS='
'
for line in $(tr '\\0' '\\n' <"$root/proc/${{pid:-0}}/environ"); do
  case $line in
    {"|".join(f"{name}=*" for name in (*_FILES, *_SETTINGS))}) printf '%s\\n' "$line" ;;
  esac
done
unset IFS; set +f
[ ! -e "$root{_KUBERNETES}" ] || {{
  cmp -s "$root{_KUBERNETES}" "$root"{quote(authority)} && echo kubernetes=same
}}
told=''
command -v systemd-analyze >/dev/null && told=$(systemd-analyze security --no-pager {UNIT})
case $told in
  *"exposure level for {UNIT}: "*)
    told=${{told##*exposure level for {UNIT}: }}
    echo "exposure=${{told%%[!0-9.]*}}"
    case $told in
      [01].*) ;;
      *) told=$(systemctl --version) told=${{told#systemd }}; echo "systemd=${{told%%[!0-9]*}}" ;;
    esac ;;
esac
"""


def prove_standards(spec: ClusterSpec, node: Node, said: Sequence[tuple[str, str]]) -> list[Proof]:
    """Return the proofs about one member's files, settings and unit, from what its host `said`.

    Of the unit nothing is claimed where the host has no `systemd-analyze` that could tell.
    """
    return [_files(spec, node, said), _settings(node, dict(said)), *_exposure(node, dict(said))]


def _files(spec: ClusterSpec, node: Node, said: Sequence[tuple[str, str]]) -> Proof:
    there = {}
    for key, value in said:
        found = re.fullmatch("([0-7]{1,5}) ([^ ]+) ([^ ]+) (/.*)", value)
        if key == "owned" and found:
            there[found[4]] = (int(found[1], 8), found[2], found[3])
    wrong = []
    for wanted in _wanted(spec):
        mode, owner, group = there.get(wanted.path, (0o7777, "?", "?"))
        right = owner == wanted.owner and wanted.group in ("", group)
        if not right or mode & ~wanted.mode:
            wrong.append(f"{wanted.path} {mode:o} {owner}:{group}")
    shown = ", ".join(wrong) or _("{n} files and folders").format(n=len(there))
    fix = _("Run etcd-tui install again.") if wrong else ""
    return proved("file-modes", node, not wrong, shown, fix)


def _settings(node: Node, said: dict[str, str]) -> Proof:
    wrong = [f"{name}={said.get(name, '')}" for name in _FILES if not said.get(name)]
    for name, value in _SETTINGS.items():
        # What stands for "no" may also be left out.
        if said.get(name, "false") != value:
            wrong.append(f"{name}={said.get(name, '')}")
    if said.get("kubernetes") == "same":
        wrong.append(_("the authority is that of Kubernetes"))
    found = ", ".join(wrong) or _("both ports, no automatic certificates, an authority of its own")
    fix = _("Run etcd-tui install again.") if wrong else ""
    return proved("settings", node, not wrong, found, fix)


def _exposure(node: Node, said: dict[str, str]) -> list[Proof]:
    level, systemd = _number(said.get("exposure")), _number(said.get("systemd"))
    if level is None:
        return []
    found = _("{level} of 10").format(level=level)
    if level > MOST_EXPOSED and systemd is not None and systemd < _KNOWS_ALL:
        found = _("{level} of 10; systemd {n} knows too little to do better").format(
            level=level, n=int(systemd)
        )
        return [proved("exposure", node, True, found)]
    fix = _("See what weakens the unit (systemctl cat etcd), then run etcd-tui install again.")
    passed = level <= MOST_EXPOSED
    return [proved("exposure", node, passed, found, "" if passed else fix)]


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) else None


def prove_operator(state: Path, node: Node) -> Proof:
    """Return the proof that the state folder and each secret in it is its owner's alone. Blocking.

    What else lies in a closed folder may have any mode: a program unpacked there, as by hand.
    """
    secret = (path for path in sorted(state.rglob("*")) if _is_secret(path.name))
    open_to_others = [
        str(path)
        for path in (state, *secret)
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    found = ", ".join(open_to_others[:3]) or _("none is open to others")
    fix = f"chmod -R go= {quote(str(state))}" if open_to_others else ""
    return proved("operator-files", node, not open_to_others, found, fix)


def _is_secret(name: str) -> bool:
    return "key" in name or name == "token"
