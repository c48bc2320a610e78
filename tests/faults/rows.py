"""The rows of the matrix, by the numbers that the project's reference gives them (part d4)."""

from __future__ import annotations

ROWS = {
    1: "host unreachable",
    2: "SSH port filtered, or refusing",
    3: "wrong password or key",
    4: "host key changed",
    5: "first contact with nobody watching",
    6: "★ SSH lost in an upload",
    7: "★ SSH lost in a command",
    8: "network frozen in the middle",
    9: "latency and loss",
    10: "little bandwidth",
    11: "sshd with MaxSessions 1 or a small MaxStartups",
    12: "no SFTP, or a login shell that runs nothing",
    13: "noise at login, other alphabets",
    14: "sudo: asks, wrong password, not allowed, requiretty",
    15: "port 2379 or 2380 busy",
    16: "a foreign etcd is there",
    17: "data folder of an old cluster",
    18: "data folder is a mount point, a link, on tmpfs or NFS, nearly full",
    19: "★ disk full: upload, certificates, start",
    20: "file system read-only",
    21: "file system noexec",
    22: "no inodes left",
    23: "clock off",
    24: "peer port blocked one way",
    25: "client port closed to the operator only",
    26: "large packets swallowed (MTU)",
    27: "connections leave from another address",
    28: "certificates: expired, early, wrong authority, names, use, key, mode",
    29: "one member never starts",
    30: "the quorum never forms",
    31: "★ installer killed, Ctrl-C, terminal closed",
    32: "operator's machine dies between making and handing out the authority",
    33: "host reboots or dies in the middle",
    34: "two installers at once",
    35: "release archive: checksum, truncated, architecture, a web page",
    36: "tools missing on the host",
    37: "user etcd is there already",
    38: "SELinux enforcing",
    39: "a firewall is active",
    53: "a host that lies: escape sequences, endless lines, fake marks",
    54: "hostile names in the answers",
    55: "IPv6 and dual-stack hosts",
    56: "uninstall: data folder led elsewhere, unit edited, process of another unit",
    57: "operator's machine: state folder, home, terminal, alphabet",
    58: "name servers broken or slow",
}
"""Title of each row; ★: at every boundary of the run."""

NOT_INJECTED = {
    9: "added latency: the kernel here has no netem; loss is injected, and the advice that follows "
    "from a long round trip is tested with numbers",
    18: "a real NFS: a host's report that names one is judged instead",
    23: "etcd itself under a wrong clock: hosts share the machine's, and only the probe is told "
    "another time",
    36: "a host without systemd: one that reports another init is judged instead",
    37: "accounts in LDAP: no directory server here",
    38: "SELinux and AppArmor that really enforce: the kernel here has neither; the tools that "
    "report and change the mode are stand-ins",
    57: "OOM kill of the tool: it is SIGKILL, which row 31 injects",
}
"""What of a row is not injected here, and why."""
