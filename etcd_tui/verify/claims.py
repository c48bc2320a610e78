"""Claims: what is proven of a cluster, with the command with which anyone can see it again.

The commands for the operator's machine are typed in a shell that has read `etcdctl.env`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from etcd_tui.i18n import N_, _
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, Node
from etcd_tui.verify.proof import Proof

_FILES = '--cacert "$ETCDCTL_CACERT" --cert "$ETCDCTL_CERT" --key "$ETCDCTL_KEY"'


@dataclass(frozen=True, slots=True)
class Claim:
    """`key` is a proof's. `each`: it is claimed of every member, else of the cluster.

    `on_host`: the command is typed on the member's host, else on the operator's machine.
    """

    key: str
    text: str
    command: Callable[[Node], str]
    each: bool = True
    on_host: bool = False

    @property
    def title(self) -> str:
        """What is claimed, in the language of the moment."""
        return _(self.text)


def etcdctl(node: Node, words: str) -> str:
    """Return the command that asks this member.

    Not `--endpoints`: etcdctl refuses a flag whose variable is set as well.
    """
    return f"ETCDCTL_ENDPOINTS={node.client_url} etcdctl {words}"


def curl(node: Node, path: str) -> str:
    """Return the command that asks this member by HTTPS."""
    return f"curl {_FILES} {node.client_url}{path}"


def _asks(words: str) -> Callable[[Node], str]:
    return lambda node: etcdctl(node, words)


def _says(command: str) -> Callable[[Node], str]:
    return lambda _node: command


def _fingerprint(port: int) -> Callable[[Node], str]:
    return lambda node: (
        f"openssl s_client -connect {node.url_host}:{port} "
        '-CAfile "$ETCDCTL_CACERT" -cert "$ETCDCTL_CERT" -key "$ETCDCTL_KEY" </dev/null '
        "| openssl x509 -noout -fingerprint -sha256"
    )


CLAIMS = (
    Claim("answers", N_("the member answers"), _asks("endpoint status")),
    Claim("put", N_("a key is written"), _asks("put foo bar")),
    Claim("get", N_("the key is read through it"), _asks("get foo")),
    Claim("health", N_("/health is true"), lambda node: curl(node, "/health")),
    Claim("members", N_("the member list is as wanted"), _asks("member list")),
    Claim("delete", N_("the key is deleted"), _asks("del foo")),
    Claim(
        "agreement",
        N_("all agree on leader, term and cluster"),
        _says("etcdctl endpoint status --cluster -w table"),
        each=False,
    ),
    Claim(
        "voter",
        N_("it is a voting member of the wanted release"),
        _asks("endpoint status -w json"),
    ),
    Claim("alarms", N_("there is no alarm"), _says("etcdctl alarm list"), each=False),
    Claim(
        "hashkv",
        N_("all members hold the same data"),
        _says("etcdctl endpoint hashkv --cluster"),
        each=False,
    ),
    Claim(
        "peers",
        N_("all peers are connected"),
        lambda node: f"{curl(node, '/metrics')} | grep etcd_network_active_peers",
    ),
    Claim(
        "client-certificate",
        N_("the client port shows the issued certificate"),
        _fingerprint(CLIENT_PORT),
    ),
    Claim(
        "peer-certificate",
        N_("the peer port shows the issued certificate"),
        _fingerprint(PEER_PORT),
    ),
    Claim(
        "mutual-tls",
        N_("a connection without a certificate is refused"),
        lambda node: f'curl --cacert "$ETCDCTL_CACERT" {node.client_url}/health',
    ),
    Claim(
        "no-plain-text",
        N_("a connection in plain text is refused"),
        # --fail: some releases answer 400 where others just close.
        lambda node: f"curl --fail http://{node.url_host}:{CLIENT_PORT}/health",
    ),
    Claim(
        "unit",
        N_("the unit runs and is enabled"),
        _says("systemctl status etcd"),
        on_host=True,
    ),
    Claim(
        "restarts",
        N_("etcd has not restarted since its start"),
        _says("systemctl show etcd -p NRestarts"),
        on_host=True,
    ),
    Claim(
        "journal",
        N_("the journal shows nothing suspicious"),
        _says("journalctl -u etcd -e"),
        on_host=True,
    ),
    Claim(
        "file-modes",
        N_("its files are open to nobody else (CIS 1.1.7 to 1.1.21)"),
        # The settings name all the others; they are lines of sh as well.
        _says(
            "(f=$(systemctl show etcd -p EnvironmentFiles --value); f=${f%% *}; . $f; "
            'stat -c "%a %U:%G %n" $f ${f%/*} $ETCD_DATA_DIR $ETCD_TRUSTED_CA_FILE '
            "$ETCD_CERT_FILE $ETCD_KEY_FILE $(systemctl show etcd -p FragmentPath --value))"
        ),
        on_host=True,
    ),
    Claim(
        "settings",
        N_("it demands certificates of everybody (CIS 2.1 to 2.7)"),
        _says(
            "tr '\\0' '\\n' </proc/$(systemctl show etcd -p MainPID --value)/environ "
            "| grep -E '_FILE=|_AUTH=|_TLS='"
        ),
        on_host=True,
    ),
    Claim(
        "exposure",
        N_("the unit is shut off from its host"),
        _says("systemd-analyze security --no-pager etcd | tail -n 1"),
        on_host=True,
    ),
    Claim(
        "operator-files",
        N_("the files on this machine are open to nobody else"),
        _says(
            'find "${ETCDCTL_KEY%/client/*}" -perm /077 ! -type l '
            "\\( -path \"${ETCDCTL_KEY%/client/*}\" -o -name '*key*' -o -name token \\)"
        ),
        each=False,
    ),
)
"""In the order of the panel: the guide's four first, then what makes them worth something."""

_BY_KEY = {claim.key: claim for claim in CLAIMS}


def proved(key: str, node: Node, passed: bool, found: str, fix: str = "") -> Proof:
    """Return the proof of the claim `key`; where it is the cluster's, any `node` will do."""
    claim = _BY_KEY[key]
    member = node.name if claim.each else ""
    return Proof(key, claim.title, passed, found, member, claim.command(node), fix)
