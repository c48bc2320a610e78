"""environment: more `ETCD_*` settings, and those that may not stand there, with the reason."""

from __future__ import annotations

import re

from etcd_tui.i18n import N_, _
from etcd_tui.spec.kinds import Kind
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.shown import shown
from etcd_tui.spec.yaml_tree import Mapping, Node, Scalar

NAME = r"ETCD_[A-Z0-9]+(_[A-Z0-9]+)*"
# Safe in an EnvironmentFile of systemd, in a shell that sources it, and in double quotes.
VALUE = r"[A-Za-z0-9_./:,=@%+*\[\]-]([A-Za-z0-9 _./:,=@%+*\[\]-]{0,998}[A-Za-z0-9_./:,=@%+*\[\]-])?"

OWN = {
    "ETCD_NAME": "nodes[].name",
    "ETCD_LISTEN_PEER_URLS": "nodes[].address",
    "ETCD_LISTEN_CLIENT_URLS": "nodes[].address",
    "ETCD_INITIAL_ADVERTISE_PEER_URLS": "nodes[].address",
    "ETCD_ADVERTISE_CLIENT_URLS": "nodes[].address",
    "ETCD_INITIAL_CLUSTER": "nodes",
    "ETCD_INITIAL_CLUSTER_TOKEN": "cluster.token",
    "ETCD_DATA_DIR": "paths.data",
    "ETCD_TRUSTED_CA_FILE": "certificates",
    "ETCD_CERT_FILE": "certificates",
    "ETCD_KEY_FILE": "certificates",
    "ETCD_CLIENT_CERT_FILE": "certificates",
    "ETCD_CLIENT_KEY_FILE": "certificates",
    "ETCD_PEER_TRUSTED_CA_FILE": "certificates",
    "ETCD_PEER_CERT_FILE": "certificates",
    "ETCD_PEER_KEY_FILE": "certificates",
    "ETCD_PEER_CLIENT_CERT_FILE": "certificates",
    "ETCD_PEER_CLIENT_KEY_FILE": "certificates",
    "ETCD_HEARTBEAT_INTERVAL": "tuning.heartbeat_interval",
    "ETCD_ELECTION_TIMEOUT": "tuning.election_timeout",
    "ETCD_QUOTA_BACKEND_BYTES": "tuning.quota_backend_bytes",
    "ETCD_SNAPSHOT_COUNT": "tuning.snapshot_count",
    "ETCD_AUTO_COMPACTION_MODE": "tuning.auto_compaction_mode",
    "ETCD_AUTO_COMPACTION_RETENTION": "tuning.auto_compaction_retention",
    "ETCD_LOG_LEVEL": "tuning.log_level",
}
"""Settings that the tool writes itself, each with the key of the answers file it comes from."""

_ALWAYS_ON = N_("the tool always turns it on, as everything else rests on it")
_CHOSEN = N_("the tool itself chooses it, from what it finds on the hosts")
_OTHER_ROAD = N_("members are found by the list of nodes and by nothing else")
_LOG = N_("the tool reads etcd's log from the journal, in etcd's JSON form")
_SELF_SIGNED = N_("etcd would make certificates that nobody can verify")
_REFUSED = {
    "ETCD_CLIENT_CERT_AUTH": _ALWAYS_ON,
    "ETCD_PEER_CLIENT_CERT_AUTH": _ALWAYS_ON,
    "ETCD_INITIAL_CLUSTER_STATE": _CHOSEN,
    "ETCD_UNSUPPORTED_ARCH": _CHOSEN,
    "ETCD_AUTO_TLS": _SELF_SIGNED,
    "ETCD_PEER_AUTO_TLS": _SELF_SIGNED,
    "ETCD_SELF_SIGNED_CERT_VALIDITY": _SELF_SIGNED,
    "ETCD_FORCE_NEW_CLUSTER": N_("every start would throw the other members out of the cluster"),
    "ETCD_UNSAFE_NO_FSYNC": N_("data would be lost when a host fails"),
    "ETCD_CONFIG_FILE": N_("etcd would ignore all other settings"),
    "ETCD_WAL_DIR": N_("the tool does not prepare such a folder, and the unit cannot write to it"),
    "ETCD_LISTEN_CLIENT_HTTP_URLS": N_("it takes /health away from the client URL"),
    "ETCD_LOGGER": _LOG,
    "ETCD_LOG_OUTPUT": _LOG,
    "ETCD_LOG_OUTPUTS": _LOG,
    "ETCD_LOG_FORMAT": _LOG,
    "ETCD_LOG_PACKAGE_LEVELS": _LOG,
    "ETCD_ENABLE_LOG_ROTATION": _LOG,
    "ETCD_LOG_ROTATION_CONFIG_JSON": _LOG,
}
_REFUSED_PREFIXES = {
    "ETCD_DISCOVERY": _OTHER_ROAD,
    "ETCD_PROXY": N_("a proxy is no member of the cluster"),
}

Settings = tuple[tuple[str, str], ...]


def refusal(name: str) -> str:
    """Return why `name` may not be set, as part of a sentence; empty if it may."""
    reason = _REFUSED.get(name, "")
    for prefix, why in _REFUSED_PREFIXES.items():
        if name == prefix or name.startswith(f"{prefix}_"):
            reason = why
    return _(reason) if reason else ""


def _read(node: Node, key: str, reading: Reading) -> Settings | None:
    if not isinstance(node, Mapping):
        what = _("Here names and values are wanted.")
        fix = _("Write {example}.").format(example="{ETCD_MAX_REQUEST_BYTES: 3145728}")
        reading.error(node.line, key, what, fix)
        return None
    settings = []
    good = True
    for name, (place, value) in node.entries.items():
        path = f"{key}.{name}" if re.fullmatch(NAME, name) else key
        reading.places[path] = place.line
        text = _value(value, path, reading) if _name_is_good(name, place, path, reading) else None
        good = good and text is not None
        settings.append((name, text or ""))
    return tuple(settings) if good else None


def _name_is_good(name: str, place: Scalar, path: str, reading: Reading) -> bool:
    if not re.fullmatch(NAME, name):
        what = _("{value} is no name of a setting of etcd.").format(value=shown(name))
        fix = _("Write ETCD_ and capital letters, digits and _, as in ETCD_MAX_REQUEST_BYTES.")
    elif name in OWN:
        what = _("{name} is set by the tool itself.").format(name=name)
        fix = _("Use the key {key} instead.").format(key=OWN[name])
    elif refusal(name):
        what = _("{name} may not be set: {reason}.").format(name=name, reason=refusal(name))
        fix = _("Delete this line.")
    else:
        return True
    reading.error(place.line, path, what, fix)
    return False


def _value(node: Node, path: str, reading: Reading) -> str | None:
    # Numbers are taken as they are written; etcd parses them itself.
    if not isinstance(node, Scalar) or node.kind == "null":
        what = _("The setting has no value, or more than one.")
        reading.error(node.line, path, what, _("Write one value; put it in quotes."))
        return None
    if node.kind == "bool" and node.text not in ("true", "false"):
        what = _("{value} is neither true nor false.").format(value=shown(node.text))
        reading.error(node.line, path, what, _("Write true or false; etcd knows no other words."))
        return None
    if not re.fullmatch(VALUE, node.text):
        what = _("{value} holds characters that are not safe in an environment file.")
        fix = _("Use letters, digits, spaces inside, and _ . / : , = @ % + * [ ] - only.")
        reading.error(node.line, path, what.format(value=shown(node.text)), fix)
        return None
    return node.text


settings = Kind(
    _read,
    {
        "type": "object",
        "propertyNames": {"pattern": f"^({NAME})$"},
        "additionalProperties": {"type": ["string", "integer", "number", "boolean"]},
    },
    dict,
)
