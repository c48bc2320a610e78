"""firewall_by_hand: what a person types to open etcd's ports in a firewall, and to close them.

`detail` is what a look at the host found (`observe.facts.Firewall.detail`): the zones, chains and
file in which rules stand. Without it, the usual ones are meant.
"""

from __future__ import annotations

from collections.abc import Iterable

Detail = Iterable[tuple[str, str]]

USUAL_NFTABLES = (("chain", "inet/filter/input"), ("file", "/etc/nftables.conf"))
"""Where Debian's nftables.conf has its chain."""

# iptables is no service everywhere, and stopping nftables would flush the tables of others too.
OFF = {
    "firewalld": "systemctl disable --now firewalld",
    "ufw": "ufw disable",
    "nftables": "systemctl disable --now nftables",
    "iptables": "iptables -I INPUT -j ACCEPT",
}
ON = {
    "firewalld": "systemctl enable --now firewalld",
    "ufw": "ufw --force enable",
    "nftables": "systemctl enable --now nftables",
    "iptables": "iptables -D INPUT -j ACCEPT",
}
_SAVED = {
    "iptables": ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables"),
    "ip6tables": ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables"),
}


def open_commands(kind: str, rules: Iterable[str], detail: Detail = ()) -> tuple[str, ...]:
    """Return what lets `rules` (`SOURCE PORT`) in, now and after a boot."""
    pairs = [(source, port) for source, port in (rule.split(" ") for rule in rules)]
    match kind:
        case "firewalld":
            return _firewalld("--add-rich-rule", pairs, detail)
        case "ufw":
            return tuple(
                f"ufw prepend allow proto tcp from {source} to any port {port} comment etcd-tui"
                for source, port in pairs
            )
        case "nftables":
            return _open_nftables(pairs, detail)
        case _:
            return _iptables("-I", pairs, detail)


def close_commands(kind: str, rules: Iterable[str], detail: Detail = ()) -> tuple[str, ...]:
    """Return what takes back `open_commands`."""
    pairs = [(source, port) for source, port in (rule.split(" ") for rule in rules)]
    match kind:
        case "firewalld":
            return _firewalld("--remove-rich-rule", pairs, detail)
        case "ufw":
            return tuple(
                f"ufw delete allow proto tcp from {source} to any port {port}"
                for source, port in pairs
            )
        case "nftables":
            return _close_nftables(detail)
        case _:
            return _iptables("-D", pairs, detail)


def _every(detail: Detail, wanted: str) -> list[str]:
    return [value for key, value in detail if key == wanted]


def _firewalld(option: str, pairs: list[tuple[str, str]], detail: Detail) -> tuple[str, ...]:
    """Both the lasting and the present rules: a reload would drop what others set for now only."""
    lines = []
    for source, port in pairs:
        family = "ipv6" if ":" in source else "ipv4"
        rule = (
            f'rule family="{family}" source address="{source}" '
            f'port port="{port}" protocol="tcp" accept'
        )
        lines.append(f"  {option}='{rule}'")
    commands = []
    for zone in _every(detail, "zone") or [""]:
        named = f" --zone={zone}" if zone else ""
        commands += [
            " \\\n".join([f"firewall-cmd{lasting}{named}", *lines])
            for lasting in (" --permanent", "")
        ]
    return tuple(commands)


def _open_nftables(pairs: list[tuple[str, str]], detail: Detail) -> tuple[str, ...]:
    chains = _every(detail, "chain") or _every(USUAL_NFTABLES, "chain")
    rules, block = [], ["# BEGIN etcd-tui", ""]
    for place in chains:
        family, table, _name = place.split("/")
        chain = place.replace("/", " ")
        own = [
            f"insert rule {chain} {'ip6' if ':' in source else 'ip'} saddr {source} "
            f'tcp dport {port} accept comment "etcd-tui"'
            for source, port in pairs
            if family == "inet" or (family == "ip6") == (":" in source)
        ]
        rules += own
        block += [f"add table {family} {table}", f"add chain {chain}", *own]
    block.append("# END etcd-tui")
    now = "\n".join(["nft -f - <<'EOF'", *rules, "EOF"])
    lasting = [
        "\n".join([f"cat >> {file} <<'EOF'", *block, "EOF"]) for file in _every(detail, "file")
    ]
    return (now, *lasting)


def _close_nftables(detail: Detail) -> tuple[str, ...]:
    commands = []
    for place in _every(detail, "chain") or _every(USUAL_NFTABLES, "chain"):
        chain = place.replace("/", " ")
        commands.append(
            f'nft -a list chain {chain} | sed -n \'s/.*comment "etcd-tui" # handle '
            f"\\([0-9]*\\)$/delete rule {chain} handle \\1/p' | nft -f -"
        )
    commands += [
        f"sed -i '/^# BEGIN etcd-tui$/,/^# END etcd-tui$/d' {file}"
        for file in _every(detail, "file")
    ]
    return tuple(commands)


def _iptables(option: str, pairs: list[tuple[str, str]], detail: Detail) -> tuple[str, ...]:
    commands = []
    for usual, (debian, other) in _SAVED.items():
        own = [pair for pair in pairs if (":" in pair[0]) == (usual == "ip6tables")]
        programs = [name for name in _every(detail, "chain") if name.startswith(usual)] or [usual]
        for program in programs if own else ():
            commands += [
                f"{program} {option} INPUT -s {source} -p tcp -m tcp --dport {port} "
                "-m comment --comment etcd-tui -j ACCEPT"
                for source, port in own
            ]
            commands.append(
                f"if [ -f {debian} ]; then {program}-save > {debian}\n"
                f"elif [ -f {other} ]; then {program}-save > {other}; fi"
            )
    return tuple(commands)
