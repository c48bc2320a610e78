"""The marked block in /etc/hosts: replaced in place, never appended twice, removable exactly."""

from __future__ import annotations

from etcd_tui.spec.model import ClusterSpec

_JOINED = " (the file had no newline at its end)"


def _begin(cluster: str) -> str:
    return f"# BEGIN etcd-tui {cluster}"


def _end(cluster: str) -> str:
    return f"# END etcd-tui {cluster}"


def hosts_block(spec: ClusterSpec) -> str:
    """Return the block's lines between the markers: `address name`, newline-terminated."""
    return "".join(f"{node.address} {node.name}\n" for node in spec.nodes)


def marked_block(spec: ClusterSpec) -> str:
    """Return the whole block with its markers."""
    name = spec.cluster.name
    return f"{_begin(name)}\n{hosts_block(spec)}{_end(name)}\n"


def removal(cluster: str, path: str) -> str:
    """Return the command that takes the block out of the file, which then ends in a newline."""
    block = f"/^{_begin(cluster)}( |$)/,/^{_end(cluster)}$/d"
    return f"sed -i -E -e '{block}' -e '$a\\' {path}"


def with_block(text: str, spec: ClusterSpec) -> str:
    """Return the hosts file `text` with the cluster's block as it should be."""
    name = spec.cluster.name
    found = _find(text, name)
    if found:
        start, stop, begin = found
        return f"{text[:start]}{begin}\n{hosts_block(spec)}{_end(name)}\n{text[stop:]}"
    begin, joint = _begin(name), ""
    if text and not text.endswith("\n"):
        begin, joint = begin + _JOINED, "\n"
    return f"{text}{joint}{begin}\n{hosts_block(spec)}{_end(name)}\n"


def without_block(text: str, cluster: str) -> str:
    """Return the hosts file `text` as it was before the block came; unchanged if there is none."""
    found = _find(text, cluster)
    if not found:
        return text
    start, stop, begin = found
    before, after = text[:start], text[stop:]
    if begin.endswith(_JOINED) and not after:
        before = before.removesuffix("\n")
    return before + after


def _find(text: str, cluster: str) -> tuple[int, int, str] | None:
    """Return (start, stop, begin line) of the block; a block without its end is none."""
    position = 0
    start = -1
    begin = ""
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if bare in (_begin(cluster), _begin(cluster) + _JOINED):
            start, begin = position, bare
        position += len(line)
        if start >= 0 and bare == _end(cluster):
            return start, position, begin
    return None
