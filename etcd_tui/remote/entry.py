"""Entry: what stands between a login and a usable host: a shell that runs scripts, and root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncssh

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.i18n import _
from etcd_tui.remote import sanitise
from etcd_tui.remote.failures import failed
from etcd_tui.remote.route import Route
from etcd_tui.remote.session import Session
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.remote.sudo import AS_LOGIN, Become
from etcd_tui.secret import Secret

_SECONDS = 30.0
_LINES = 500
_NO_SUDO = 90

# As the user who logged in: 0 root already, 90 no sudo, else what sudo -n says about our command.
_GREETING = (
    '[ "$(id -u)" = 0 ] && { echo root; exit 0; }; '
    "command -v sudo >/dev/null || exit 90; "
    "sudo -n -k -- sh -c : </dev/null"
)


async def enter(
    way: Route,
    connection: asyncssh.SSHClientConnection,
    sudo_password: Secret | None,
    released: Callable[[Route], Awaitable[None]],
) -> SshTransport:
    """Return a transport that is known to run scripts, as root too.

    HostsError (kinds `shell`, `sudo`, `lost`) if not; the connection is closed then, but `released`
    is only called by the transport's own `close`.
    """
    transport = SshTransport(way.name, connection, AS_LOGIN)
    try:
        become = await _become(way, transport, sudo_password)
    except BaseException:
        await transport.close()
        raise

    async def release() -> None:
        await released(way)

    await transport.settle(become, release)
    return transport


async def _become(way: Route, transport: SshTransport, sudo_password: Secret | None) -> Become:
    session = await transport.greet(_GREETING, timeout=_SECONDS)
    if not session.stdout.started:
        raise failed(_no_shell(way, session, transport.connected))
    if session.exit_status == 0:
        return Become(sudo=not session.stdout.data.startswith(b"root"))
    said = sanitise.text(session.stderr.data, _LINES).strip()
    if session.exit_status == _NO_SUDO:
        raise _sudo(
            way,
            _("{user} is not root, and sudo is not installed.").format(user=way.target.user),
            "",
            _("Install sudo on the host, or log in as root (ssh.user: root)."),
        )
    # "a password is required"; sudo-rs: "interactive authentication is required".
    if "is required" not in said:
        raise _refused(way, said)
    if sudo_password is None:
        raise _sudo(
            way,
            _("sudo asks {user} for a password, and none is given.").format(user=way.target.user),
            said,
            _("Set ssh.sudo_password, or allow {user} NOPASSWD in sudoers.").format(
                user=way.target.user
            ),
        )
    become = Become(True, sudo_password)
    # Tried once without any payload: sudo reads on after a wrong password, whatever comes next.
    await transport.settle(become)
    session = await transport.turn(":", timeout=_SECONDS)
    if session.exit_status != 0 or not session.stdout.started:
        raise _refused(way, _said(session, become.password))
    return become


def _said(session: Session, password: Secret | None) -> str:
    """What sudo printed, without the password that an odd setup might have echoed."""
    text = sanitise.text(session.stderr.data or session.stderr.noise, _LINES)
    return text.replace(password.reveal(), "***").strip() if password else text.strip()


def _refused(way: Route, said: str) -> HostsError:
    """Explain a refusal by what sudo says in the C locale."""
    user = way.target.user
    lower = said.lower()
    if "incorrect" in lower or "try again" in lower or "no password was" in lower:
        return _sudo(
            way,
            _("sudo does not accept the password of {user}.").format(user=user),
            said,
            _("Correct ssh.sudo_password; it is the password of {user}, not root's.").format(
                user=user
            ),
        )
    if "tty" in lower or "terminal" in lower:
        return _sudo(
            way,
            _("sudo wants a terminal (requiretty)."),
            said,
            _("Add to sudoers: Defaults:{user} !requiretty. Or log in as root.").format(user=user),
        )
    if "sudoers" in lower or "not allowed" in lower or "may not run" in lower:
        return _sudo(
            way,
            _("{user} may not become root by sudo.").format(user=user),
            said,
            _("Add to sudoers: {user} ALL=(ALL) ALL. Or log in as another user.").format(user=user),
        )
    return _sudo(
        way,
        _("sudo does not work for {user}.").format(user=user),
        said,
        _("Log in as {user} and try: sudo -k true").format(user=user),
    )


def _sudo(way: Route, what: str, cause: str, remedy: str) -> HostsError:
    return failed(HostFailure(way.name, "sudo", what, cause, remedy))


def _no_shell(way: Route, session: Session, connected: bool) -> HostFailure:
    if session.exit_status is None and not connected:
        return HostFailure(
            way.name,
            "lost",
            _("{hop} closed the connection right after the login.").format(hop=way.target),
            "",
            _("Look at sshd's journal on the host."),
        )
    noise = session.stdout.noise + (session.stderr.data or session.stderr.noise)
    said = sanitise.text(noise, _LINES).strip()
    return HostFailure(
        way.name,
        "shell",
        _("{user} can log in but not run commands.").format(user=way.target.user),
        said
        or _("The host ran no command within {seconds} seconds.").format(seconds=int(_SECONDS)),
        _("Give {user} a POSIX login shell: chsh -s /bin/sh {user}. Or set ssh.user.").format(
            user=way.target.user
        ),
    )
