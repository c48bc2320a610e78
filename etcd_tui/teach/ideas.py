"""The ideas behind a cluster, each in a few sentences."""

from __future__ import annotations

from etcd_tui.i18n import N_
from etcd_tui.teach.lesson import Lesson

IDEAS = {
    "quorum": Lesson(
        N_("Quorum"),
        N_(
            "The members elect a leader, and a write counts when more than half of all members "
            "have it on their disk. That half and one more is the quorum: 2 of 3, 3 of 5, 4 of 7. "
            "With a quorum the cluster works, without one it neither writes nor reads. As two "
            "groups can never both have more than half, there are never two truths."
        ),
        ("odd-numbers",),
    ),
    "odd-numbers": Lesson(
        N_("Why an odd number of hosts"),
        N_(
            "Three members survive the loss of one, five the loss of two. A fourth member raises "
            "the quorum to three and still only one may fail: more that can break, and nothing "
            "gained. More than seven make every write slower. One member is a test, not a cluster."
        ),
        ("quorum",),
    ),
    "mutual-tls": Lesson(
        N_("Both sides show a certificate"),
        N_(
            "With a web site only the server proves who it is. Here the caller must, too: whoever "
            "has no certificate of the cluster's authority is turned away before it can ask "
            "anything. There is no password to guess."
        ),
        ("peer-and-client",),
    ),
    "peer-and-client": Lesson(
        N_("Peers and clients"),
        N_(
            "Peers are the members among themselves, on port 2380; clients are everybody else, on "
            "port 2379. Between peers each is at times the caller and at times the one who is "
            "called. So a member's certificate needs both purposes (serverAuth and clientAuth); "
            "with serverAuth alone the cluster never forms."
        ),
        ("san",),
    ),
    "san": Lesson(
        N_("The names in a certificate (SAN)"),
        N_(
            "A caller compares the name or address it called with the list in the certificate, "
            "the subject alternative names. What is not in the list is refused, whatever the "
            "common name says. So every address and every name by which a member is called must "
            "be in it, also that of a load balancer."
        ),
    ),
    "cluster-state": Lesson(
        N_("New and existing"),
        N_(
            "ETCD_INITIAL_CLUSTER_STATE tells a member that has no data what to do: with new it "
            "makes a cluster together with the members in the list, with existing it joins one in "
            "which it was announced. A member that has data does not look at it, nor at the token "
            "or the list: it knows who it is from its data."
        ),
        ("token", "settle"),
    ),
    "notify": Lesson(
        N_("Type=notify"),
        N_(
            "Most services count as started when their process runs. With Type=notify systemd "
            "waits until etcd itself says that it is ready, and etcd says so once it has joined a "
            "quorum. `active` then means something. The price is that a first member alone stays "
            "in `activating`; that is no fault."
        ),
        ("start", "quorum"),
    ),
    "ports": Lesson(
        N_("Two ports"),
        N_(
            "2379 is for clients, 2380 for the members among themselves. Each member must reach "
            "each other member on 2380, in both directions. On 2379 let in those who use the "
            "cluster, and nobody else: the certificate is the lock, the firewall the fence in "
            "front of it."
        ),
    ),
    "selinux-labels": Lesson(
        N_("SELinux labels"),
        N_(
            "Every file bears a label, and SELinux decides by it what a service may do. A file "
            "that was copied or moved from elsewhere may keep a wrong one, and etcd is then "
            "denied a file that it plainly owns. `restorecon` gives it the label that its place "
            "asks for. That is better than to switch SELinux off."
        ),
    ),
    "hardening": Lesson(
        N_("The limits in the unit"),
        N_(
            "The unit makes the whole file system read-only but for the data folder, hides the "
            "home folders, allows only the system calls that a network service uses, and forbids "
            "new rights. `systemd-analyze security etcd` gives it 1.2, where 10 is wide open."
        ),
    ),
    "outside": Lesson(
        N_("Why proofs come from outside"),
        N_(
            "`active (running)` says that a process runs. It does not say that the members are "
            "one cluster, that a write arrives everywhere, or that strangers stay out. So the "
            "proofs go the way that a client goes, over the network with its own certificate, and "
            "each member is asked, not only one."
        ),
        ("notify",),
    ),
    "cfssl-or-openssl": Lesson(
        N_("cfssl or openssl"),
        N_(
            "Both make the same kind of certificate. In the manner of cfssl each host has a key "
            "of its own, good for five years: if one leaks, one is replaced. In the manner of "
            "openssl all hosts share one certificate that lists them all, good for 10000 days: "
            "less to handle, but a new host means a new certificate for everybody. If you do not "
            "know which, take cfssl."
        ),
        ("authority",),
    ),
    "host-keys": Lesson(
        N_("Is it really that host?"),
        N_(
            "A host proves who it is by its host key. On first contact compare the fingerprint "
            "with one that you got some other way, on the console for example: `ssh-keygen -lf "
            "/etc/ssh/ssh_host_ed25519_key.pub`. A key that has changed means another host or "
            "somebody in between, and always stops the run."
        ),
    ),
    "checksum": Lesson(
        N_("The checksum of an archive"),
        N_(
            "A download may be cut off, and a mirror may hold something else. The SHA-256 sum "
            "tells: change one bit and it is another. The sums of the official releases are known "
            "to the tool; for others it asks the file SHA256SUMS beside the archive, or takes the "
            "sum from the answers."
        ),
    ),
    "releases": Lesson(
        N_("Which release"),
        N_(
            "Take the newest of its line. The releases 3.5.0 to 3.5.2 can damage data when a "
            "member is killed under load; they are refused unless the answers insist. All members "
            "should run the same release."
        ),
    ),
    "plan": Lesson(
        N_("A plan instead of a script"),
        N_(
            "A script does the same each time, needed or not. A plan is made by comparing what is "
            "wanted with what was found: it holds only what is missing. That is why a second run "
            "has nothing to do, and why a run that was interrupted can simply be run again."
        ),
    ),
    "point-of-no-return": Lesson(
        N_("The point of no return"),
        N_(
            "Until the members start, everything is preparation: files that nobody uses yet, "
            "which can be left lying or written again. With the first start the members make a "
            "cluster and write data. From then on you go forward, or you remove the cluster with "
            "its data."
        ),
        ("settle",),
    ),
}
