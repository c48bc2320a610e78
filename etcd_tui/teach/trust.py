"""The lessons about certificates and secrets on the operator's machine."""

from __future__ import annotations

from etcd_tui.i18n import N_
from etcd_tui.pki.profile import OPERATOR_COMMON_NAME
from etcd_tui.teach.lesson import Lesson

TRUST = {
    "token": Lesson(
        N_("The cluster's token"),
        N_(
            "From the token and the list of members each member works out the ID of the cluster, "
            "and members of different IDs do not talk to each other. A random token per cluster "
            "makes sure that a forgotten data folder of an older cluster cannot mix into the new "
            "one. It is read at the first start only."
        ),
        ("cluster-state",),
    ),
    "authority": Lesson(
        N_("The certificate authority"),
        N_(
            "A certificate says who somebody is, and the authority's signature says that it is "
            "true. Members and clients trust this one authority: whoever holds its key can enter "
            "the cluster and read everything. So the key never leaves your machine. Back it up, "
            "too: without it, no certificate can be renewed and no member added."
        ),
        ("mutual-tls", "cfssl-or-openssl"),
    ),
    "certificate": Lesson(
        N_("A host's certificate"),
        N_(
            "A member shows it to clients on port 2379 and to other members on port 2380, and it "
            "shows it itself when it calls another member. Therefore it has both purposes, server "
            "and client, and the host's name and address stand in it."
        ),
        ("peer-and-client", "san"),
    ),
    f"certificate:{OPERATOR_COMMON_NAME}": Lesson(
        N_("A certificate for you"),
        N_(
            "With this one etcdctl enters the cluster. It is good for clients only, and it is not "
            "a member's: when it is lost you replace it without touching a host. Its name is not "
            "root, because etcd takes the name in a certificate for the user once authentication "
            "is switched on, and root may do everything."
        ),
        ("mutual-tls",),
    ),
    "client-environment": Lesson(
        N_("etcdctl without long options"),
        N_(
            "etcdctl reads its settings from the environment, too. This file names the members and "
            "your certificate, so that after `set -a; . etcdctl.env` every command is short. "
            "etcdctl refuses an option whose variable is set as well."
        ),
    ),
    "authority-file": Lesson(
        N_("Whom the member trusts"),
        N_(
            "This is the authority's certificate, without its key. The member accepts callers "
            "whose certificate this authority has signed, and nobody else."
        ),
        ("mutual-tls",),
    ),
    "key-file": Lesson(
        N_("The member's private key"),
        N_(
            "Whoever has it can pose as this member. It belongs to the user of etcd and nobody "
            "else may read it (mode 600); etcd reads it again for every new connection."
        ),
    ),
    "certificate-file": Lesson(
        N_("Who the member is"),
        N_(
            "The certificate is public: every caller gets to see it. etcd reads it again for every "
            "new connection, so a renewed one is in use without a restart."
        ),
        ("san",),
    ),
}
