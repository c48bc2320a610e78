"""`etcd-tui demo --web`: the demo in a browser on this machine, by textual-serve.

Every tab is a demo of its own, with its own practice hosts, and ends with the tab. What a page can
do there, whoever started it can do; so the address has a secret in it that no other user of this
machine knows, and the server hears only its own page: another website's requests have another
`Origin` (or, after a trick with names, another `Host`). The page loads nothing from elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from etcd_tui.apply.events import Note, Stream
from etcd_tui.errors import UsageError
from etcd_tui.i18n import _, current_language

LOOPBACK = "127.0.0.1"
_OURSELVES = (LOOPBACK, "localhost")
_END_SECONDS = 30.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(parsed: argparse.Namespace, stream: Stream) -> None:
    """Serve demos until a signal ends it; UsageError where the address or port cannot be had."""
    if parsed.web not in _OURSELVES:
        raise UsageError(
            _("The demo is not shown on {address}: it is for this machine only.").format(
                address=parsed.web
            ),
            remedy=_("From elsewhere, come by SSH: ssh -L {port}:127.0.0.1:{port} …").format(
                port=parsed.port or "N"
            ),
        )
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, parsed.port or 0))
    except OSError as error:
        bound.close()
        raise UsageError(
            _("Port {port} of {address} cannot be used: {reason}.").format(
                port=parsed.port, address=LOOPBACK, reason=error.strerror
            ),
            remedy=_("Name another one with --port N, or none."),
        ) from error
    server = DemoServer(_command(parsed), bound.getsockname()[1])
    asyncio.run(server.run(bound, lambda: _tell(stream, server)))


def _tell(stream: Stream, server: DemoServer) -> None:
    stream.emit(Note(_("Open this in a browser on this machine: {url}").format(url=server.url)))
    stream.emit(Note(_("Each tab is a demo of its own and ends with the tab. Ctrl+C ends all.")))


def _command(parsed: argparse.Namespace) -> str:
    """Return the command line of the demo in a tab."""
    words = [sys.executable, "-m", "etcd_tui", "demo", "--lang", current_language()]
    words += ["--hosts", str(parsed.hosts)]
    options = {
        "--source": parsed.source,
        "--etcd": parsed.etcd,
        "--break": parsed.lesson,
        "--state-dir": parsed.state_dir,
    }
    for name, value in options.items():
        words += [name, str(value)] if value else []
    if parsed.autoplay:
        words += ["--autoplay", "--speed", str(parsed.speed or 1.0)]
    return shlex.join(words)


def _texts() -> dict[str, str]:
    """Return what the page itself says, in the language that was asked for."""
    return {
        "language": current_language(),
        "ended": _("The demo has ended; everything of it is stopped and removed."),
        "again": _("Start another"),
    }


class DemoServer(Server):
    """One page, below a path that is a secret, on one loopback port."""

    def __init__(self, command: str, port: int) -> None:
        page = Path(__file__).parent / "web_page"
        super().__init__(command, LOOPBACK, port, title="etcd-tui demo", templates_path=page)
        self._secret = secrets.token_urlsafe(16)
        self._tabs: set[asyncio.Task[object]] = set()
        self._hosts = {f"{name}:{port}" for name in _OURSELVES}

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.public_url}/{self._secret}/"

    async def run(self, bound: socket.socket, ready: Callable[[], None]) -> None:
        """Serve on `bound` until a signal comes, then end every demo and wait for it."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop.set)
        page = await self._make_app()
        aiohttp_jinja2.get_env(page).globals["texts"] = _texts()
        outside = web.Application(middlewares=[self._guard])
        outside.add_subapp(f"/{self._secret}", page)
        runner = web.AppRunner(outside, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
            ready()
            await stop.wait()
            for tab in self._tabs:
                tab.cancel()
            if self._tabs:
                await asyncio.wait(self._tabs, timeout=_END_SECONDS)
        finally:
            await runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the address is told in our own words."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a demo for a tab, and end it with the tab."""
        tab = asyncio.current_task()
        if tab is None:
            raise web.HTTPInternalServerError
        self._tabs.add(tab)
        try:
            return await super().handle_websocket(request)
        finally:
            self._tabs.discard(tab)

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        ours = request.host in self._hosts and origin.removeprefix("http://") in self._hosts | {""}
        if request.path.endswith("/ws") and not origin:
            ours = False
        if not ours:
            raise web.HTTPForbidden(text="This page is for the machine that it runs on.\n")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(self._limits())
        return response

    def _limits(self) -> dict[str, str]:
        """What the browser may do with the page: nothing that leads elsewhere."""
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts))
        return {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self' 'unsafe-inline'; "
                "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
                f"connect-src 'self' {sockets}; frame-ancestors 'none'; base-uri 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
