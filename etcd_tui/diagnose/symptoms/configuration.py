"""Settings that etcd cannot work with (rows 24, 25, 36 to 38, 46, 49 and 50 of the table)."""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

SYMPTOMS = (
    Symptom(
        "port-busy",
        Rank.STOPPED,
        (r"listen tcp\d? (?P<listen>\S+:(?P<port>\d+)): bind: address already in use",),
        N_("Another program on {host} holds {listen}."),
        N_(
            "See which: `ss -ltnp 'sport = :{port}'` on {host}. An etcd of the distribution? Stop"
            " it (`systemctl disable --now etcd-server`), or give that program another port."
        ),
    ),
    Symptom(
        "address-not-on-host",
        Rank.STOPPED,
        (r"listen tcp\d? (?P<listen>\S+): bind: cannot assign requested address",),
        N_("etcd should listen on {listen}, and {host} does not have that address."),
        N_(
            "Compare with `ip -brief address` on {host}; correct nodes.address in the answers"
            " file, or bring the address up."
        ),
    ),
    Symptom(
        "listen-not-permitted",
        Rank.STOPPED,
        (r"listen tcp\d? (?P<listen>\S+): bind: permission denied",),
        N_("etcd may not listen on {listen} on {host}."),
        N_("SELinux or a drop-in forbids it: `ausearch -m avc -ts recent`, `systemctl cat etcd`."),
    ),
    Symptom(
        "listen-needs-address",
        Rank.STOPPED,
        (r"expected IP in URL for binding \((?P<url>[^)]*)\)",),
        N_("A listen URL of {host} holds a name: {url}. etcd listens on addresses only."),
        N_("Run etcd-tui install again to get {config}/etcd.conf back."),
    ),
    Symptom(
        "advertise-url-missing",
        Rank.STOPPED,
        (r"--advertise-client-urls is required when --listen-client-urls is set",),
        N_("{config}/etcd.conf on {host} sets ETCD_LISTEN_CLIENT_URLS alone."),
        N_(
            "ETCD_ADVERTISE_CLIENT_URLS must be set, too. Run etcd-tui install again to get the"
            " file back."
        ),
    ),
    Symptom(
        "certificate-not-set",
        Rank.STOPPED,
        (
            r"TLS key/cert \(.*?\) must be provided for (?P<what>.+? with HTTPS scheme)",
            r"cannot listen on TLS for (?P<what>\S+): KeyFile and CertFile are not presented",
        ),
        N_("{config}/etcd.conf on {host} names no certificate for {what}."),
        N_(
            "ETCD_CERT_FILE, ETCD_KEY_FILE and their ETCD_PEER_ forms must be set. Run etcd-tui"
            " install again to get the file back."
        ),
    ),
    Symptom(
        "url-malformed",
        Rank.STOPPED,
        (
            r"error setting up initial cluster: (?P<reason>.+)",
            r"(?P<reason>URL address does not have the form .+)",
            r"(?P<reason>URL scheme must be .+)",
            r"(?P<reason>URL must not contain a path.+)",
            r"(?P<reason>missing port in address.*)",
        ),
        N_("A URL in {config}/etcd.conf on {host} is malformed: {reason}."),
        N_("Run etcd-tui install again to get the file back."),
    ),
    Symptom(
        "variable-shadowed",
        Rank.STOPPED,
        (
            r"conflicting environment variable is .* environment-variable=(?P<variable>\w+)",
            r"conflicting environment variable \"(?P<variable>\w+)\" is shadowed",
        ),
        N_("{variable} is set on {host}, and etcd's command line sets the same."),
        N_(
            "Remove one of them: `systemctl cat etcd` on {host} shows the command line. Or run"
            " etcd-tui install again to get the unit back."
        ),
    ),
    Symptom(
        "option-unknown",
        Rank.STOPPED,
        (
            r"flag provided but not defined: (?P<option>-\S+)",
            r"'(?P<option>[^']+)' is not a valid flag",
            r"unknown flag: (?P<option>\S+)",
        ),
        N_("etcd {version} on {host} does not know the option {option}."),
        N_(
            "Remove it: `systemctl cat etcd` on {host} shows the command line. Or run etcd-tui"
            " install again to get the unit back."
        ),
    ),
    Symptom(
        "election-timeout-too-short",
        Rank.STOPPED,
        (
            r"--election-timeout\[(?P<election>\w+)\] should be at least as 5 times as"
            r" --heartbeat-interval\[(?P<heartbeat>\w+)\]",
        ),
        N_("The election timeout of {host} ({election}) is under five heartbeats ({heartbeat})."),
        N_(
            "Set tuning.election_timeout to ten times tuning.heartbeat_interval and run etcd-tui"
            " install again."
        ),
    ),
    Symptom(
        "setting-invalid",
        Rank.STOPPED,
        (
            r"failed to verify flags error=(?P<reason>.+)",
            r"error verifying flags, (?P<reason>.+?)\.? See 'etcd --help'",
            r"(?P<reason>unexpected TLS cipher suite .+)",
            r"(?P<reason>cipher suites cannot be configured when only TLS1.3 is enabled)",
            r"(?P<reason>(?:unknown|unrecognized) feature gate.*)",
            r"(?P<reason>invalid value .+ for ETCD_\w+.*)",
        ),
        N_("etcd {version} on {host} does not accept a setting: {reason}."),
        N_(
            "Correct it in tuning of the answers file (or run etcd-tui install again, if"
            " {config}/etcd.conf was changed by hand)."
        ),
    ),
    Symptom(
        "architecture-not-supported",
        Rank.STOPPED,
        (
            r"running etcd on unsupported architecture .*arch=(?P<architecture>\w+)",
            r"etcd on unsupported platform without ETCD_UNSUPPORTED_ARCH=(?P<architecture>\w+)",
        ),
        N_("etcd {version} does not run on {architecture} of itself."),
        N_(
            "Take a newer etcd (3.5 and later run on arm64), or set ETCD_UNSUPPORTED_ARCH to"
            " {architecture} in tuning.environment at your own risk."
        ),
    ),
    Symptom(
        "file-limit-too-low",
        Rank.STOPPED,
        (r"file descriptor limit of etcd process is too low.* limit=(?P<limit>\d+)",
         r"file descriptor limit\[(?P<limit>\d+)\] of etcd process is too low"),
        N_("etcd on {host} may open only {limit} files."),
        N_(
            "etcd-tui's unit sets LimitNOFILE=65536: look for a drop-in with `systemctl cat etcd`"
            " on {host}, or run etcd-tui install again."
        ),
    ),
    Symptom(
        "too-many-open-files",
        Rank.BROKEN,
        (r"too many open files",),
        N_("etcd on {host} has no file descriptor left: there are too many connections."),
        N_("See `ss -tn sport = :2379 | wc -l` on {host}; set LimitNOFILE=65536 or more."),
    ),
    Symptom(
        "variable-unknown",
        Rank.NOTICE,
        (
            r"unrecognized environment variable (?:environment-variable=)?(?P<variable>\w+)",
        ),
        N_("etcd {version} on {host} does not know {variable} and ignores it."),
        N_("Correct the name in tuning.environment, or remove it."),
    ),
    Symptom(
        "token-simple",
        Rank.HARMLESS,
        (r"simple token is not cryptographically signed",),
        N_("etcd's user passwords are off, so its simple tokens are never used."),
        N_("Nothing to do, unless you turn on `auth`: then set ETCD_AUTH_TOKEN to jwt."),
    ),
    Symptom(
        "default-host-unknown",
        Rank.HARMLESS,
        (r"failed to detect default host",),
        N_("etcd on {host} looked for a default address, which its settings do not need."),
        N_("Nothing to do."),
    ),
    Symptom(
        "single-port",
        Rank.HARMLESS,
        (r"Running http and grpc server on single port",),
        N_("etcd serves health and metrics on the port of its clients, as it always did."),
        N_("Nothing to do."),
    ),
)  # fmt: skip
