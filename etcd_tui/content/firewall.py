"""The firewall rules that one host needs: who may reach etcd's ports, as `SOURCE PORT`."""

from __future__ import annotations

import ipaddress

from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, ClusterSpec, Node

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def wanted_rules(spec: ClusterSpec, node: Node) -> tuple[str, ...]:
    """Return the rules for `node`, IPv4 before IPv6, by address and port.

    A source is an address or a network, in the form in which every firewall lists it again:
    lower case, compressed, host bits cleared, and a network of one address as that address.
    """
    sources = {
        (ipaddress.ip_network(other.address), port)
        for other in spec.nodes
        if other.address != node.address
        for port in (CLIENT_PORT, PEER_PORT)
    }
    sources |= {
        (ipaddress.ip_network(cidr, strict=False), CLIENT_PORT) for cidr in spec.host.client_ranges
    }
    return tuple(f"{_source(network)} {port}" for network, port in sorted(sources, key=_order))


def _order(rule: tuple[_Network, int]) -> tuple[int, int, int, int]:
    network, port = rule
    return network.version, int(network.network_address), network.prefixlen, port


def _source(network: _Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)
