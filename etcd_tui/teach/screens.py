"""The lessons about the wizard's screens."""

from __future__ import annotations

from etcd_tui.i18n import N_
from etcd_tui.teach.lesson import Lesson

SCREENS = {
    "welcome": Lesson(
        N_("From bare hosts to a proven cluster"),
        N_(
            "etcd keeps small and important data, such as the state of Kubernetes, on several "
            "hosts at once. You name the hosts; the tool looks at them, shows what it would do, "
            "does it when you say so, and then proves that the cluster works.\n\n"
            "Until you say so in the preview nothing on any host is changed."
        ),
        ("quorum", "odd-numbers", "mutual-tls"),
    ),
    "hosts": Lesson(
        N_("Hosts"),
        N_(
            "One host holds one member. Give each a short name and its own address, one that all "
            "the other members can reach. Take an odd number of hosts, in places that do not fail "
            "together: not on the same machine, not in the same rack.\n\n"
            "The hosts are entered by SSH, as root or as a user who may use sudo."
        ),
        ("odd-numbers", "host-keys"),
    ),
    "preflight": Lesson(
        N_("Preflight"),
        N_(
            "Before anything is changed, every host is asked once for all that an installation "
            "depends on: clock, disk, ports, firewall, other installations of etcd, and whether "
            "the members reach each other. What is in the way is named with what to type. Warnings "
            "do not stop you; they are what will cost you an evening later."
        ),
        ("plan",),
    ),
    "certificates": Lesson(
        N_("Certificates"),
        N_(
            "All connections are encrypted, and each side shows the other a certificate. You "
            "choose whose file names and fields they have, those of cfssl or of openssl, or you "
            "bring an authority of your own. Neither program is needed."
        ),
        ("cfssl-or-openssl", "mutual-tls", "san", "peer-and-client"),
    ),
    "preview": Lesson(
        N_("Preview"),
        N_(
            "This is the whole plan, made from what was found on the hosts: each step with its "
            "reason, the files as they will be, and the commands that would do the same by hand. "
            "What is already as it should be is not in it. A runbook writes the same procedure as "
            "a document."
        ),
        ("plan", "point-of-no-return"),
    ),
    "deploy": Lesson(
        N_("Deploy"),
        N_(
            "The hosts work side by side, and each stage begins when all have ended the one "
            "before. If a host fails, the others end what they are doing and nothing new begins. "
            "To run it again is always safe: it looks first and goes on from what it finds."
        ),
        ("point-of-no-return", "quorum"),
    ),
    "verify": Lesson(
        N_("Verify"),
        N_(
            "The first four proofs are those that every guide shows: write a key, read it, ask "
            "/health, list the members. The others make sure that it is one cluster, that its "
            "members hold the same data, and that nobody enters without a certificate. Each shows "
            "the command with which you can see it again yourself."
        ),
        ("outside",),
    ),
}
