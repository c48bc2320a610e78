"""Certificates and TLS between members and clients (rows 12 to 23 and 48 of the table).

`tls: failed to verify client certificate` is Go before 1.20, without `client` it is newer. The
side that refuses says why; the other one hears only an alert, so `own-certificate-refused` comes
last.
"""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

_LOADING = (
    r"(?:(?:discovery failed|listener failed|failed to start etcd|registerGateway failed"
    r"|serving client traffic).*?)"
)

SYMPTOMS = (
    Symptom(
        "certificate-file-missing",
        Rank.STOPPED,
        (_LOADING + r"open (?P<path>\S+): no such file or directory",),
        N_("etcd on {host} cannot find {path}."),
        N_("Run etcd-tui install again: it puts certificates, keys and the authority in place."),
    ),
    Symptom(
        "certificate-file-unreadable",
        Rank.STOPPED,
        (_LOADING + r"open (?P<path>\S+): permission denied",),
        N_("etcd on {host} may not read {path}."),
        N_(
            "Run etcd-tui install again: it sets owner and mode. By hand: `chown {user}: {path}"
            " && chmod 600 {path}`; every folder above it must let {user} in, and SELinux too"
            " (`restorecon -Rv {config}`)."
        ),
    ),
    Symptom(
        "key-mismatch",
        Rank.STOPPED,
        (
            _LOADING + r"tls: (?P<reason>private key does not match public key)",
            _LOADING + r"tls: (?P<reason>private key type does not match public key type)",
        ),
        N_("Certificate and private key on {host} do not belong together: {reason}."),
        N_("Run etcd-tui install again: it writes both from its store."),
    ),
    Symptom(
        "key-unreadable",
        Rank.STOPPED,
        (
            _LOADING + r"tls: (?P<reason>failed to parse private key)",
            _LOADING + r"tls: (?P<reason>failed to find any PEM data in \w+ input)",
            _LOADING + r"tls: (?P<reason>failed to find PEM block with type ending in .PRIVATE.*)",
            _LOADING + r"tls: (?P<reason>failed to find .*PEM .*)",
            _LOADING + r"(?P<reason>x509: malformed .*)",
            _LOADING + r"(?P<reason>asn1: .*)",
        ),
        N_(
            "etcd on {host} cannot use a certificate or private key in {config}: {reason}. A key"
            " with a passphrase is of no use to it."
        ),
        N_("Run etcd-tui install again: it writes both from its store."),
    ),
    Symptom(
        "certificate-key-usage",
        Rank.BROKEN,
        (r"certificate specifies an incompatible key usage",),
        N_(
            "The certificate of {peer} may not be used the way {host} met it: a member needs both"
            " serverAuth and clientAuth."
        ),
        N_("Issue {peer_name} a certificate with both key usages: etcd-tui install does."),
        about_peer=True,
    ),
    Symptom(
        "certificate-expired",
        Rank.BROKEN,
        (
            r"certificate has expired or is not yet valid: current time (?P<now>\S+) is after"
            r" (?P<limit>\S+)",
        ),
        N_("The certificate of {peer} ended on {limit}; the clock of {host} says {now}."),
        N_(
            "If the clock is right, run etcd-tui install again: it issues a new certificate. If"
            " not, set it: `timedatectl set-ntp true` on {host}."
        ),
        about_peer=True,
    ),
    Symptom(
        "certificate-not-yet-valid",
        Rank.BROKEN,
        (
            r"certificate has expired or is not yet valid: current time (?P<now>\S+) is before"
            r" (?P<limit>\S+)",
        ),
        N_("The certificate of {peer} begins on {limit}; the clock of {host} says {now}."),
        N_(
            "One clock is wrong: compare `date -u` on all hosts and on your machine, type"
            " `timedatectl set-ntp true` where it differs, then restart etcd there."
        ),
        about_peer=True,
    ),
    Symptom(
        "certificate-unknown-authority",
        Rank.BROKEN,
        (r"x509: certificate signed by unknown authority",),
        N_(
            "{host} does not trust the certificate of {peer}: another authority signed it, or"
            " {config} on {host} holds another authority."
        ),
        N_("Run etcd-tui install again: it gives all members the same authority."),
        about_peer=True,
    ),
    Symptom(
        "certificate-wrong-address",
        Rank.BROKEN,
        (r"certificate is valid for (?P<valid>.+?), not (?P<wanted>[^\s,\")]+)",),
        N_("The certificate of {peer} is valid for {valid}, but {host} knows it as {wanted}."),
        N_(
            "Add {wanted} to nodes.sans of {peer_name} in the answers file and run etcd-tui"
            " install again. If {wanted} should not be used at all: `ip route get {address}` on"
            " {peer_name} shows its source address."
        ),
        about_peer=True,
    ),
    Symptom(
        "certificate-wrong-name",
        Rank.BROKEN,
        (r"tls: \"?(?P<wanted>[^\s\"]+)\"? does not match any of DNSNames (?P<valid>\[.*?\])",),
        N_(
            "{peer} connects to {host} from {wanted}, and its certificate holds only the names"
            " {valid}."
        ),
        N_("Run etcd-tui install again: its certificates hold the addresses, too."),
        about_peer=True,
    ),
    Symptom(
        "certificate-without-address",
        Rank.BROKEN,
        (
            r"cannot validate certificate for (?P<wanted>\S+) because it doesn't contain any IP"
            r" SANs",
            r"certificate is not valid for any names, but wanted to match (?P<wanted>\S+)",
            r"certificate relies on legacy Common Name field, (?P<wanted>use SANs)",
        ),
        N_("The certificate of {peer} holds no address ({wanted})."),
        N_("Run etcd-tui install again: it issues {peer_name} a certificate with its addresses."),
        about_peer=True,
    ),
    Symptom(
        "certificate-name-not-allowed",
        Rank.BROKEN,
        (r"client certificate authentication failed", r"CommonName authentication failed"),
        N_("{host} accepts only certain names in certificates, and that of {peer} is none."),
        N_(
            "Compare ETCD_PEER_CERT_ALLOWED_CN and ETCD_PEER_CERT_ALLOWED_HOSTNAME in"
            " tuning.environment with the certificates."
        ),
        about_peer=True,
    ),
    Symptom(
        "own-certificate-refused",
        Rank.BROKEN,
        (
            r"remote error: tls: (?P<reason>unknown certificate authority)",
            r"remote error: tls: (?P<reason>unsupported certificate)",
            r"remote error: tls: (?P<reason>expired certificate)",
            r"remote error: tls: (?P<reason>revoked certificate)",
            r"remote error: tls: (?P<reason>certificate required)",
            r"remote error: tls: (?P<reason>unknown certificate)",
            r"remote error: tls: (?P<reason>bad certificate)",
        ),
        N_("{peer} refuses the certificate of {host}: {reason}."),
        N_(
            "The journal of {peer_name} says why: `journalctl -u etcd -n 50` there. Most often the"
            " authorities differ; etcd-tui install gives all members the same one."
        ),
        about_peer=True,
    ),
    Symptom(
        "tls-versions-differ",
        Rank.BROKEN,
        (
            r"tls: (?P<reason>client offered only unsupported versions.*)",
            r"remote error: tls: (?P<reason>protocol version not supported)",
            r"(?:remote error: )?tls: (?P<reason>no cipher suite supported by both.*)",
            r"remote error: tls: (?P<reason>handshake failure)",
        ),
        N_("{host} and {peer} have no version or cipher of TLS in common: {reason}."),
        N_(
            "Compare ETCD_TLS_MIN_VERSION, ETCD_TLS_MAX_VERSION and ETCD_CIPHER_SUITES of both in"
            " tuning.environment. etcd up to 3.5.7 speaks TLS 1.2 at most."
        ),
        about_peer=True,
    ),
    Symptom(
        "plain-text-listener",
        Rank.BROKEN,
        (r"scheme is (?:HTTP|http or unix) while (?P<what>.+)",),
        N_("A listener of {host} uses http:// although certificates are there: it is not secured."),
        N_(
            "Every ETCD_LISTEN_*_URLS and ETCD_*ADVERTISE_*_URLS in {config}/etcd.conf must begin"
            " with https://. Run etcd-tui install again to get the file back."
        ),
    ),
    Symptom(
        "client-without-certificate",
        Rank.NOTICE,
        (r"tls: client didn't provide a certificate",),
        N_("{peer} connected to {host} without a certificate, and was refused."),
        N_(
            "That is right where the caller is a stranger. A client needs --cacert, --cert and"
            " --key; `. etcdctl.env` in the client folder sets them for etcdctl."
        ),
    ),
    Symptom(
        "client-without-tls",
        Rank.NOTICE,
        (r"tls: first record does not look like a TLS handshake",),
        N_("{peer} connected to {host} in plain text, and was refused."),
        N_(
            "The caller uses http:// (or is no etcd client): its endpoints must begin with"
            " https://. If it is a member, run etcd-tui install again."
        ),
    ),
    Symptom(
        "connection-rejected",
        Rank.NOTICE,
        # A caller that hangs up is no matter: port scans and health checks do.
        (
            r"rejected connection.* error=(?P<reason>(?!EOF|.*(?:reset by peer|broken pipe"
            r"|i/o timeout|use of closed)).+)",
        ),
        N_("{host} refused a connection from {peer}: {reason}."),
        N_("See what runs at {peer} and which endpoints and certificates it uses."),
    ),
)
