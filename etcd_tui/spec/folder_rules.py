"""Rules about the folders on the hosts: none of the system's own, none inside another."""

from __future__ import annotations

from collections.abc import Iterator

from etcd_tui.i18n import N_, _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem

_PROGRAM_FOLDERS = "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/bin"
_PROGRAMS = frozenset(_PROGRAM_FOLDERS.split())
# Their modes and owners belong to the system, and uninstall removes what is left empty.
_SYSTEM_FOLDERS = """
    / /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /srv /sys /tmp
    /usr /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/etc /usr/local/lib
    /usr/local/share /usr/share /usr/src /var /var/cache /var/lib /var/lock /var/log /var/mail
    /var/opt /var/run /var/spool /var/tmp /etc/cron.d /etc/default /etc/init.d /etc/kubernetes
    /etc/pam.d /etc/pki /etc/profile.d /etc/security /etc/ssh /etc/ssl /etc/sudoers.d
    /etc/sysconfig /etc/systemd /etc/systemd/system /usr/lib/systemd /usr/lib/systemd/system
    /lib/systemd /lib/systemd/system /usr/local/lib/systemd /usr/local/lib/systemd/system
    /var/lib/containerd /var/lib/docker /var/lib/dpkg /var/lib/kubelet /var/lib/rpm
    /var/lib/systemd
"""
_SYSTEM = _PROGRAMS | frozenset(_SYSTEM_FOLDERS.split())
_UNIT_FOLDERS = (
    "/etc/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
# What the hardened unit hides or makes unwritable (systemd.exec), and what a reboot empties.
_HIDDEN = {
    "/home": N_("the unit runs with ProtectHome, so that etcd cannot see it"),
    "/root": N_("the unit runs with ProtectHome, so that etcd cannot see it"),
    "/run": N_("it is empty after a restart of the host"),
    "/var/run": N_("it is empty after a restart of the host"),
    "/tmp": N_("the unit runs with PrivateTmp, so that etcd cannot see it"),  # noqa: S108 # nosec B108
    "/var/tmp": N_("the unit runs with PrivateTmp, so that etcd cannot see it"),  # noqa: S108 # nosec B108
    "/boot": N_("it is for what the host starts from"),
    "/dev": N_("it holds devices, not files"),
    "/proc": N_("it holds the kernel's figures, not files"),
    "/sys": N_("it holds the kernel's figures, not files"),
}


def folders_are_safe(spec: ClusterSpec) -> Iterator[Problem]:
    """No folder of the system itself, and none that etcd would not find again."""
    paths = spec.paths
    for name in ("config", "data", "binaries", "units"):
        path: str = getattr(paths, name)
        hidden = next((_(why) for root, why in _HIDDEN.items() if _inside(path, root)), "")
        allowed = {"binaries": _PROGRAMS, "units": frozenset(_UNIT_FOLDERS)}.get(name, frozenset())
        if hidden:
            what = _("{path} cannot be used: {reason}.").format(path=path, reason=hidden)
            fix = _("Write a folder below /etc, /var/lib, /opt, /srv or of a data disk.")
            yield Problem("error", f"paths.{name}", what, fix)
        elif path in _SYSTEM - allowed:
            what = _("{path} is a folder of the system itself.").format(path=path)
            fix = _("Write a folder for etcd alone, for example {path}/etcd.").format(path=path)
            yield Problem("error", f"paths.{name}", what, fix)
        elif name == "units" and path not in _UNIT_FOLDERS:
            what = _("systemd does not look for units in {path}.").format(path=path)
            fix = _("Write /etc/systemd/system, unless systemd's own paths are changed there.")
            yield Problem("warning", "paths.units", what, fix)


def folders_are_apart(spec: ClusterSpec) -> Iterator[Problem]:
    """Purging or backing up the data folder touches nothing else, and the reverse."""
    paths = spec.paths
    for name in ("config", "binaries", "units"):
        other: str = getattr(paths, name)
        if _inside(other, paths.data):
            what = _("{path} lies in the data folder, which is purged and restored as a whole.")
            fix = _("Write a folder outside {data}.").format(data=paths.data)
            yield Problem("error", f"paths.{name}", what.format(path=other), fix)
    if paths.data != paths.config and _inside(paths.data, paths.config):
        what = _("The data folder lies in the folder for the configuration.")
        fix = _("Write a folder outside {config}.").format(config=paths.config)
        yield Problem("error", "paths.data", what, fix)
    for name in ("binaries", "units"):
        if getattr(paths, name) == paths.config:
            what = _("Two kinds of files would share the folder {path}.").format(path=paths.config)
            yield Problem("error", f"paths.{name}", what, _("Write a folder of its own."))


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
