"""The lessons about the member itself: its settings, its unit, and its first start."""

from __future__ import annotations

from etcd_tui.i18n import N_
from etcd_tui.teach.lesson import Lesson

MEMBERS = {
    "config": Lesson(
        N_("The member's settings"),
        N_(
            "etcd reads its settings from variables named ETCD_…, which systemd takes from this "
            "file. The listen URLs are addresses of this very host. The advertised URLs are what "
            "the others are told; where the listen URL for clients is set, the advertised one "
            "must be set as well. The list of all members is the same on every host. A running "
            "etcd does not read the file again: a change needs a restart."
        ),
        ("cluster-state", "ports"),
    ),
    "unit": Lesson(
        N_("etcd as a service"),
        N_(
            "The unit tells systemd how to run etcd: as which user, with which settings, and that "
            "it comes back after a crash. It is restarted on failure only, because a member that "
            "was removed from the cluster ends without an error and must stay down. The long list "
            "of limits takes away whatever etcd does not need."
        ),
        ("notify", "hardening"),
    ),
    "enable": Lesson(
        N_("After a reboot"),
        N_(
            "systemd reads units once; daemon-reload makes it read them again. An enabled unit "
            "starts with the host, so that a member comes back by itself after a reboot."
        ),
    ),
    "start": Lesson(
        N_("All members together"),
        N_(
            "The first member cannot be ready before there is a quorum, and systemctl waits for "
            "ready: started alone it seems to hang, and after a while to fail. This is the error "
            "at which beginners stop. So every member is started without waiting (--no-block), "
            "and only then does the waiting begin."
        ),
        ("quorum", "notify"),
    ),
    "restart": Lesson(
        N_("A restart, because settings changed"),
        N_(
            "The running process has other settings than the file. etcd reads them only when it "
            "starts. Members that serve are restarted one after the other, each when all the "
            "others are healthy."
        ),
        ("quorum",),
    ),
    "ready": Lesson(
        N_("Waiting for the quorum"),
        N_(
            "etcd tells systemd that it is ready when it has joined a quorum. A second start of a "
            "unit that is starting already waits for that same event. If it does not come, the "
            "journal (journalctl -u etcd) names the cause: mostly a closed port, a certificate "
            "without the right name, or a typing error in the list of members."
        ),
        ("notify", "quorum"),
    ),
    "settle": Lesson(
        N_("Never bootstrap twice"),
        N_(
            "With the state new, a member without data makes a cluster. That was right once. If a "
            "host lost its disk later and still said new, it would make a second cluster beside "
            "the first. With existing it waits to be let in. The setting is read only by a member "
            "without data, so no restart is needed."
        ),
        ("cluster-state",),
    ),
    "gate": Lesson(
        N_("Nobody is touched while another is ill"),
        N_(
            "A cluster of three can miss one member. Before the next one is touched every member "
            "must be healthy and agree on the leader; otherwise two could be away at once, and the "
            "cluster would stop."
        ),
        ("quorum",),
    ),
}
