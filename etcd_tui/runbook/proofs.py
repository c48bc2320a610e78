"""proofs: how to see that it is one cluster that works; the four of every guide come first."""

from __future__ import annotations

from etcd_tui.fetch.by_hand import archive_source, fetch_commands
from etcd_tui.i18n import N_, _
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan.model import OPERATOR
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.subject import Subject
from etcd_tui.spec.model import Node
from etcd_tui.teach.guide import guide_text
from etcd_tui.verify.claims import CLAIMS, Claim

_EXPECTED = {
    "put": N_("It says OK."),
    "get": N_("Each prints foo and bar: what one member wrote is read through the others."),
    "health": N_('Each answer begins with {{"health":"true".'),
    "members": N_("Each lists {n} members, all started, none a learner (the last word is false)."),
    "delete": N_("It says 1."),
    "agreement": N_(
        "One line for each member. Exactly one is the leader, RAFT TERM is the same everywhere, "
        "and the last column (ERRORS) is empty."
    ),
    "voter": N_("Each says version {version}, and nothing of isLearner."),
    "alarms": N_("Nothing is printed."),
    "hashkv": N_("The hash is the same in every line."),
    "peers": N_("{peers} lines for each member, each ending in 1."),
    "client-certificate": N_("Each fingerprint is that of the certificate you issued: {file}."),
    "peer-certificate": N_("The same fingerprints as before."),
    "mutual-tls": N_("Each must fail, with an error about a certificate."),
    "no-plain-text": N_(
        "Each must fail: the connection is closed without an answer, or the answer is 400."
    ),
    "unit": N_("active (running), and enabled."),
    "restarts": N_("NRestarts=0."),
    "journal": N_(
        "No errors since the members found each other. While they start, complaints about "
        "connections that are refused are normal."
    ),
    "file-modes": N_(
        "The settings are 600 root:root, the key 600 and the data folder 700, both of the user who "
        "runs etcd; nothing else can be written by anybody but root."
    ),
    "settings": N_(
        "Both ports have a certificate, a key and a trusted authority; both AUTH lines are true."
    ),
    "exposure": N_("2.0 or less; where systemd is older than 247 it may be more."),
    "operator-files": N_("Nothing is printed."),
}


def proofs(page: Page, subject: Subject) -> None:
    """Write the section that proves the cluster."""
    page.heading(2, _("Verify"))
    page.say(guide_text("outside").text)
    _client(page, subject)
    alone = len(subject.spec.nodes) == 1
    for claim in CLAIMS:
        if claim.key in _EXPECTED and not (alone and claim.key == "peers"):
            _claim(page, subject, claim)


def _client(page: Page, subject: Subject) -> None:
    """Make etcdctl and the client's environment ready on the operator's machine."""
    page.heading(3, _("etcdctl on your machine"))
    page.say(
        _(
            "etcdctl is in the archive. If your machine is none for which the archive was made, "
            "take the etcdctl of a release for it, or type what follows on a host to which you "
            "have carried the folder `client`."
        )
    )
    if subject.spec.host.firewall == "open" and not subject.spec.host.client_ranges:
        page.say(
            _(
                "Where a firewall stands, port 2379 is open to the members only. Name your "
                "machine under `host.client_ranges` in the answers to let it in."
            )
        )
    place = subject.archive
    # Where the hosts fetched for themselves, there is no archive here yet.
    fetch = fetch_commands(place, by_host=False) if subject.spec.binaries.fetch == "hosts" else ()
    top = f"etcd-v{place.version}-linux-{place.architecture}"
    page.type(
        (OPERATOR,),
        (
            *fetch,
            f"tar -xzf {archive_source(place)} --no-same-owner {top}/etcdctl",
            f'PATH="$PWD/{top}:$PATH"',
            "set -a; . client/etcdctl.env; set +a",
        ),
    )


def _claim(page: Page, subject: Subject, claim: Claim) -> None:
    nodes = subject.spec.nodes
    page.heading(3, claim.title[:1].upper() + claim.title[1:])
    if claim.on_host:
        page.type(subject.hosts, (claim.command(nodes[0]),))
    else:
        marks = {
            "mutual-tls": ("fails",),
            "no-plain-text": ("fails",),
            "peer-certificate": ("if=no-firewall",),
        }
        if claim.key == "peer-certificate":
            page.say(_("Where a firewall stands, only the other members reach port 2380."))
        asked = _asked(claim, nodes)
        commands = tuple(dict.fromkeys(claim.command(node) for node in asked))
        page.type((OPERATOR,), commands, *marks.get(claim.key, ()))
    wanted = wanted_certificates(subject.spec)[0]
    profile = PROFILES[subject.spec.certificates.profile]
    file = f"pki/{profile.files(wanted.holder).certificate}"
    page.say(
        _(_EXPECTED[claim.key]).format(
            n=len(nodes),
            peers=len(nodes) - 1,
            version=subject.spec.cluster.etcd,
            file=f"`openssl x509 -noout -fingerprint -sha256 -in {file}`",
        )
    )


def _asked(claim: Claim, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Whom to ask: what the first member wrote is read through the others."""
    match claim.key:
        case "put" | "delete":
            return nodes[:1]
        case "get":
            return nodes[1:] or nodes
        case _:
            return nodes
