"""jumps_of: the way to one alias of an ssh_config, with every jump host written out."""

from __future__ import annotations

from dataclasses import replace

from etcd_tui.i18n import _
from etcd_tui.spec.imports.place import Place, place
from etcd_tui.spec.imports.ssh_command import jump_of, jump_text
from etcd_tui.spec.imports.ssh_config_file import Directive
from etcd_tui.spec.imports.ssh_config_resolve import Resolved, port_of, resolve
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_MOST_JUMPS = 8


def jumps_of(
    resolved: Resolved, directives: tuple[Directive, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the jump hosts of `resolved` in the order of travel, and the keys that they name.

    A jump host may be an alias of the file, with a user, a port and jump hosts of its own. An
    `ssh -W` as ProxyCommand counts as a jump host. Refused if the way cannot be told.
    """
    ahead = _ahead(resolved)
    travel: list[str] = []
    keys: list[str] = []
    while ahead:
        if len(travel) == _MOST_JUMPS:
            raise Refused(
                _("The jump hosts of {alias} lead in a circle.").format(
                    alias=shown(resolved.alias)
                ),
                _("Correct ProxyJump in the file."),
            )
        hop = ahead.pop()
        through = resolve(directives, hop.host or hop.address)
        travel.insert(0, jump_text(_as_resolved(hop, through)))
        keys += [key for key in through.identity_files if key not in resolved.identity_files]
        # ssh gives the jump hosts before this one to it by -J, which rules out its own.
        ahead = ahead or _ahead(through)
    return tuple(travel), tuple(dict.fromkeys(keys))


def _ahead(resolved: Resolved) -> list[Place]:
    """Return the jump hosts that `resolved` itself names, in the order of travel."""
    command = resolved.proxy_command
    if command and command.lower() != "none":
        gate = jump_of(command)
        if gate is None:
            raise Refused(
                _("{alias} is reached by a ProxyCommand, which etcd-tui does not run.").format(
                    alias=shown(resolved.alias)
                ),
                _("Use ProxyJump in the file, or add the host by hand with its jump host."),
            )
        return [*map(place, gate.jump), gate.place]
    if resolved.proxy_jump.lower() in ("", "none"):
        return []
    return [place(part.strip()) for part in resolved.proxy_jump.split(",")]


def _as_resolved(hop: Place, through: Resolved) -> Place:
    user, port = hop.user or through.user, hop.port or port_of(through)
    if through.hostname == (hop.host or hop.address).lower():
        return replace(hop, user=user, port=port)
    return Place("", through.hostname, user, port)
