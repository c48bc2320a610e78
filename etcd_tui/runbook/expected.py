"""What a person sees when a step went well."""

from __future__ import annotations

from etcd_tui.i18n import N_, _
from etcd_tui.spec.model import ClusterSpec

_SEEN = {
    "token": N_("Nothing is printed; the file `token` holds one line. Do not show it around."),
    "authority": N_("There are now the authority's certificate and its key in `pki`."),
    "certificate": N_(
        "The certificate and its key are there. `openssl x509 -noout -text -in FILE` shows its "
        "names and what it is good for."
    ),
    "user": N_("`id etcd` names the user and the group."),
    "programs": N_("`sha256sum` says OK, and each program says that it is {version}."),
    "config": N_(
        "`grep TOKEN {config}/etcd.conf` shows the token of your file, the same on every host."
    ),
    "enable": N_("systemctl says that it created a symbolic link."),
    "start": N_(
        "Nothing is printed. `systemctl status etcd` says activating as long as there is no quorum."
    ),
    "ready": N_(
        "Each host says `active`. Anything else: `journalctl -u etcd -e` on that host names the "
        "cause."
    ),
    "settle": N_("`grep STATE {config}/etcd.conf` says existing. Nothing is restarted."),
}


def expected(key: str, spec: ClusterSpec) -> str:
    """Return what to expect of the step called `key`; empty: nothing is printed."""
    text = _SEEN.get(key.partition(":")[0], "")
    if not text:
        return ""
    return _(text).format(version=spec.cluster.etcd, config=spec.paths.config)
