"""intro: what the reader gets, the hosts, how the commands are to be read, and where to work."""

from __future__ import annotations

from etcd_tui import __version__
from etcd_tui.i18n import _
from etcd_tui.plan.model import OPERATOR
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.subject import Subject
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT
from etcd_tui.teach.guide import guide_text
from etcd_tui.typed import enter, local


def intro(page: Page, subject: Subject) -> None:
    """Write everything that comes before the first change."""
    cluster = subject.spec.cluster
    page.heading(1, _("Runbook: the etcd cluster {name}").format(name=cluster.name))
    page.say(
        _(
            "Written by etcd-tui {version} from an answers file. `etcd-tui install` does the same "
            "by itself; this is for those who want to do it, or to see it, by hand."
        ).format(version=__version__)
    )
    _gain(page, subject)
    _hosts(page, subject)
    _reading(page, subject)
    _workplace(page, subject)


def _gain(page: Page, subject: Subject) -> None:
    spec = subject.spec
    count = len(spec.nodes)
    members = _("{n} members of etcd {version}; {lost} of them may fail.").format(
        n=count, version=spec.cluster.etcd, lost=(count - 1) // 2
    )
    if count == 1:
        members = _("One member of etcd {version}: good for tests. If it fails, all is gone.")
        members = members.format(version=spec.cluster.etcd)
    page.heading(2, _("What you get"))
    tls = _("one certificate for all hosts") if spec.certificates.one_key_for_all else ""
    page.items(
        (
            members,
            _("Encryption everywhere, and nobody enters without a certificate: {how}.").format(
                how=tls or _("one certificate for each host")
            ),
            _("A service that starts with the host, runs as {user} and writes only {data}.").format(
                user=spec.host.user, data=f"`{spec.paths.data}`"
            ),
            _("Clients come in on port {client}, members among themselves on {peer}.").format(
                client=CLIENT_PORT, peer=PEER_PORT
            ),
        )
    )
    page.say(*(guide_text(key).text for key in ("quorum", "odd-numbers")))


def _hosts(page: Page, subject: Subject) -> None:
    page.heading(2, _("The hosts"))
    page.table(
        (_("Name"), _("Address"), _("Enter it with")),
        ((node.name, node.address, f"`{enter(node)}`") for node in subject.spec.nodes),
    )
    page.say(
        _(
            "This document takes the hosts to be bare: Linux with systemd, an SSH server, and "
            "nothing of etcd on them: no package, no process, nothing in {data}. Their processors "
            "are taken to be {arch} (`uname -m` says x86_64 for amd64, aarch64 for arm64); for "
            "others, write this document again with `--arch`."
        ).format(data=f"`{subject.spec.paths.data}`", arch=subject.architecture),
        guide_text("host-keys").text,
    )


def _reading(page: Page, subject: Subject) -> None:
    page.heading(2, _("How to read the commands"))
    tools = ["ssh", "scp", "tar", "sha256sum", "openssl", "curl"]
    if subject.spec.certificates.profile == "cfssl":
        tools += ["cfssl", "cfssljson"]
    page.items(
        (
            _(
                "Above each block stands where it is typed: on **your machine**, or on hosts. Keep "
                "one shell open on each of them, and type the blocks in the order of the document."
            ),
            _(
                "On a host you are root, in the folder in which the login put you. Files that are "
                "carried over arrive there."
            ),
            _("Your machine needs {tools}.").format(tools=", ".join(f"`{name}`" for name in tools)),
            _("If a command fails, stop. Once the cause is gone, go on with that same command."),
            _(
                "No secret stands in this document. Keys and the token are made by the commands, "
                "on your machine, and stay in files."
            ),
            _(
                "For programs, the first line of each block says the same: `sh operator` or "
                "`sh host=NAME,…`; `if=` names a condition, in lines marked `fails` each must "
                "fail, and `undo` is only for taking everything back."
            ),
        )
    )


def _workplace(page: Page, subject: Subject) -> None:
    folder = local(str(subject.folder))
    page.heading(2, _("A folder on your machine"))
    page.say(
        _(
            "Keys, certificates and the token are made in this folder. Only you may look into it, "
            "and into the files that are made from here on (umask 077)."
        )
    )
    page.type(
        (OPERATOR,),
        ("umask 077", f"mkdir -p {folder}", f"cd {folder}", "mkdir pki client"),
    )
    page.warn(
        _(
            "If `mkdir pki client` says that the folders exist, a cluster of this name was already "
            "made from here, and its keys lie in them. Do not go on before you know whose they "
            "are: the commands below would overwrite them."
        )
    )
