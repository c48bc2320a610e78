"""ANSWERS: the one table of all keys of the answers file.

The reader, the writer, the JSON schema, the commented template and the suggestions for mistyped
keys are all made from it.
"""

from __future__ import annotations

from etcd_tui.i18n import N_, _
from etcd_tui.spec import names, network, places, quantities
from etcd_tui.spec.digests import sha256
from etcd_tui.spec.environment import settings
from etcd_tui.spec.form import FORM
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.kinds import (
    Kind,
    choice,
    file_text,
    flag,
    list_of,
    number,
    number_or_text,
    text,
    whole_number,
)
from etcd_tui.spec.model import (
    Binaries,
    Certificates,
    Cluster,
    ClusterSpec,
    HostPreparation,
    Node,
    OwnCa,
    Paths,
    Ssh,
    Subject,
    Tuning,
)
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.releases import LATEST_STABLE
from etcd_tui.spec.secret_refs import secret
from etcd_tui.spec.yaml_tree import Node as YamlNode

_label = text(names.label, names.LABEL)
_san = text(network.subject_alternative_name)
_file = file_text(places.local_path)
_folder = text(places.host_path, places.HOST_PATH)
_validity = text(quantities.hours, quantities.DURATION, quantities.duration_text)
_subject = text(names.subject_field)


def _read_form(node: YamlNode, key: str, reading: Reading) -> int | None:
    if whole_number(node) == FORM:
        return FORM
    what = _("This tool reads files of form {form} only.").format(form=FORM)
    reading.error(node.line, key, what, _("Write version: {form}.").format(form=FORM))
    return None


_VERSION = Key(
    "version",
    Kind(_read_form, {"const": FORM}),
    N_("The version of this form of file: always 1."),
    example=str(FORM),
    required=True,
)

_CLUSTER = Section(
    "cluster",
    N_("What the cluster is called and which etcd it runs."),
    Cluster,
    (
        Key("name", _label, N_(
            "The cluster's name. It also names the folder on this machine that keeps its answers, "
            "its authority and its client certificate."
        ), "prod", required=True),
        Key("etcd", text(names.version, names.RELEASE), N_(
            "The etcd release to install. Known lines: 3.4 (no longer patched), 3.5, 3.6 and 3.7."
        ), LATEST_STABLE, required=True),
        Key("allow_unsafe_version", flag, N_(
            "Install even a release that can corrupt data (3.5.0 to 3.5.2). For tests only."
        )),
        Key("token", text(names.token, names.TOKEN), N_(
            "The initial cluster token. Without it one is chosen at random at the first install "
            "and kept; with a token of an older cluster, old data can come back to life."
        ), "prod-2026-08"),
        Key("start_timeout", number(10, 86400), N_(
            "Seconds for all members to form a quorum before the start counts as stalled."
        )),
    ),
    required=True,
)  # fmt: skip

_SSH_KEYS = (
    Key("user", text(names.user, names.USER), N_(
        "The login name: root, or a user who may use sudo."
    ), smallest=True),
    Key("port", number(1, 65535), N_("The port of the SSH server.")),
    Key("host", text(network.host), N_(
        "Where to connect to, if it is not the member's address: a name or an address."
    ), "etcd1.example.org", node_only=True),
    Key("private_key", list_of(_file, alone=True), N_(
        "A private key file, or a list of them. Relative paths count from this file's folder."
    ), "~/.ssh/id_ed25519", smallest=True),
    Key("passphrase", secret, N_(
        "The passphrase of the private key. Secrets are given by reference: {env: NAME} takes an "
        "environment variable, {file: PATH} a file that holds nothing else, {prompt: true} asks."
    ), "{env: KEY_PASSPHRASE}"),
    Key("agent", flag, N_("Whether keys of a running ssh-agent are tried, too.")),
    Key("password", secret, N_("The login password, if the hosts take one."), "{prompt: true}"),
    Key("sudo_password", secret, N_(
        "The password for sudo, if user is not root and sudo asks for one."
    ), "{env: SUDO_PW}"),
    Key("known_hosts", _file, N_(
        "The file of known host keys. A host that is not in it is not entered."
    ), smallest=True),
    Key("host_key", text(network.host_key), N_(
        "The host's key, pinned: its SHA256 fingerprint, or the line of its .pub file. Then "
        "known_hosts is not asked."
    ), "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", node_only=True),
    Key("jump", list_of(text(network.jump_host), alone=True), N_(
        "A host to go through, [user@]host[:port], or a list in the order of travel."
    ), "admin@bastion.example.org:22"),
    Key("config", _file, N_(
        "An ssh_config file; HostName, Port, User, IdentityFile and ProxyJump are taken from it."
    ), "~/.ssh/config"),
    Key("connect_timeout", number(1, 600), N_(
        "Seconds until an unanswered connection attempt counts as failed."
    )),
)  # fmt: skip

_NODES = Section(
    "nodes",
    N_("The members, one host each. Three survive the loss of one, five of two, seven of three."),
    Node,
    (
        Key("name", _label, N_("The member's name in etcd."), "etcd1", required=True),
        Key("address", text(network.address), N_(
            "The host's own IP address, which the other members and clients use."
        ), "192.0.2.11", required=True),
        Key("sans", list_of(_san), N_(
            "More DNS names and addresses for this host's certificate: every further address it "
            "may send from, and names that clients use."
        ), "[etcd1.example.org]"),
        Section("ssh", N_(
            "What is different on this host: any key of ssh below, and host and host_key. An "
            "empty value stands for the built-in default."
        ), Ssh, _SSH_KEYS),
    ),
    each=True,
    required=True,
)  # fmt: skip

_SSH = Section(
    "ssh",
    N_("How the hosts are entered; a node may override each key."),
    Ssh,
    tuple(key for key in _SSH_KEYS if not key.node_only),
)

_BINARIES = Section(
    "binaries",
    N_("Where etcd comes from."),
    Binaries,
    (
        Key("source", file_text(places.source), N_(
            "google, github, the URL of a mirror with the same folders (vX.Y.Z/"
            "etcd-vX.Y.Z-linux-ARCH.tar.gz below it), or the path of a local tarball, in which "
            '"{arch}" stands for the architecture of each host.'
        ), smallest=True),
        Key("fetch", choice("operator", "hosts"), N_(
            "operator: this machine downloads once and uploads. hosts: each host downloads."
        )),
        Key("sha256", sha256, N_(
            "The expected SHA-256 of the tarball; for several architectures a mapping such as "
            "{amd64: …, arm64: …}. Without it known sums and SHA256SUMS of the source are used."
        ), '"' + "0123456789abcdef" * 4 + '"'),
    ),
)  # fmt: skip

_CERTIFICATES = Section(
    "certificates",
    N_("How certificates are made."),
    Certificates,
    (
        Key("profile", choice("cfssl", "openssl"), N_(
            "cfssl: one key a host, five years. openssl: one key for all hosts, 10000 days. File "
            "names and fields are those of the program."
        ), smallest=True),
        Key("key", choice("rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384"), N_(
            "The kind of all keys."
        )),
        Key("validity", _validity, N_(
            "How long the hosts' certificates are valid, in hours, days or years: 43800h, 1825d, "
            "5y. Without it: as the profile has it."
        ), "43800h", field="validity_hours"),
        Key("ca_validity", _validity, N_(
            "How long the authority is valid. Without it: as the profile has it."
        ), "10y", field="ca_validity_hours"),
        Key("shared_key", flag, N_(
            "Whether all hosts share one certificate and key. Without it: as the profile has it."
        ), "false"),
        Key("sans", list_of(_san), N_(
            "DNS names and addresses for the certificates of all hosts, such as a load balancer's."
        ), "[etcd.example.org]"),
        Section("subject", N_(
            "The subject of the hosts' certificates. Without it: as the profile has it."
        ), Subject, (
            Key("country", text(names.country, names.COUNTRY), N_("Two capital letters."), "CN"),
            Key("state", _subject, N_("State or province."), "ShangHai"),
            Key("locality", _subject, N_("City."), "ShangHai"),
            Key("organization", _subject, N_("Organization."), "etcd"),
            Key("organizational_unit", _subject, N_("Part of the organization."), "system"),
            Key("common_name", text(names.common_name), N_(
                "Common name. Without it: the host's name, or etcd for a shared certificate."
            ), "etcd"),
        ), optional=True),
        Section("ca", N_(
            "An authority of your own instead of a new one. Its key stays on this machine."
        ), OwnCa, (
            Key("certificate", _file, N_("Its certificate, PEM."), "./ca.crt", required=True),
            Key("key", _file, N_("Its private key, PEM."), "./ca.key", required=True),
            Key("chain", _file, N_(
                "For an intermediate authority: the certificates above it, PEM."
            ), "./chain.crt"),
            Key("passphrase", secret, N_("The passphrase of the key."), "{env: CA_PASSPHRASE}"),
        ), optional=True),
    ),
)  # fmt: skip

_HOST = Section(
    "host",
    N_("What is prepared on the hosts around etcd."),
    HostPreparation,
    (
        Key("hosts_file", flag, N_(
            "Whether the members' names go into /etc/hosts, in a marked block."
        )),
        Key("firewall", choice("open", "leave", "disable"), N_(
            "open: open 2379 and 2380 to the members on whatever firewall is active. leave: change "
            "nothing. disable: turn the firewall off."
        )),
        Key("client_ranges", list_of(text(network.client_range)), N_(
            "Ranges of addresses from which clients may reach port 2379, besides the members."
        ), "[192.0.2.0/24]"),
        Key("selinux", choice("keep", "permissive", "disable"), N_(
            "keep: leave SELinux on, with the right labels. permissive, disable: as the words say."
        )),
        Key("user", choice("etcd", "root"), N_("As which user etcd runs.")),
    ),
)  # fmt: skip

_PATHS = Section(
    "paths",
    N_("Folders on the hosts."),
    Paths,
    (
        Key("config", _folder, N_("For etcd.conf, certificates and keys.")),
        Key("data", _folder, N_("For etcd's data.")),
        Key("binaries", _folder, N_("For etcd, etcdctl and etcdutl.")),
        Key("units", _folder, N_("For the systemd unit.")),
    ),
)

_TUNING = Section(
    "tuning",
    N_("etcd's own settings, the same on all members."),
    Tuning,
    (
        Key("heartbeat_interval", number(1, 10000), N_(
            "Milliseconds between heartbeats: about the longest round trip between members."
        )),
        Key("election_timeout", number(5, 50000), N_(
            "Milliseconds without a heartbeat until an election: at least five heartbeats."
        )),
        Key("quota_backend_bytes", Kind(
            number_or_text(quantities.size, quantities.SIZE).read,
            number_or_text(quantities.size, quantities.SIZE).schema,
            quantities.size_text,
        ), N_("How large the database may grow; etcd suggests 8GiB at most.")),
        Key("snapshot_count", number(1, 100_000_000), N_(
            "Commits between snapshots. Without it: as the release has it."
        ), "10000"),
        Key("auto_compaction_mode", choice("periodic", "revision"), N_(
            "Whether old revisions are dropped by age or by number."
        )),
        Key("auto_compaction_retention", number_or_text(
            quantities.retention, quantities.RETENTION
        ), N_("What is kept: an age such as 8h or 1h30m, or a number of revisions.")),
        Key("log_level", choice("debug", "info", "warn", "error"), N_("How much etcd logs.")),
        Key("environment", settings, N_(
            "More settings of etcd by their ETCD_ names, as far as the release knows them."
        ), "{ETCD_MAX_REQUEST_BYTES: 3145728}"),
    ),
)  # fmt: skip

ANSWERS = Section(
    "",
    N_("The answers file of etcd-tui: what is to be installed on which hosts."),
    ClusterSpec,
    (
        _VERSION, _CLUSTER, _NODES, _SSH, _BINARIES, _CERTIFICATES, _HOST, _PATHS, _TUNING,
    ),
    required=True,
)  # fmt: skip
