"""What went wrong on the way into a host, as a `HostFailure` that a stranger can act on."""

from __future__ import annotations

import errno
import socket

import asyncssh

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.i18n import _
from etcd_tui.remote import sanitise
from etcd_tui.remote.login import Login
from etcd_tui.remote.route import Hop
from etcd_tui.remote.trust import SSH_PORT, Trust, host_pattern

_LINE = 300
_PROHIBITED = 1
"""SSH_OPEN_ADMINISTRATIVELY_PROHIBITED of RFC 4254, 5.1."""
_UNROUTED = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTDOWN}


def failed(failure: HostFailure) -> HostsError:
    """Wrap one failure; `connect_all` gathers those of all hosts."""
    return HostsError(failure.what, [failure], remedy=failure.remedy)


def unknown_key(host: str, hop: Hop, key: asyncssh.SSHKey, agreed: str = "") -> HostFailure:
    """Nobody has vouched for this host's key yet, only perhaps for another one: `agreed`."""
    if agreed:
        return _not_as_agreed(host, hop, key, agreed)
    return HostFailure(
        host,
        "unknown-host-key",
        _("{hop} is contacted for the first time and shows the key {fingerprint} ({type}).").format(
            hop=hop, fingerprint=key.get_fingerprint(), type=key.get_algorithm()
        ),
        _("{path} has no key for {pattern}.").format(
            path=hop.known_hosts, pattern=host_pattern(hop.host, hop.port)
        ),
        _(
            "Compare it with what the host's console prints for "
            "'ssh-keygen -lf /etc/ssh/{file}', then use --accept-new-host-keys "
            "or set ssh.host_key to the fingerprint."
        ).format(file=_host_key_file(key)),
        *_shown(hop, key),
    )


def _not_as_agreed(host: str, hop: Hop, key: asyncssh.SSHKey, agreed: str) -> HostFailure:
    return HostFailure(
        host,
        "unknown-host-key",
        _("{hop} shows another key than the one that was accepted: {fingerprint} ({type}).").format(
            hop=hop, fingerprint=key.get_fingerprint(), type=key.get_algorithm()
        ),
        _("Accepted was {agreed}, so two different machines may answer at {pattern}.").format(
            agreed=agreed, pattern=host_pattern(hop.host, hop.port)
        ),
        _(
            "Find out which of them is yours: compare both fingerprints with what the host's "
            "console prints for 'ssh-keygen -lf /etc/ssh/{file}'. Only then accept the key."
        ).format(file=_host_key_file(key)),
        *_shown(hop, key),
    )


def _shown(hop: Hop, key: asyncssh.SSHKey) -> tuple[str, str, str]:
    """The last fields of a failure about a host key: fingerprint, type and whose it is."""
    return key.get_fingerprint(), key.get_algorithm(), host_pattern(hop.host, hop.port)


def changed_key(host: str, hop: Hop, trust: Trust, key: asyncssh.SSHKey) -> HostFailure:
    """The host is known by another key: the hardest stop, with no way round it from here."""
    if trust.pinned:
        cause = _("ssh.host_key pins {known}.").format(known=trust.fingerprints)
        remedy = _(
            "Find out why before anything else: was the host installed anew, or is this another "
            "machine? Only then correct ssh.host_key."
        )
    else:
        cause = _("{path} knows it by {known}.").format(
            path=hop.known_hosts, known=trust.fingerprints
        )
        remedy = _(
            "Find out why before anything else: was the host installed anew, or is this another "
            "machine? Only then: ssh-keygen -f {path} -R '{pattern}'"
        ).format(path=hop.known_hosts, pattern=host_pattern(hop.host, hop.port))
    return HostFailure(
        host,
        "changed-host-key",
        _("{hop} shows another host key than before: {fingerprint} ({type}).").format(
            hop=hop, fingerprint=key.get_fingerprint(), type=key.get_algorithm()
        ),
        cause,
        remedy,
        *_shown(hop, key),
    )


def revoked_key(host: str, hop: Hop, key: asyncssh.SSHKey) -> HostFailure:
    """The host shows a key that somebody has marked as stolen."""
    return HostFailure(
        host,
        "changed-host-key",
        _("{hop} shows a host key that is revoked: {fingerprint} ({type}).").format(
            hop=hop, fingerprint=key.get_fingerprint(), type=key.get_algorithm()
        ),
        _("{path} marks it @revoked.").format(path=hop.known_hosts),
        _("Do not log in. Give the host a new key, or find out who answers in its place."),
        *_shown(hop, key),
    )


def _host_key_file(key: asyncssh.SSHKey) -> str:
    kind = key.get_algorithm().removeprefix("ssh-").partition("-")[0]
    return f"ssh_host_{kind}_key.pub"


def handshake(host: str, hop: Hop, login: Login, error: Exception) -> HostFailure:
    """Explain why no connection came about."""
    if isinstance(error, asyncssh.PermissionDenied) or _too_many_tries(error):
        return _authentication(host, hop, login)
    if isinstance(error, asyncssh.ConnectionLost) and "timeout" in str(error).lower():
        return HostFailure(
            host,
            "timeout",
            _("{hop} answers, but the login does not come to an end.").format(hop=hop),
            _("sshd there may wait for a name server or a login service that is down."),
            _("Look at sshd's journal on the host, or try: ssh -v {hop}").format(hop=_typed(hop)),
        )
    if isinstance(error, asyncssh.ConnectionLost | ConnectionError) and login.reached.is_set():
        return HostFailure(
            host,
            "lost",
            _("{hop} closed the connection before the login was done.").format(hop=hop),
            _(
                "sshd refuses while too many logins are going on (MaxStartups) or after too many "
                "failures (PerSourcePenalties, fail2ban), or it cannot start."
            ),
            _("Wait a minute and try again; then look at sshd's journal on the host."),
        )
    if isinstance(error, asyncssh.DisconnectError):
        return HostFailure(
            host,
            "unreachable",
            _("What answers at {hop} is no SSH server that etcd-tui can talk to.").format(hop=hop),
            sanitise.text(str(error), _LINE),
            _("Check address and port, and that sshd there is not out of date."),
        )
    return _network(host, hop, error)


def _too_many_tries(error: Exception) -> bool:
    return isinstance(error, asyncssh.DisconnectError) and "authentication" in str(error).lower()


def _authentication(host: str, hop: Hop, login: Login) -> HostFailure:
    cause = _("The host offers: {methods}. Tried: {tried}.").format(
        methods=", ".join(login.offered_by_server) or _("nothing"),
        tried=", ".join(login.tried) or _("nothing, for there is no key and no password"),
    )
    if login.banner:
        cause += "\n" + sanitise.text(login.banner, _LINE).strip()
    if login.tried:
        remedy = _(
            "Nothing is tried twice, so that nobody is locked out. Check user, key and password; "
            "this shows what the host thinks of a key: ssh -v {hop}"
        )
    else:
        remedy = _(
            "Set ssh.private_key or ssh.password, or load a key into the agent: ssh-add. "
            "Then try: ssh -v {hop}"
        )
    return HostFailure(
        host,
        "authentication",
        _("{hop} does not let us in.").format(hop=hop),
        cause,
        remedy.format(hop=_typed(hop)),
    )


def _network(host: str, hop: Hop, error: Exception) -> HostFailure:
    """Explain an error from below SSH; a jump host reports one as text."""
    text = sanitise.text(str(error), _LINE)
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror) or "not known" in text or "resolve" in text:
        return HostFailure(
            host,
            "unreachable",
            _("The name {name} cannot be resolved.").format(name=hop.host),
            text,
            _("Check the spelling, or give the address instead of the name."),
        )
    if number == errno.ECONNREFUSED or "refused" in text or "Errno 111" in text:
        return HostFailure(
            host,
            "refused",
            _("{hop} refuses the connection.").format(hop=hop),
            _("The host is up, but nothing listens on port {port}.").format(port=hop.port),
            _("Start sshd on the host (systemctl start sshd, or ssh), or correct ssh.port."),
        )
    if isinstance(error, TimeoutError) or "timed out" in text:
        return HostFailure(
            host,
            "timeout",
            _("{hop} does not answer within {seconds} seconds.").format(
                hop=hop, seconds=hop.connect_timeout
            ),
            _("The host is down, or a firewall drops packets to port {port}.").format(
                port=hop.port
            ),
            _("Check the address, the host's power and the firewalls on the way."),
        )
    if isinstance(error, asyncssh.ChannelOpenError) and error.code == _PROHIBITED:
        return HostFailure(
            host,
            "refused",
            _("The jump host does not pass connections on to {hop}.").format(hop=hop),
            text,
            _("Set AllowTcpForwarding yes in the jump host's sshd_config."),
        )
    cause = text
    if number in _UNROUTED or "route" in text or "unreachable" in text:
        cause = _("There is no route to it from here.")
    return HostFailure(
        host,
        "unreachable",
        _("{hop} cannot be reached.").format(hop=hop),
        cause,
        _("Check the address, the network and, if there are any, the jump hosts."),
    )


def _typed(hop: Hop) -> str:
    """The hop as an argument of ssh."""
    port = "" if hop.port == SSH_PORT else f"-p {hop.port} "
    return f"{port}{hop.user}@{hop.host}"
