"""Who belongs to the cluster, and to which one (rows 1 to 9, 42 to 44 of the table)."""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

SYMPTOMS = (
    Symptom(
        "member-removed",
        Rank.STOPPED,
        (
            r"the member has been permanently removed from the cluster",
            r"data-dir used by this member must be removed",
        ),
        N_("{host} was removed from the cluster, and etcd on it stays down."),
        N_(
            "To take it in again: `mv {data} {data}.old` on {host}, then on a healthy member"
            " `etcdctl member add {host} --peer-urls={url}`, then start it with"
            " ETCD_INITIAL_CLUSTER_STATE=existing."
        ),
    ),
    Symptom(
        "data-lost",
        Rank.STOPPED,
        (r"tocommit\(\d+\) is out of range \[lastIndex\(\d+\)\]",),
        N_("{host} has lost its data, but the cluster still counts on what it once confirmed."),
        N_(
            "Take it out and in again. On a healthy member: `etcdctl member list`, `etcdctl member"
            " remove ID`, `etcdctl member add {host} --peer-urls={url}`; on {host}: `mv {data}"
            " {data}.old`, start with ETCD_INITIAL_CLUSTER_STATE=existing."
        ),
    ),
    Symptom(
        "already-bootstrapped",
        Rank.STOPPED,
        (r"member (?P<id>[0-9a-f]+) has already been bootstrapped",),
        N_("The data folder of {host} is empty, but the cluster already knows this member ({id})."),
        N_(
            "On a healthy member: `etcdctl member remove {id}`, then `etcdctl member add {host}"
            " --peer-urls={url}`, then start {host} with ETCD_INITIAL_CLUSTER_STATE=existing. After"
            " a first install that failed: etcd-tui uninstall --purge-data, then install again."
        ),
    ),
    Symptom(
        "no-member-answers",
        Rank.STOPPED,
        (
            r"cannot fetch cluster info from peer urls",
            r"could not retrieve cluster information from the given URLs",
        ),
        N_("{host} should join a cluster that runs already, and no member of it answers."),
        N_(
            "Start the other members first and open 2380/tcp on them. If no cluster runs, this is"
            " a new one: ETCD_INITIAL_CLUSTER_STATE=new, which etcd-tui install decides itself."
        ),
    ),
    Symptom(
        "member-list-differs",
        Rank.STOPPED,
        (
            r"error validating peerURLs .*: (?P<reason>member count is unequal)",
            r"(?P<reason>PeerURLs: no match found for existing member.*)",
            r"(?P<reason>PeerURLs: unmatched member .*)",
            r"(?P<reason>unmatched member while checking PeerURLs.*)",
            r"error validating peerURLs (?P<reason>.+)",
        ),
        N_("{host} and the running cluster disagree about the members: {reason}."),
        N_(
            "Compare `etcdctl member list` on a healthy member with ETCD_INITIAL_CLUSTER in"
            " {config}/etcd.conf on {host}: `etcdctl member add` or `remove` what differs, or"
            " correct the nodes in the answers file."
        ),
    ),
    Symptom(
        "name-not-in-cluster",
        Rank.STOPPED,
        (r"couldn't find local name \"(?P<name>[^\"]*)\" in the initial cluster",),
        N_("etcd on {host} is called {name}, and ETCD_INITIAL_CLUSTER has no such member."),
        N_("Run etcd-tui install again to get {config}/etcd.conf back."),
    ),
    Symptom(
        "advertised-url-differs",
        Rank.STOPPED,
        (
            r"--initial-cluster has (?P<listed>\S+?) but missing from"
            r" --initial-advertise-peer-urls=(?P<advertised>\S+)",
            r"--initial-advertise-peer-urls has (?P<advertised>\S+?) but missing from"
            r" --initial-cluster=(?P<listed>\S+)",
        ),
        N_("{host} advertises {advertised}, but ETCD_INITIAL_CLUSTER says {listed}."),
        N_(
            "Both must be the same; after a change of address, too. Run etcd-tui install again to"
            " get {config}/etcd.conf back."
        ),
    ),
    Symptom(
        "duplicate-peer-url",
        Rank.STOPPED,
        (r"initial cluster (?P<listed>\S+) has duplicate url",),
        N_("Two members have the same peer URL: {listed}."),
        N_("Correct nodes.address in the answers file; each member needs its own."),
    ),
    Symptom(
        "older-than-cluster",
        Rank.STOPPED,
        (
            r"cluster cannot be downgraded \(current version: (?P<current>\S+) is lower than"
            r" determined cluster version: (?P<cluster>[\d.]+)",
            r"cluster cannot be downgraded.* current-server-version=(?P<current>\S+)"
            r" determined-cluster-version=(?P<cluster>\S+)",
            r"invalid downgrade; server version is lower than determined cluster version"
            r".*current-server-version=(?P<current>\S+)"
            r" determined-cluster-version=(?P<cluster>\S+)",
        ),
        N_("etcd {current} on {host} is older than its data, which is of {cluster}."),
        N_("Set cluster.etcd to a release of {cluster} or newer and run etcd-tui install again."),
    ),
    Symptom(
        "version-too-far",
        Rank.BROKEN,
        (
            r"cluster version of remote member is not compatible; (?P<reason>too low|too high)",
            r"(?P<reason>incompatible with current running cluster)",
            r"(?P<reason>server version is incompatible)",
            r"(?P<reason>request sent was ignored.* due to incompatible server version)",
        ),
        N_("The etcd versions of {host} and of other members are too far apart: {reason}."),
        N_("Members may differ by one minor version: upgrade one minor version at a time."),
    ),
    Symptom(
        "cluster-id-mismatch",
        Rank.BROKEN,
        (
            r"cluster ID mismatch",
            r"cluster ID ignored",
        ),
        N_("{host} and {peer} hold data of different clusters."),
        N_(
            "One of them kept data of an earlier install, usually the one that does not join."
            " There: `systemctl stop etcd`, `mv {data} {data}.old`, then run etcd-tui install"
            " again. If both belong to clusters in use, an address stands in the wrong one."
        ),
        about_peer=True,
    ),
    Symptom(
        "member-id-mismatch",
        Rank.BROKEN,
        (
            r"member ID mismatch",
            r"ignored.* (?:due to|because of) (?:the )?(?:wrong|mismatched) member",
            r"rejected stream from remote peer because it was removed",
        ),
        N_("{host} hears from a member that its cluster does not know ({peer})."),
        N_(
            "That one was removed, or belongs to another cluster. `etcdctl member list` shows who"
            " belongs here; stop etcd on the other one."
        ),
        about_peer=True,
    ),
    Symptom(
        "unknown-peer",
        Rank.BROKEN,
        (r"failed to find remote peer in cluster",),
        N_("{host} hears from a member that its cluster does not know ({peer})."),
        N_(
            "That one was removed, or belongs to another cluster. `etcdctl member list` shows who"
            " belongs here; stop etcd on the other one."
        ),
        # A restarted member hears its peers before it has read from its own log who they are.
        until=r"ready to serve client requests",
        about_peer=True,
    ),
    Symptom(
        "learner-not-ready",
        Rank.NOTICE,
        (
            r"rejecting promote learner: learner is not ready",
            r"can only promote a learner member which is in sync with leader",
        ),
        N_("{host} refused to promote a learner that has not caught up yet."),
        N_("Wait and try again; it needs 90 % of the leader's log."),
    ),
)
