"""wording: the values that fill the texts of the table, in the words of the answers file."""

from __future__ import annotations

from etcd_tui.diagnose.other_end import plain
from etcd_tui.i18n import _
from etcd_tui.spec.model import PEER_PORT, ClusterSpec

NAMES = (
    "host", "address", "url", "user", "data", "config", "version", "members", "majority",
    "peer", "peer_name", "peer_address", "peer_url",
)  # fmt: skip
"""What every text may ask for: about this member, its cluster, and the one at the other end."""


def values(host: str, spec: ClusterSpec, peer: str) -> dict[str, str]:
    """Return a value for each of `NAMES`; `peer` is the other end's address or empty.

    A peer that is not in the answers file is called by its address.
    """
    own = next((node for node in spec.nodes if node.name == host), None)
    other = next((node for node in spec.nodes if peer and plain(node.address) == peer), None)
    stranger = peer or _("another member")
    bracketed = f"[{peer}]" if ":" in peer else peer
    members = len(spec.nodes)
    return {
        "host": host,
        "address": own.address if own else host,
        "url": own.peer_url if own else f"https://{host}:{PEER_PORT}",
        "user": spec.host.user,
        "data": spec.paths.data,
        "config": spec.paths.config,
        "version": spec.cluster.etcd,
        "members": str(members),
        "majority": str(members // 2 + 1),
        "peer": f"{other.name} ({other.address})" if other else stranger,
        "peer_name": other.name if other else stranger,
        "peer_address": other.address if other else stranger,
        "peer_url": other.peer_url if other else f"https://{bracketed or stranger}:{PEER_PORT}",
    }
