"""Members that do not reach each other (rows 10, 11, 39 and 41 of the reference's table).

Port 2379 is left out: there only a member's own gateway dials, and fails when the member stops.
The order matters where one line fits several rows: the most telling comes first.
"""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

SYMPTOMS = (
    Symptom(
        "peer-refused",
        Rank.UNREACHED,
        (r"dial tcp \S+:(?!2379:)\d+: connect: connection refused",),
        N_("{host} cannot reach {peer_name} ({peer_url}): connection refused."),
        N_(
            "etcd does not run on {peer_name}, or its firewall rejects port 2380. Look there:"
            " `systemctl status etcd`, `journalctl -u etcd -n 50`, then the firewall's rules."
        ),
        about_peer=True,
    ),
    Symptom(
        "peer-no-route",
        Rank.UNREACHED,
        (
            r"dial tcp \S+:(?!2379:)\d+: connect: (?P<reason>no route to host)",
            r"dial tcp \S+:(?!2379:)\d+: connect: (?P<reason>network is unreachable)",
            r"dial tcp \S+:(?!2379:)\d+: connect: (?P<reason>host is down)",
            r"dial tcp \S+:(?!2379:)\d+: connect: (?P<reason>permission denied)",
        ),
        N_("{host} cannot reach {peer_name} ({peer_url}): {reason}."),
        N_(
            "{peer_name} is down, there is no route to it, or a firewall rejects port 2380. Type"
            " on {host}: `ip route get {peer_address}` and `ping -c 3 {peer_address}`; then open"
            " 2380/tcp on {peer_name}."
        ),
        about_peer=True,
    ),
    Symptom(
        "peer-name-unknown",
        Rank.UNREACHED,
        (r"dial tcp: lookup (?P<name>\S+?):? .*(?:no such host|server misbehaving|i/o timeout)",),
        N_("{host} cannot look up the name {name}."),
        N_(
            "Type on {host}: `getent hosts {name}`. The addresses in the answers file need no"
            " names: run etcd-tui install again to get them back into etcd.conf."
        ),
    ),
    Symptom(
        "peer-silent",
        Rank.UNREACHED,
        (
            r"dial tcp \S+:(?!2379:)\d+: (?:i/o timeout|connect: connection timed out)",
            # The first probe of a member that drops packets is still under way.
            r"prober detected unhealthy status (?!.*\berror=)",
        ),
        N_("{host} gets no answer from {peer_name} ({peer_url})."),
        N_(
            "A firewall drops port 2380, or {peer_name} is off. Open 2380/tcp for {address} on"
            " {peer_name} (`firewall-cmd --list-all`, `ufw status`, `nft list ruleset` show the"
            " rules), or set host.firewall to open and run etcd-tui install again."
        ),
        about_peer=True,
    ),
    Symptom(
        "peer-not-etcd",
        Rank.BROKEN,
        (
            r"server gave HTTP response to HTTPS client",
            r"(?:prober detected|peer URL|failed to).*first record does not look like a TLS",
        ),
        N_("{peer_name} answers {host} at {peer_url} without TLS."),
        N_(
            "Another program holds the port there, or etcd with http:// URLs. Look on {peer_name}:"
            " `ss -ltnp 'sport = :2380'` and ETCD_LISTEN_PEER_URLS in {config}/etcd.conf; run"
            " etcd-tui install again to get the file back."
        ),
        about_peer=True,
    ),
    Symptom(
        "clock-drift",
        Rank.NOTICE,
        (r"prober found high clock drift.* clock-drift=(?P<drift>\S+)",
         r"prober found high clock drift.* (?P<drift>\S+)$"),
        N_("The clocks of {host} and {peer} differ by {drift}."),
        N_(
            "etcd bears it, certificates and logs do not: start time synchronisation on both"
            " (`timedatectl set-ntp true`) and compare `date -u`."
        ),
    ),
    Symptom(
        "no-quorum",
        Rank.WAITING,
        (
            r"failed to publish local member to cluster through raft",
            r"publish error: etcdserver: request timed out",
            r"is starting a new election at term",
        ),
        N_("{host} waits for a majority of the members: {majority} of {members} must be up."),
        N_(
            "Start the others at the same time (etcd-tui install does), and look at their"
            " diagnoses; 2380/tcp must be open between all members."
        ),
        until=r"published local member to cluster through raft|elected leader \w+ at term",
    ),
    Symptom(
        "members-not-connected",
        Rank.NOTICE,
        (
            r"not enough healthy members",
            r"local member has not been connected to (?:all|majority) peers",
        ),
        N_("{host} refused a change of the members: not all of them are connected long enough."),
        N_(
            "Members count as healthy five seconds after they have connected: wait and try again."
            " If one is dead, remove that one first."
        ),
    ),
)  # fmt: skip
