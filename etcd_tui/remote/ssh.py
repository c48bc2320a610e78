"""SshTransport: one host over one asyncssh connection."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

import asyncssh

from etcd_tui.i18n import _
from etcd_tui.remote.lines import Lines, Tell
from etcd_tui.remote.session import Session
from etcd_tui.remote.shell import Frame, Turn, frame, greeted, standing, turn
from etcd_tui.remote.standing import StandingSession, StandingShell, fits
from etcd_tui.remote.sudo import AS_LOGIN, Become
from etcd_tui.remote.transport import Result

SESSIONS = 4
"""Sessions at once on one host: OpenSSH allows 10 per connection, others fewer."""
CHUNK = 256 * 1024
_AHEAD = 8 * CHUNK
"""Bytes of a file that are read at once: each time another thread has to do it."""
CANNOT_START = 126
"""Exit status, as a shell has it, of a script that is known not to have started."""
_DRAIN = 2.0
"""Seconds to wait for more output after the script has ended, where a child holds its output."""
_CLOSE = 5.0
"""Seconds for an orderly close before the connection is dropped."""
_OPEN_RETRIES = 5
_LONGEST_LINE = 16 * 1024
"""Bytes of a followed line that are told."""

# The shell that was given up is found by the nonce in its arguments, what it started by the nonce
# in their environment (of a standing shell, that of the turn); the shell goes first, or it would go
# on with its next command.
_KILL = """
for what in cmdline environ; do
  for file in $(grep -ls -e "$1" -e "$2" /proc/[0-9]*/$what); do
    pid=${file#/proc/}; kill -KILL "${pid%/*}"
  done
done 2>/dev/null
"""


class _DeadSocket(logging.Filter):
    """Keeps one message of asyncio off the screen: it comes with each write to a dead socket.

    asyncssh hears of the death one turn of the loop later, and the result then says so.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg != "socket.send() raised exception."


logging.getLogger("asyncio").addFilter(_DeadSocket())


class SshTransport:
    """A `Transport` over one connection; `become` says how a script becomes root.

    `released` is called once after the connection is closed, for the jump hosts below it.
    """

    def __init__(
        self,
        name: str,
        connection: asyncssh.SSHClientConnection,
        become: Become,
        released: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self.become = become
        self._connection = connection
        self._released = released
        self._slots = asyncio.Semaphore(SESSIONS)
        self._running = 0
        self._followed: set[Session] = set()
        self._slot_freed = asyncio.Event()
        self._shell: StandingShell | None = None
        self._turns = asyncio.Lock()
        self._crowded = False
        """The host allows so few sessions that none may be kept."""
        self._tunnels: list[asyncssh.SSHListener] = []
        self._paths = itertools.count()
        self._folder: Path | None = None

    @property
    def connected(self) -> bool:
        """Whether the connection is still there; once lost, `connect` opens another one."""
        return not self._connection.is_closed()

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        """Run `script` as `Transport.run` says. OSError only where the local `stdin` is unreadable.

        Where the host falls silent for `timeout`, what was started there is killed as far as it
        can be reached, so that it does not work on beside whoever looks at the host next.
        """
        free = root and progress is None and not (self._turns.locked() or self._crowded)
        if free and not isinstance(stdin, Path) and fits(stdin):
            return _result(await self.turn(script, *args, stdin=stdin, timeout=timeout))
        framed = frame(script, *args)
        become = self.become if root else AS_LOGIN
        session = await self.converse(framed, become, stdin, timeout, progress)
        result = _result(session)
        if not session.over and session.exit_status is None and self.connected:
            await self._kill(become, framed.nonce)
        return result

    async def _kill(self, become: Become, *nonces: str) -> None:
        # So written, they do not match grep's own arguments.
        first, *rest = (f"[{nonce[0]}]{nonce[1:]}" for nonce in nonces)
        await self.converse(frame(_KILL, first, *(rest or [first])), become, timeout=_CLOSE)

    async def greet(self, greeting: str, timeout: float = 60.0) -> Session:
        """Begin a standing shell with `greeting`; return the session as it then is.

        That is a turn (and a script as `standing` says) for which nothing has to be sent first.
        """
        async with self._turns, self._slots:
            shell = await self._stand(timeout, greeting)
            if isinstance(shell, Session):
                return shell
            return await self._take_turn(shell, greeted(shell.framed), b"", timeout)

    async def turn(
        self, script: str, *args: str, stdin: bytes = b"", timeout: float = 60.0
    ) -> Session:
        """Run `script` in the standing shell, as `become` says; return the session as it then is.

        `stdin` must fit (see `standing.fits`). A shell that had ended meanwhile is begun anew.
        """
        async with self._turns, self._slots:
            while True:
                shell: StandingShell | Session | None = self._shell
                kept = isinstance(shell, StandingShell) and not shell.session.ended
                if shell is None or not kept:
                    shell = await self._stand(timeout)
                if isinstance(shell, Session):
                    return shell
                head = b"" if kept else self.become.head(shell.framed)
                framed = turn(shell.framed, script, args, stdin)
                shell.session.begin(framed)
                session = await self._take_turn(shell, framed, head, timeout)
                # A login shell may have a time limit (TMOUT). This one never began.
                if not (kept and session.died and not session.stdout.started):
                    return session

    async def _stand(self, timeout: float, greeting: str = "") -> StandingShell | Session:
        """Begin a standing shell; return the session that tells why, where there is none."""
        await self._dismiss()
        session = StandingSession()
        framed = standing(greeting)
        if greeting:
            session.begin(greeted(framed))
        async with contextlib.AsyncExitStack() as stack:
            channel = self._channel(session, self.become.command(framed), timeout)
            chan = await stack.enter_async_context(channel)
            if chan is None:
                return session
            self._shell = StandingShell(framed, session, chan, stack.pop_all().aclose)
            return self._shell

    async def _take_turn(
        self, shell: StandingShell, framed: Turn, head: bytes, timeout: float
    ) -> StandingSession:
        """Send `head` and the turn that the session expects; return the session as it ended."""
        session = shell.session
        done = False
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended, as the session will tell
                shell.channel.write(head + framed.line)
            await _until_ended(shell.channel, session, timeout)
            done = session.over and not session.ended
        finally:
            if not done or self._crowded:
                await self._dismiss()
        if not session.over and session.exit_status is None and self.connected:
            session.give_up()
            await self._kill(self.become, shell.framed.nonce, framed.nonce)
        return session

    async def _dismiss(self) -> None:
        """Close the standing shell, if there is one."""
        if self._shell is not None:
            shell, self._shell = self._shell, None
            await shell.close()

    async def settle(
        self, become: Become, released: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Become root in this way from now on; `released`, if given, as of the constructor."""
        if become != self.become:
            await self._dismiss()
            self.become = become
        self._released = released or self._released

    async def converse(
        self,
        framed: Frame,
        become: Become,
        stdin: bytes | Path = b"",
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Session:
        """Run one framed script and return the session as it ended or was given up."""
        source = await asyncio.to_thread(stdin.open, "rb") if isinstance(stdin, Path) else stdin
        session = Session(framed.mark)
        try:
            async with self._slots, self._channel(session, become.command(framed), timeout) as chan:
                if chan is None:
                    return session
                feeding = asyncio.create_task(
                    _feed(chan, session, become.head(framed), source, progress)
                )
                try:
                    await _until_ended(chan, session, timeout)
                finally:
                    feeding.cancel()
                    await asyncio.wait({feeding})
                if not feeding.cancelled() and (problem := feeding.exception()):
                    raise problem
                return session
        finally:
            if not isinstance(source, bytes):
                source.close()

    async def follow(self, script: str, *args: str, tell: Tell) -> None:
        """Tell the lines of `script` as `Transport.follow` says."""
        framed = frame(script, *args)
        lines = Lines(tell, _LONGEST_LINE)
        session = Session(framed.mark, lines.feed)
        command = self.become.command(framed)
        async with self._channel(session, command, _CLOSE, patient=False) as chan:
            if chan is None:
                return
            self._followed.add(session)
            try:
                chan.write(self.become.head(framed))
                await _until_given_up(chan, session)
            except BrokenPipeError:
                pass  # the host closed the channel first
            finally:
                self._followed.discard(session)
        lines.end()

    @contextlib.asynccontextmanager
    async def _channel(
        self, session: Session, command: str, limit: float, *, patient: bool = True
    ) -> AsyncIterator[asyncssh.SSHClientChannel[bytes] | None]:
        """Open a channel for `command` and close it; None, noted in `session`, where it cannot.

        One that is not `patient` does not wait for a session that another one has.
        """
        chan = None
        try:
            async with asyncio.timeout(limit):
                chan = await self._open(session, command, patient=patient)
        except (OSError, asyncssh.Error) as error:
            # asyncio.timeout's TimeoutError is an OSError as well.
            session.ended = True
            session.stderr.started = True
            session.stderr.feed(f"{type(error).__name__}: {error}\n".encode(errors="replace"))
        if chan is None:
            yield None
            return
        self._running += 1
        try:
            yield chan
        finally:
            chan.abort()
            self._running -= 1
            self._slot_freed.set()

    async def _open(
        self, session: Session, command: str, *, patient: bool
    ) -> asyncssh.SSHClientChannel[bytes]:
        """Open a channel; where the host allows fewer at once (MaxSessions), wait for our turn."""
        attempt = 0
        while True:
            self._slot_freed.clear()
            try:
                return await self._create(session, command)
            except asyncssh.ChannelOpenError:
                attempt += 1
                self._crowded = True
                if not self._turns.locked():
                    await self._dismiss()
                if self._connection.is_closed() or attempt > _OPEN_RETRIES:
                    raise
                if self._running and not patient:
                    raise
            for followed in self._followed:
                followed.give_way()
            if self._running:
                attempt = 0
                await self._slot_freed.wait()
            # sshd may need a moment to forget the session that we have just closed.
            await asyncio.sleep(0.02 * 2**attempt)

    async def _create(self, session: Session, command: str) -> asyncssh.SSHClientChannel[bytes]:
        opening = asyncio.create_task(
            self._connection.create_session(
                lambda: session, command, encoding=None, request_pty=False
            )
        )
        try:
            chan, _session = await asyncio.shield(opening)
        except AttributeError:
            # asyncssh trips over its own None where the connection goes at this very moment.
            raise asyncssh.ConnectionLost("SSH connection closed") from None
        except asyncio.CancelledError:
            # asyncssh forgets an opening that is cancelled, and the host would keep the session.
            opening.add_done_callback(_abandon)
            raise
        return chan

    async def tunnel(self, host: str, port: int) -> str:
        """Listen on a UNIX socket in a folder of our own and lead it through to `host:port`."""
        if not self.connected:
            raise OSError(_("The connection to {name} is lost.").format(name=self.name))
        if self._folder is None:
            # Made by mkdtemp: 0700, and no name that somebody else could have put there before.
            self._folder = Path(tempfile.mkdtemp(prefix="etcd-tui-"))
        # A number of its own before anything is waited for: several may be opened at once.
        path = str(self._folder / str(next(self._paths)))
        try:
            listener = await self._connection.forward_local_path_to_port(path, host, port)
        except asyncssh.Error as error:
            raise OSError(str(error)) from None
        self._tunnels.append(listener)
        return path

    async def close(self) -> None:
        """Close tunnels, connection and what lies below it, in this order; never raises."""
        for listener in self._tunnels:
            listener.close()
            await listener.wait_closed()
        self._tunnels.clear()
        self._connection.close()
        try:
            async with asyncio.timeout(_CLOSE):
                await self._connection.wait_closed()
        except (OSError, asyncssh.Error):
            self._connection.abort()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._released is not None:
            released, self._released = self._released, None
            await released()


def _result(session: Session) -> Result:
    status, stderr = session.exit_status, session.stderr.data
    if not session.stderr.started:
        stderr = session.stderr.noise
    if status == 0 and not session.stdout.started:
        status = CANNOT_START
        stderr += _("The host did not run the command that it was given.").encode()
    for stream, name in ((session.stdout, "stdout"), (session.stderr, "stderr")):
        if stream.dropped:
            text = _("{name}: {count} more bytes were dropped.")
            stderr += ("\n" + text.format(name=name, count=stream.dropped)).encode()
    return Result(status, session.stdout.data, stderr)


async def _feed(
    chan: asyncssh.SSHClientChannel[bytes],
    session: Session,
    head: bytes,
    source: bytes | BinaryIO,
    progress: Callable[[int], None] | None,
) -> None:
    """Send `head`, the payload and the end of file, never more than a chunk ahead of the host.

    A local error (the file cannot be read any further) closes the channel and is raised.
    """
    chan.set_write_buffer_limits(high=CHUNK, low=CHUNK // 4)
    sent = 0
    try:
        chan.write(head)
        async for chunk in _chunks(source):
            await session.writable.wait()
            if chan.is_closing():
                return
            chan.write(chunk)
            session.touch()
            sent += len(chunk)
            if progress is not None:
                progress(max(0, sent - chan.get_write_buffer_size()))
            # Writing alone never yields: let keys be answered and a dead connection be noticed.
            await asyncio.sleep(0)
        chan.write_eof()
    except BrokenPipeError:
        return  # the host closed the channel first; its exit status says what that means
    except Exception:
        # The script sees an end of file all the same: who writes a file checks its size first.
        chan.abort()
        raise


async def _chunks(source: bytes | BinaryIO) -> AsyncIterator[bytes]:
    """Yield what `source` holds, CHUNK by CHUNK."""
    if not isinstance(source, bytes):
        while piece := await asyncio.to_thread(source.read, _AHEAD):
            async for chunk in _chunks(piece):
                yield chunk
        return
    for start in range(0, len(source), CHUNK):
        yield source[start : start + CHUNK]


async def _until_ended(
    chan: asyncssh.SSHClientChannel[bytes], session: Session, silence: float
) -> None:
    """Wait until the channel is closed, or for `silence` seconds in which no byte moved."""
    loop = asyncio.get_running_loop()
    waiting = 0
    while not session.over:
        session.news.clear()
        if waiting != (waiting := chan.get_write_buffer_size()):
            session.touch()
        limit = _DRAIN if session.exited else silence
        left = session.activity + limit - loop.time()
        if left <= 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, limit / 4)):
                await session.news.wait()


async def _until_given_up(chan: asyncssh.SSHClientChannel[bytes], session: Session) -> None:
    """Wait until the channel is closed; one that is not wanted is closed from the host's side."""
    while not session.ended and not session.unwanted:
        session.news.clear()
        await session.news.wait()
    # sshd counts the session for as long as its process lives, whatever we close from here.
    chan.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE):
            while not session.ended:
                session.news.clear()
                await session.news.wait()


def _abandon(opening: asyncio.Task[tuple[asyncssh.SSHClientChannel[bytes], object]]) -> None:
    """Close a channel that was opened after nobody wanted it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].abort()
